"""The command `python -m training.train`; what it does is in training/face/train.py."""

import sys

from training.face.train import main

if __name__ == "__main__":
    sys.exit(main())
