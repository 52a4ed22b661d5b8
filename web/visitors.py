"""Who is asking: each browser is a visitor with a mood, lists, thumbs, and perhaps a camera."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from core.errors import AffectuneError
from emotion.face.reader import Follow
from emotion.mood.session import MoodSession
from music.recommend.listener import Listener
from web.cameras import BrowserCamera, Camera

MAX_SILENCE_S = 600.0
"""Time without a request after which a visitor's session ends, and the visitor is away."""
MAX_VISITORS = 500
"""Held at once, present and away together: a crawler without cookies makes a new one with every
request."""


class UnknownFaceError(AffectuneError):
    """A face was chosen that is not in view."""

    code = "bad_request"


class Visitor:
    """One browser's session.

    The mood is that of `camera`, unless the browser sends pictures of its own.

    Args:
        listener: its lists and thumbs; its id is that of the cookie.
        mode: how lists answer the mood, until the visitor chooses another.
        camera: the server's, or `NoCamera`.
        open_camera: makes the camera of this browser.
        keep: takes the visitor with a session that it leaves for another one.
    """

    def __init__(
        self,
        *,
        listener: Listener,
        mode: str,
        camera: Camera,
        open_camera: Callable[[], BrowserCamera],
        keep: Callable[["Visitor", MoodSession], None] = lambda *_: None,
    ) -> None:
        self.id = listener.id
        self.listener = listener
        self.mode = mode
        self.returned = False
        """Whether it brought its cookie: who keeps none is never back, and leaves no moods."""
        self.last_request = time.monotonic()
        """When this browser asked for something last, on the monotonic clock."""
        self.present_since = time.time()
        """Epoch seconds: a shared camera's moods from before are not this visitor's."""
        self.recorded_until = self.present_since
        """Epoch seconds up to which the history has been kept."""
        self._default_camera = camera
        self._open_camera = open_camera
        self._own_camera: BrowserCamera | None = None
        self._keep = keep
        self.lock = threading.RLock()
        """Held while moods are kept, and while the visitor is forgotten."""

    @property
    def present_until(self) -> float:
        """When this browser asked for something last, in epoch seconds."""
        return time.time() - (time.monotonic() - self.last_request)

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
            self.present_since = self.recorded_until = time.time()

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
    """All browsers: those present have a session; of those away, lists and thumbs are left.

    The sessions of those silent for long end, and the oldest of too many are forgotten here,
    though not in the store.

    Args:
        make: a visitor for a listener.
        ended: takes each visitor whose session ends, but for those to be forgotten.
    """

    def __init__(
        self, make: Callable[[Listener], Visitor], ended: Callable[[Visitor], None] = lambda _: None
    ) -> None:
        self._make = make
        self._ended = ended
        self._present: OrderedDict[str, Visitor] = OrderedDict()
        """The one heard of longest ago first, as in `_away`."""
        self._away: OrderedDict[str, Listener] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return how many are held, present and away."""
        return len(self._present) + len(self._away)

    def get(self, identity: str) -> Visitor:
        """Return the visitor with an id, with a new session where there is none."""
        now = time.monotonic()
        with self._lock:
            former = self._end_silent(now)
            visitor = self._present.get(identity)
            if visitor is None:
                listener = self._away.pop(identity, None) or Listener(id=identity)
                former += self._make_room()
                visitor = self._present[identity] = self._make(listener)
            visitor.last_request = now
            self._present.move_to_end(identity)
        for each in former:
            self._ended(each)
        return visitor

    def forget(self, identity: str, erase: Callable[[str], int]) -> int:
        """Forget a visitor, here and in the store.

        Args:
            identity: the visitor's id.
            erase: removes what is kept of an id, and tells how many entries that were.

        Returns:
            What `erase` returned.
        """
        self._drop(identity)  # first: its requests under way would keep its moods anew
        erased = erase(identity)
        self._drop(identity)  # one that came meanwhile may have read what was erased then
        return erased

    def close(self) -> None:
        """End all sessions."""
        with self._lock:
            remaining = list(self._present.values())
            self._present.clear()
        for visitor in remaining:
            self._ended(visitor)

    def _drop(self, identity: str) -> None:
        with self._lock:
            visitor = self._present.pop(identity, None)
            self._away.pop(identity, None)
        if visitor is not None:
            with visitor.lock:  # a request under way must not bring its moods back
                visitor.returned = False

    def _end_silent(self, now: float) -> list[Visitor]:
        """Send those away who have been silent for long, and return them."""
        silent = []
        while self._present:
            oldest = next(iter(self._present.values()))
            if now - oldest.last_request <= MAX_SILENCE_S:
                break
            silent.append(self._present.pop(oldest.id))
            self._away[oldest.id] = oldest.listener
        return silent

    def _make_room(self) -> list[Visitor]:
        """Drop those heard of longest ago, for one more; return those who were present."""
        dropped = []
        while len(self) >= MAX_VISITORS:
            if self._away:
                self._away.popitem(last=False)
            else:
                dropped.append(self._present.popitem(last=False)[1])
        return dropped
