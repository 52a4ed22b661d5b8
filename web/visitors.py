"""Who is asking: each browser is a visitor with a mood, a mode and perhaps a camera of its own."""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from flask import Flask, Response, g

from camera import LiveCamera, LiveState, describe
from capture.timings import Timings
from core.status import LiveStatus
from emotion.face.reader import LARGEST, FaceReader, Follow
from emotion.mood.session import MoodSession
from web.cameras import BrowserCamera
from web.errors import RequestError
from web.guard.cookies import get_cookie, set_cookie

COOKIE = "affectune_visitor"
COOKIE_SECONDS = 365 * 24 * 3600
ID_BYTES = 16
SILENCE = 600.0
"""Seconds without a request after which a visitor's session ends; ratings are kept."""
MOST_VISITORS = 500
"""Sessions held at once: a crawler without cookies makes a new one with every request."""


class Visitor:
    """One browser's session.

    The mood is the server's camera's where there is one, unless the browser sends pictures of
    its own; with neither, it is what the visitor picks by hand.

    Args:
        identity: from the cookie.
        mode: how lists answer the mood, until the visitor chooses another.
        live: the server's camera.
        open_camera: makes the camera of this browser, for a session.
        keep: takes the visitor with a session that it leaves for another one.
    """

    def __init__(
        self,
        identity: str,
        mode: str,
        live: LiveCamera,
        open_camera: Callable[[MoodSession], BrowserCamera],
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
        self._live = live
        self._own = MoodSession()
        self._own.interrupt(LiveStatus.NO_CAMERA, time.monotonic())
        self._open_camera = open_camera
        self._camera: BrowserCamera | None = None
        self._keep = keep
        self.lock = threading.RLock()
        """Held while moods are kept, and while the visitor is forgotten."""

    @property
    def heard_until(self) -> float:
        """When this browser asked for something last, in epoch seconds."""
        return time.time() - (time.monotonic() - self.seen_at)

    @property
    def camera(self) -> BrowserCamera | None:
        """This browser's own camera; None where it sends no pictures, or has long stopped."""
        camera = self._camera
        if camera is not None and camera.abandoned:
            self.leave_camera(camera)
            return None
        return camera

    def own_camera(self) -> BrowserCamera:
        """Return this browser's camera, begun with its first picture."""
        with self.lock:
            if self._camera is None:
                if self._live.grabber.spec.has_camera:
                    self._keep(self, self._live.session)
                self._camera = self._open_camera(self._own)
                self._begin()
            return self._camera

    def leave_camera(self, only: BrowserCamera | None = None) -> None:
        """Give the browser's camera up: the mood is again the server's, or picked by hand.

        Args:
            only: the one meant, where there may be a newer one meanwhile.
        """
        with self.lock:
            camera = self._camera
            if camera is None or only not in (None, camera):
                return
            self._camera = None
            if self._live.grabber.spec.has_camera:
                self._keep(self, self._own)
            camera.close()
            self._begin()

    def _begin(self) -> None:
        """Note that moods count from now on, where they are another session's than before."""
        if self._live.grabber.spec.has_camera:
            self.since = self.recorded_until = time.time()

    @property
    def session(self) -> MoodSession:
        """The mood that this visitor's list follows."""
        if self.camera is None and self._live.grabber.spec.has_camera:
            return self._live.session
        return self._own

    @property
    def reader(self) -> FaceReader:
        """What reads the faces that this visitor sees."""
        camera = self.camera
        return self._live.reader if camera is None else camera.reader

    def state(self) -> LiveState:
        """Return how things are with the camera this visitor follows."""
        camera = self.camera
        if camera is not None:
            return camera.state()
        if self._live.grabber.spec.has_camera:
            return self._live.state()
        return describe(
            source=self._live.grabber.status(),
            mood=self._own.state(),
            reading=None,
            follow=LARGEST,
            timings_ms=Timings().medians_ms(),
        )

    def pause(self) -> None:
        """Let go of the camera in use, the browser's or the server's."""
        camera = self.camera
        (self._live if camera is None else camera).pause()

    def resume(self) -> None:
        """Take the camera in use back."""
        camera = self.camera
        (self._live if camera is None else camera).resume()

    def follow(self, follow: Follow) -> None:
        """Choose whose mood counts.

        Raises:
            RequestError: 400, there is no such face in view.
        """
        faces = {face.id for face in self.state().faces}
        if isinstance(follow, int) and follow not in faces:
            seen = ", ".join(map(str, sorted(faces))) or "none"
            raise RequestError(f"follow: face {follow} is not in view; in view: {seen}")
        self.reader.choose(follow, time.monotonic())


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
        for gone in silent:
            self._ended(gone)
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
            if now - oldest.seen_at <= SILENCE and len(self._visitors) < MOST_VISITORS:
                break
            silent.append(self._visitors.pop(oldest.id))
        return silent


def register(app: Flask) -> None:
    """Give each browser that `visitor_id` was asked for its cookie."""

    @app.after_request
    def introduce(response: Response) -> Response:
        if g.get("introduce"):
            # Lax: a link from elsewhere must not make a stranger of a visitor.
            set_cookie(response, COOKIE, g.visitor_id, COOKIE_SECONDS, "Lax")
        return response


def visitor_id() -> str:
    """Return the id of the browser that asks, a new one where it brings none of ours."""
    if "visitor_id" not in g:
        given = get_cookie(COOKIE)
        known = len(given) == 2 * ID_BYTES and set(given) <= set("0123456789abcdef")
        g.visitor_id = given if known else secrets.token_hex(ID_BYTES)
        g.stranger = g.introduce = not known
    return str(g.visitor_id)


def renew_cookie() -> None:
    """Let the cookie of the browser that asks last another year from now."""
    visitor_id()
    g.introduce = True


def is_stranger() -> bool:
    """Return whether the browser that asks brought no id: it is new, or keeps no cookies."""
    visitor_id()
    return bool(g.stranger)
