"""The command `python -m training.fusion`; what it does is in training/fusion/evaluate.py."""

import sys

from training.fusion.evaluate import main

if __name__ == "__main__":
    sys.exit(main())
