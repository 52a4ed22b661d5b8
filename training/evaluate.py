"""The command `python -m training.evaluate`; what it does is in training/face/evaluate.py."""

import sys

from training.face.evaluate import main

if __name__ == "__main__":
    sys.exit(main())
