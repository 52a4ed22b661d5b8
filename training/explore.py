"""The command `python -m training.explore`; what it does is in training/face/explore.py."""

import sys

from training.face.explore import main

if __name__ == "__main__":
    sys.exit(main())
