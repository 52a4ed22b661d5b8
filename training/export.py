"""The command `python -m training.export`; what it does is in training/face/export.py."""

import sys

from training.face.export import main

if __name__ == "__main__":
    sys.exit(main())
