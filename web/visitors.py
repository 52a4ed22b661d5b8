"""Who is asking: each browser is a visitor with a mood, a mode and perhaps a camera of its own."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from core.errors import AffectuneError
from emotion.face.reader import Follow
from emotion.mood.session import MoodSession
from web.cameras import BrowserCamera, Camera

MAX_SILENCE_S = 600.0
"""Time without a request after which a visitor's session ends; ratings are kept."""
MAX_VISITORS = 500
"""Sessions held at once: a crawler without cookies makes a new one with every request."""


class UnknownFaceError(AffectuneError):
    """A face was chosen that is not in view."""

    code = "bad_request"


class Visitor:
    """One browser's session.

    The mood is that of `camera`, unless the browser sends pictures of its own.

    Args:
        identity: from the cookie.
        mode: how lists answer the mood, until the visitor chooses another.
        camera: the server's, or `NoCamera`.
        open_camera: makes the camera of this browser.
        keep: takes the visitor with a session that it leaves for another one.
    """

    def __init__(
        self,
        identity: str,
        mode: str,
        camera: Camera,
        open_camera: Callable[[], BrowserCamera],
        keep: Callable[["Visitor", MoodSession], None] = lambda *_: None,
    ) -> None:
        self.id = identity
        self.mode = mode
        self.returned = False
        """Whether it brought its cookie: who keeps none is never back, and leaves no moods."""
        self.seen_at = time.monotonic()
        self.since = time.time()
        """Epoch seconds: a shared camera's moods from before are not this visitor's."""
        self.recorded_until = self.since
        """Epoch seconds up to which the history has been kept."""
        self._default_camera = camera
        self._open_camera = open_camera
        self._own_camera: BrowserCamera | None = None
        self._keep = keep
        self.lock = threading.RLock()
        """Held while moods are kept, and while the visitor is forgotten."""

    @property
    def heard_until(self) -> float:
        """When this browser asked for something last, in epoch seconds."""
        return time.time() - (time.monotonic() - self.seen_at)

    @property
    def camera(self) -> Camera:
        """The camera that this visitor's mood comes from."""
        camera = self._own_camera
        if camera is not None and camera.abandoned:
            self.leave_camera(camera)
            camera = None
        return camera or self._default_camera

    def own_camera(self) -> BrowserCamera:
        """Return this browser's camera, begun with its first picture."""
        with self.lock:
            if self._own_camera is None:
                camera = self._open_camera()
                self._change_session(self._default_camera.session, camera.session)
                self._own_camera = camera
            return self._own_camera

    def leave_camera(self, only: BrowserCamera | None = None) -> None:
        """Give the browser's camera up: the mood is again the server's, or picked by hand.

        Args:
            only: the one meant, where there may be a newer one meanwhile.
        """
        with self.lock:
            camera = self._own_camera
            if camera is None or only not in (None, camera):
                return
            self._own_camera = None
            self._change_session(camera.session, self._default_camera.session)
            camera.close()

    def _change_session(self, before: MoodSession, after: MoodSession) -> None:
        """Keep the moods so far and count from now on, where the mood is another session's."""
        if before is not after:
            self._keep(self, before)
            self.since = self.recorded_until = time.time()

    @property
    def session(self) -> MoodSession:
        """The mood that this visitor's list follows."""
        return self.camera.session

    def follow(self, follow: Follow) -> None:
        """Choose whose mood counts.

        Raises:
            UnknownFaceError: there is no such face in view.
        """
        camera = self.camera
        faces = {face.id for face in camera.state().faces}
        if isinstance(follow, int) and follow not in faces:
            in_view = ", ".join(map(str, sorted(faces))) or "none"
            raise UnknownFaceError(f"follow: face {follow} is not in view; in view: {in_view}")
        camera.choose(follow)


class Visitors:
    """The sessions of all browsers; those silent for long, and the oldest of too many, end.

    Args:
        make: a visitor for an id that has no session.
        ended: takes each visitor whose session ends, but for those to be forgotten.
    """

    def __init__(
        self, make: Callable[[str], Visitor], ended: Callable[[Visitor], None] = lambda _: None
    ) -> None:
        self._make = make
        self._ended = ended
        self._visitors: OrderedDict[str, Visitor] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._visitors)

    def get(self, identity: str) -> Visitor:
        """Return the visitor with an id, with a new session where there is none."""
        now = time.monotonic()
        with self._lock:
            silent = self._take_silent(now)
            visitor = self._visitors.get(identity)
            if visitor is None:
                visitor = self._visitors[identity] = self._make(identity)
            visitor.seen_at = now
            self._visitors.move_to_end(identity)
        for former in silent:
            self._ended(former)
        return visitor

    def forget(self, identity: str) -> None:
        """End a visitor's session."""
        with self._lock:
            visitor = self._visitors.pop(identity, None)
        if visitor is not None:
            with visitor.lock:  # a request under way must not bring its moods back
                visitor.returned = False

    def close(self) -> None:
        """End all sessions."""
        with self._lock:
            remaining = list(self._visitors.values())
            self._visitors.clear()
        for visitor in remaining:
            self._ended(visitor)

    def _take_silent(self, now: float) -> list[Visitor]:
        silent = []
        while self._visitors:
            oldest = next(iter(self._visitors.values()))  # the one heard of longest ago
            if now - oldest.seen_at <= MAX_SILENCE_S and len(self._visitors) < MAX_VISITORS:
                break
            silent.append(self._visitors.pop(oldest.id))
        return silent
