"""The command `python -m training.song_sound`; what it does is in training/songs/sound.py."""

import sys

from training.songs.sound import main

if __name__ == "__main__":
    sys.exit(main())
