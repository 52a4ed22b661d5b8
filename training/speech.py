"""The command `python -m training.speech`; what it does is in training/voice/__main__.py."""

import sys

from training.voice.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
