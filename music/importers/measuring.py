"""Measuring the sound of the library's music files: once each, and only what is missing."""

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from core.errors import AffectuneError
from core.song import Song
from core.sound import Sound
from music.importers.items import Skipped, batched
from music.importers.run import SongMoodClassifier
from store.songs import Library

Measure = Callable[[Path], Sound]
"""Measures a file; raises `AffectuneError` where it cannot. Called in other processes."""
BATCH_SIZE: Final = 32
"""Files given out together; what was found in them is kept before the next ones."""


@dataclass(frozen=True)
class Work:
    """What is left to do for the music files under one folder."""

    folder: Path
    unmeasured: tuple[Song, ...]
    unnoted: tuple[tuple[Song, Sound], ...]
    """Songs whose sound was measured but not noted with them: an import ended in between."""


def work_in(folder: Path, library: Library) -> Work:
    """Return which songs with files under an absolute folder need their sound measured.

    Raises:
        StoreError: the library cannot be read.
    """
    under = os.path.join(folder, "")  # noqa: PTH118 - Path has no slash at its end
    unmeasured, unnoted = [], []
    for song in library.songs():
        if song.path and song.path.startswith(under):
            sound = recall_sound(song.path, library)
            if sound is None:
                if Path(song.path).is_file():  # else it was renamed, or removed
                    unmeasured.append(song)
            elif song.valence is None:
                unnoted.append((song, sound))
    return Work(folder, tuple(unmeasured), tuple(unnoted))


def recall_sound(path: str, library: Library) -> Sound | None:
    """Return what was measured in a file as it is now; None where nothing was."""
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return library.sound(path, status.st_size, status.st_mtime_ns)


def measure_all(
    work: Work,
    library: Library,
    processes: "Processes",
    classifier: SongMoodClassifier,
    progress: Callable[[int], object] = lambda count: None,
) -> list[Skipped]:
    """Measure what is left, and note it with the songs. However it ends, what was kept stays.

    Args:
        work: of `work_in`.
        library: where sounds and songs are kept.
        processes: that measure.
        classifier: tells the mood by what was measured.
        progress: called with a number of files, time and again.

    Returns:
        The files that cannot be measured.
    """
    origin = str(work.folder)
    library.add(_with_sound(work.unnoted, classifier), origin)
    skipped = []
    for songs in batched(work.unmeasured, BATCH_SIZE):
        measured = []
        outcomes = processes.measure([song.path or "" for song in songs])
        for song, outcome in zip(songs, outcomes, strict=True):
            if isinstance(outcome, str):
                skipped.append(Skipped(song.path or "", outcome))
            else:
                _keep(song.path or "", outcome, library)
                measured.append((song, outcome))
        library.add(_with_sound(measured, classifier), origin)
        progress(len(songs))
    return skipped


def _keep(path: str, sound: Sound, library: Library) -> None:
    try:
        status = Path(path).stat()
    except OSError:  # removed meanwhile
        return
    library.keep_sound(path, status.st_size, status.st_mtime_ns, sound)


def _with_sound(
    measured: Sequence[tuple[Song, Sound]], classifier: SongMoodClassifier
) -> Iterable[Song]:
    """Return songs with what their sound says of them."""
    moods = classifier([_features(song, sound) for song, sound in measured])
    return [
        replace(song, valence=sound.valence, energy=sound.energy, mood=song.mood or mood)
        for (song, sound), mood in zip(measured, moods, strict=True)
    ]


def _features(song: Song, sound: Sound) -> dict[str, float]:
    features = {
        "valence": sound.valence,
        "energy": sound.energy,
        "loudness": sound.loudness,
        "tempo": sound.tempo,
        "duration_ms": sound.seconds * 1000,
    }
    return (
        features if song.release_year is None else {**features, "release_year": song.release_year}
    )


class Processes(AbstractContextManager["Processes"]):
    """Processes that measure files, so that all cores work and a decoder's crash costs a file.

    Args:
        measure: can be pickled.
        count: of processes.
    """

    def __init__(self, measure: Measure, count: int) -> None:
        self._outcome = partial(_outcome, measure)
        self._count = count
        self._pool = self._start()

    def _start(self) -> ProcessPoolExecutor:
        # Not forked: a fork of a process with threads, as SQLAlchemy's may be, can lock up.
        return ProcessPoolExecutor(self._count, get_context("spawn"), _end_with_parent)

    def measure(self, paths: Sequence[str]) -> list["Sound | str"]:
        """Return what was measured in each file, or why it cannot be measured."""
        try:
            return list(self._pool.map(self._outcome, paths))
        except BrokenProcessPool:
            self._pool = self._start()
            return [self._alone(path) for path in paths]

    def _alone(self, path: str) -> "Sound | str":
        try:
            return self._pool.submit(self._outcome, path).result()
        except BrokenProcessPool:
            self._pool = self._start()
            return "the decoder crashed on it"

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)


def _outcome(measure: Measure, path: str) -> "Sound | str":
    try:
        return measure(Path(path))
    except AffectuneError as error:
        return str(error)


def _end_with_parent() -> None:
    """Let this process end with the one that started it, however that ends.

    A process pool's workers otherwise wait for work for ever once their parent was killed.
    """
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
