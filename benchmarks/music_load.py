"""Load songs in a process of its own, and tell what that took; `benchmarks.music` starts it.

    python -m benchmarks.music_load csv FOLDER
    python -m benchmarks.music_load database FOLDER FILE

It imports nothing that a program that only plays songs does not need.
"""

import json
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.labels import EMOTIONS
from music.catalogue.files import load_catalogue
from music.recommend.jukebox import Jukebox
from music.recommend.listener import Listener
from store.database import open_database, open_in_memory
from store.songs import Library
from store.visitors import VisitorRecords


def main(arguments: Sequence[str]) -> None:
    """Load, and print JSON: seconds, and MB resident before, after and at most.

    The most is that of a song coming into the library too, after which all of it is read again.
    """
    kind, folder, *files = arguments
    before = resident("VmRSS")
    begun = time.perf_counter()
    catalogue = load_catalogue(Path(folder), EMOTIONS)
    in_store = kind == "database"
    database = open_database(f"sqlite:///{files[0]}") if in_store else open_in_memory()
    library = Library(database)
    jukebox = Jukebox(catalogue, catalogue.moods, library, VisitorRecords(database))
    seconds = time.perf_counter() - begun
    after = resident("VmRSS")
    listener = Listener(id="visitor")
    for emotion in EMOTIONS:
        assert len(jukebox.playlist(listener, emotion, "match", limit=10, version=1).songs) == 10  # noqa: S101
    if in_store:
        new = replace(catalogue.songs["happy"][0], id="0" * 12)
        library.add([new], "benchmark-new")
        assert jukebox.reload_if_changed()  # noqa: S101
        library.remove("benchmark-new")
    megabytes = {"before": before, "after": after, "most": resident("VmHWM")}
    print(json.dumps({"seconds": seconds, "megabytes": megabytes}))


def resident(field: str) -> float:
    """Return memory of this process in MB (10^6 bytes), from /proc; not a number without one."""
    status = Path("/proc/self/status")
    match = re.search(rf"{field}:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(match[1]) * 1024 / 1e6 if match else float("nan")


if __name__ == "__main__":
    main(sys.argv[1:])
