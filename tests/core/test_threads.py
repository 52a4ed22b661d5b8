"""The hand-off and the worker."""

import signal
import subprocess
import sys
import threading

import pytest

from core import threads
from core.threads import Latest, Worker, termination
from tests.conftest import ROOT


class TestLatest:
    def test_a_reader_gets_the_newest_value_only(self):
        hand_off = Latest()
        for value in "abc":
            hand_off.publish(value)
        assert hand_off.wait_newer(0, timeout=0) == (3, "c")

    def test_a_reader_with_the_newest_value_waits_in_vain(self):
        hand_off = Latest()
        sequence = hand_off.publish("a")
        assert hand_off.wait_newer(sequence, timeout=0.01) is None

    def test_every_waiting_reader_is_woken(self):
        hand_off, values = Latest(), []
        readers = [
            threading.Thread(target=lambda: values.append(hand_off.wait_newer(0, 5)))
            for _ in range(5)
        ]
        for reader in readers:
            reader.start()
        hand_off.publish("x")
        for reader in readers:
            reader.join(5)
        assert values == [(1, "x")] * 5

    def test_a_dropped_value_is_waited_for_anew(self):
        hand_off = Latest()
        hand_off.publish("old")
        hand_off.clear()
        assert hand_off.peek() == (1, None)
        assert hand_off.wait_newer(0, timeout=0.01) is None
        hand_off.publish("new")
        assert hand_off.wait_newer(0, timeout=0) == (2, "new")

    def test_closing_lets_readers_go_at_once(self):
        hand_off = Latest()
        reader = threading.Thread(target=lambda: hand_off.wait_newer(0, timeout=60))
        reader.start()
        hand_off.close()
        reader.join(5)
        assert not reader.is_alive()


class Ticker(Worker):
    def __init__(self):
        super().__init__("ticker")
        self.runs = 0
        self.begun = threading.Event()

    def run(self, stop):
        self.runs += 1
        self.begun.set()
        stop.wait()


class TestWorker:
    def test_starting_and_stopping_twice_does_no_harm(self):
        worker = Ticker()
        worker.stop()
        worker.start()
        worker.start()
        assert worker.begun.wait(5)
        assert worker.stop()
        assert worker.stop()
        assert worker.runs == 1

    def test_it_can_be_started_again(self):
        worker = Ticker()
        for _ in range(3):
            worker.begun.clear()
            with worker:
                assert worker.begun.wait(5)
        assert worker.runs == 3

    def test_a_thread_that_fails_says_why(self, eventually, caplog):
        class Broken(Worker):
            def run(self, stop):
                raise RuntimeError("the lens cap is on")

        worker = Broken("broken")
        with worker:
            eventually(lambda: worker.failure)
        assert worker.failure == "broken failed: the lens cap is on"
        assert "the lens cap is on" in caplog.text

    def test_one_that_failed_is_run_again(self, eventually, monkeypatch):
        monkeypatch.setattr(threads, "RESTART_AFTER", 0.01)
        monkeypatch.setattr(threads, "FAILURE_SHOWN", 0.05)

        class Shaky(Ticker):
            def run(self, stop):
                if self.runs == 0:
                    self.runs = 1
                    raise RuntimeError("once")
                super().run(stop)

        with Shaky() as worker:
            assert worker.begun.wait(5)
            eventually(lambda: worker.failure is None)

    def test_a_thread_that_does_not_end_is_told_and_never_doubled(self, eventually):
        """A driver may keep a thread for seconds; the next run waits for it."""
        stuck = threading.Event()
        runs = []

        class Stuck(Worker):
            def run(self, stop):
                runs.append(stop)
                stuck.wait(10)

        worker = Stuck("stuck")
        worker.start()
        eventually(lambda: len(runs) == 1)
        assert worker.stop(0.01) is False
        assert worker.stop(0.01) is False
        worker.start()
        assert runs[0].is_set(), "the first run was not told to end"
        assert worker.stop(0.01) is False
        worker.start()
        assert len(runs) == 1
        stuck.set()
        eventually(lambda: len(runs) == 2)
        worker.stop()


class TestTermination:
    def test_a_signal_is_told_and_what_it_did_before_comes_back(self):
        before = signal.getsignal(signal.SIGINT)
        with termination(signal.SIGINT) as ended:
            assert not ended.is_set()
            signal.raise_signal(signal.SIGINT)
            assert ended.is_set()
        assert signal.getsignal(signal.SIGINT) is before

    @pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
    def test_a_second_one_kills_whatever_runs(self):
        lines = [
            "import signal\nfrom core import threads",
            "with threads.termination(signal.SIGINT):",
            "    try:",
            "        signal.raise_signal(signal.SIGINT)",
            "        print('told', flush=True)",
            "        signal.raise_signal(signal.SIGINT)",
            "    except BaseException:",
            "        pass",
            "print('lost')",
        ]
        done = subprocess.run(
            [sys.executable, "-c", "\n".join(lines)], cwd=ROOT, capture_output=True, text=True
        )
        assert (done.stdout, done.returncode) == ("told\n", -signal.SIGINT)

    def test_one_that_is_ignored_stays_so(self):
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            with termination(signal.SIGINT) as ended:
                signal.raise_signal(signal.SIGINT)
                assert not ended.is_set()
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        finally:
            signal.signal(signal.SIGINT, before)

    def test_other_signals_are_left_alone(self):
        before = signal.getsignal(signal.SIGTERM)
        with termination(signal.SIGINT):
            assert signal.getsignal(signal.SIGTERM) is before
