"""The command `python -m training.teach`; what it does is in training/face/teach.py."""

import sys

from training.face.teach import main

if __name__ == "__main__":
    sys.exit(main())
