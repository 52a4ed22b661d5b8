"""The command `python -m training.search`; what it does is in training/face/search.py."""

import sys

from training.face.search import main

if __name__ == "__main__":
    sys.exit(main())
