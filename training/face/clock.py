"""How far a run is: by its epochs, or by the clock."""

import threading
import time
from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from training.face.run import Run


class Clock(keras.callbacks.Callback):  # type: ignore[misc]
    """Knows how far the run is, by epochs or by the clock, and sets the learning rate so.

    The JAX backend takes up a new rate at the start of an epoch only, the others with each
    batch.

    Args:
        run: whose progress it begins with.
        seconds: from now to the end; None goes by the recipe's epochs.
        ended: ends the epoch when it is set.
    """

    def __init__(self, run: "Run", seconds: float | None, ended: threading.Event) -> None:
        super().__init__()
        self._ended = ended
        self.cut_short = False
        """Whether `ended` came before the last batch of an epoch."""
        self._run = run
        self._batches = max(1, len(run.targets.fer) // run.recipe.batch_size)
        self._seconds = seconds
        self._began, self._began_at = time.monotonic(), run.progress
        self._batch = 0

    def progress(self) -> float:
        """Return the part of the schedule that is behind, 0 to 1."""
        if self._seconds is None:
            run = self._run
            return min(1.0, (run.epoch + self._batch / self._batches) / run.recipe.epochs)
        passed = (time.monotonic() - self._began) / self._seconds
        return min(1.0, self._began_at + (1 - self._began_at) * passed)

    def seconds_left(self) -> float | None:
        """Return the time to the end; None where epochs count."""
        if self._seconds is None:
            return None
        return max(0.0, self._seconds - (time.monotonic() - self._began))

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        # Here, as Keras draws from torch's noise when `fit` begins for the first time.
        self._run.trainer.reseed(self._run.epoch)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._batch = batch
        self._run.optimizer.learning_rate.assign(self._run.recipe.rate_at(self.progress()))

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.cut_short = self._ended.is_set() and batch + 1 < self._batches
        if self.cut_short or (self._seconds is not None and self.progress() >= 1):
            self._run.trainer.stop_training = True

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._batch = 0
