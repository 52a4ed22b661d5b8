"""One visitor's mood: what the face says, what the visitor pinned, and how it went over time."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from core.episode import Episode
from core.errors import ConfigError
from core.labels import EMOTIONS
from core.status import LiveStatus
from core.vision import Probabilities
from emotion.fusion import Fusion
from emotion.mood.smoothing import Mood, MoodSmoother, Presence, SmoothingConfig

MAX_PIN_SECONDS = 24 * 3600.0
VOICE_LIFETIME_S = 5.0
"""Seconds for which what was heard counts beside what is seen."""
MAX_GAP_S = 5.0
"""Seconds without a frame, and without a word why, that are no part of the mood before them."""
UNSEEN_AFTER_S = 1.0
"""Seconds without a frame after which a voice speaks for itself."""
MAX_EPISODES = 2000
"""Of a session: hours of a lively session, a few hundred kilobytes."""


@dataclass(frozen=True)
class Pin:
    """A mood chosen by hand, in force instead of the recognised one."""

    emotion: str
    until: float | None
    """Epoch seconds when it ends by itself; None lasts until it is taken back."""


@dataclass(frozen=True, eq=False, kw_only=True)
class MoodState:
    """The session at one instant."""

    recognised: Mood
    """What face and voice say, whatever is pinned."""
    in_force: str | None
    """The emotion that the playlist follows: the pinned or else the recognised one."""
    pin: Pin | None
    version: int
    """Rises with every change of what is in force, so with every change of the playlist."""
    heard_only: bool
    """Whether a voice with no face beside it was the last to have a say in the mood."""


class MoodSession:
    """The mood of one visitor. Safe to share between threads.

    Args:
        smoothing: how the mood follows the face.
        clock: epoch seconds, for history and pins.
    """

    def __init__(
        self,
        smoothing: SmoothingConfig | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._smoother = MoodSmoother(smoothing)
        self._clock = clock
        self._voice: Probabilities | None = None
        self._fusion: Fusion | None = None
        self._heard_at = self._seen_at = self._smoothed_at = float("-inf")
        self._heard_only = False
        self._lock = threading.Lock()
        self._recognised = Mood(Presence.NO_FACE, None, None, None)
        self._interruption: LiveStatus | None = None
        self._pin: Pin | None = None
        self._in_force: str | None = None
        self.started = clock()
        self._updated_at = float("inf")
        """By the wall clock, which goes on while a computer sleeps: when something was taken in."""
        self._version = int(1000 * self.started)  # so that no later session has the same
        first = Episode(self.started, None, LiveStatus(self._recognised.presence), None)
        self._episodes: deque[Episode] = deque([first], maxlen=MAX_EPISODES)

    def observe(self, probabilities: Probabilities | None, time: float) -> Mood:
        """Take in one frame's probabilities; see `MoodSmoother.update`."""
        with self._lock:
            self._bridge()
            self._interruption = None
            self._seen_at = self._smoothed_at = time
            evidence = self._with_voice(probabilities, time)
            if evidence is not None:
                self._heard_only = probabilities is None
            self._recognised = self._smoother.update(evidence, time)
            self._settle()
            return self._recognised

    def hear(self, probabilities: Probabilities | None, fusion: Fusion, time: float) -> None:
        """Take in what a voice says; for a while it counts beside the face, or for itself.

        Args:
            probabilities: float32 (7,), or None where no voice can be judged.
            fusion: how a face and a voice are combined.
            time: as for `observe`.
        """
        with self._lock:
            self._bridge()
            self._voice, self._fusion, self._heard_at = probabilities, fusion, time
            if probabilities is None or time - self._seen_at <= UNSEEN_AFTER_S:
                return
            # Nothing is seen: a clip of seconds says as much as the frames of that time would.
            for moment in (time - 1.0, time - 0.5, time):
                self._recognised = self._smoother.update(
                    probabilities, max(moment, self._smoothed_at)
                )
            self._smoothed_at = time
            self._heard_only = True
            self._settle()

    def voice(self, time: float) -> Probabilities | None:
        """Return what was heard, float32 (7,), as long as it counts."""
        return self._voice if time - self._heard_at <= VOICE_LIFETIME_S else None

    def _with_voice(self, face: Probabilities | None, time: float) -> Probabilities | None:
        voice = self.voice(time)
        if voice is None or self._fusion is None or face is None:
            return voice if face is None else face
        return self._fusion.fuse(face[np.newaxis], voice[np.newaxis])[0]

    def interrupt(self, status: LiveStatus, time: float) -> None:
        """Note that there is no picture to see a mood in; the mood in force stays.

        Args:
            status: why, for the history: `paused`, `camera_lost`, `no_camera` or `starting`.
            time: as for `observe`.
        """
        with self._lock:
            self._bridge()
            self._recognised = self._smoother.update(None, time)
            self._interruption = status
            self._settle()

    def pin(self, emotion: str | None, seconds: float | None = None) -> None:
        """Put a mood in force by hand, or with None go back to the recognised one.

        Args:
            emotion: one of `EMOTIONS`, or None.
            seconds: how long, above 0 and at most a day; None until taken back.

        Raises:
            ConfigError: the emotion is unknown or the time out of range.
        """
        if emotion is not None and emotion not in EMOTIONS:
            raise ConfigError(
                f"emotion: expected one of {', '.join(EMOTIONS)} or null, got {emotion!r}"
            )
        if seconds is not None and not 0 < seconds <= MAX_PIN_SECONDS:
            raise ConfigError(
                f"seconds: expected more than 0 and at most {MAX_PIN_SECONDS:.0f}, got {seconds:g}"
            )
        with self._lock:
            until = None if seconds is None else self._clock() + seconds
            self._pin = None if emotion is None else Pin(emotion, until)
            self._updated_at = self._clock()
            self._settle()

    def state(self) -> MoodState:
        """Return the mood in force and everything it follows from."""
        with self._lock:
            self._settle()
            return MoodState(
                recognised=self._recognised,
                in_force=self._in_force,
                pin=self._pin,
                version=self._version,
                heard_only=self._heard_only,
            )

    def history(self) -> list[Episode]:
        """Return the session so far, oldest first; the last episode is the one that lasts."""
        with self._lock:
            self._settle()
            return list(self._episodes)

    @property
    def changes(self) -> int:
        """Changes of the recognised mood so far."""
        return self._smoother.changes

    @property
    def flaps(self) -> int:
        """Changes that were taken back at once; see `SmoothingConfig.flap`."""
        return self._smoother.flaps

    def _bridge(self) -> None:
        """Note for how long nothing was seen, nor said why: this computer slept, perhaps."""
        now, last = self._clock(), self._episodes[-1]
        is_gap = now - self._updated_at > MAX_GAP_S
        if is_gap and not self._pin and not self._interruption:
            begun = max(self._updated_at, last.begun)
            self._episodes[-1] = replace(last, ended=begun)
            self._episodes.append(Episode(begun, None, LiveStatus.CAMERA_LOST, None))
        self._updated_at = now

    def _settle(self) -> None:
        """Let a pin run out, and note what is in force now."""
        if self._pin and self._pin.until is not None and self._clock() >= self._pin.until:
            self._pin = None
        in_force = self._pin.emotion if self._pin else self._recognised.emotion
        if in_force != self._in_force:
            self._in_force = in_force
            self._version += 1
        self._record()

    def _record(self) -> None:
        recognised = self._interruption or LiveStatus(self._recognised.presence)
        status = LiveStatus.PINNED if self._pin else recognised
        last = self._episodes[-1]
        if (last.status, last.emotion) != (status, self._in_force):
            now = max(self._clock(), last.begun)  # the wall clock may be set back
            self._episodes[-1] = replace(last, ended=now)
            self._episodes.append(Episode(now, None, status, self._in_force))
