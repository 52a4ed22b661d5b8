"""How the live camera rests and ends: no thread is left, nothing holds it up."""

import threading
import time

from tests.fakes import (
    FakeSource,
    FakeSpec,
    blank,
)
from tests.test_camera import live_camera, pictures


class TestEnd:
    def test_no_thread_is_left(self, eventually):
        def alive():
            names = {"grabber", "analyser", "publisher"}
            return [t for t in threading.enumerate() if t.name in names]

        before = set(alive())
        with live_camera() as live:
            pictures(live, 2)
            assert len(set(alive()) - before) == 3
        assert not set(alive()) - before

    def test_the_last_viewer_to_go_puts_it_to_rest(self):
        with live_camera() as live:
            pictures(live, 2)
            assert live.grabber.idle
            published = live.publisher.published
            grabbed = live.grabber.grabbed
            while live.grabber.grabbed < grabbed + 30:
                time.sleep(0.01)
            assert live.publisher.published <= published + 1

    def test_it_stays_ended(self):
        live = live_camera()
        with live:
            pass
        live.resume()
        live.start()
        assert not live.grabber.wanted

    def test_a_source_that_hangs_does_not_hold_it_up(self, eventually):
        hung = threading.Event()

        class Hung(FakeSource):
            def grab(self):
                hung.wait(20)
                super().grab()

        live = live_camera(FakeSpec(opener=lambda: Hung([blank()])))
        with live:
            eventually(lambda: live.grabber.alive)
            begun = time.monotonic()
        assert time.monotonic() - begun < 1.5
        hung.set()

    def test_it_ends_quickly_with_a_viewer_waiting(self, eventually):
        live = live_camera(FakeSpec(opener=lambda: FakeSource([])), retry=(60, 60))
        with live:
            viewer = threading.Thread(target=pictures, args=(live, 10**6, 0.5))
            viewer.start()
            begun = time.monotonic()
        assert time.monotonic() - begun < 2
        viewer.join(5)
        assert not viewer.is_alive()
