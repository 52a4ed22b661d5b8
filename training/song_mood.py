"""The command `python -m training.song_mood`; what it does is in training/songs/mood.py."""

import sys

from training.songs.mood import main

if __name__ == "__main__":
    sys.exit(main())
