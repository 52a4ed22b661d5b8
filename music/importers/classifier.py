"""The mood model, loaded when the first song asks for it."""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import WeightsError
from music.importers.items import Features

if TYPE_CHECKING:
    from music.measure.song_mood import SongMoodModel

log = logging.getLogger(__name__)


class LazySongMoodClassifier:
    """Tells moods by `music.measure.song_mood.SongMoodModel`. Safe to share between threads.

    Without the model's file no song gets a mood; that is logged once.

    Args:
        weights: of the model.
    """

    def __init__(self, weights: Path) -> None:
        self._weights = weights
        self._lock = threading.Lock()
        self._model: SongMoodModel | None = None
        self._absent = False

    def __call__(self, songs: Sequence[Features]) -> Sequence[str | None]:
        with self._lock:
            if self._model is None and not self._absent:
                self._load()
        return self._model.classify(songs) if self._model else [None] * len(songs)

    def _load(self) -> None:
        from music.measure.song_mood import SongMoodModel

        try:
            self._model = SongMoodModel(self._weights)
        except WeightsError as error:
            self._absent = True
            log.warning("%s; songs keep the mood that their source gives", error)
