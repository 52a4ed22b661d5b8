"""Admission: first come first served, and no more than so many."""

import contextlib
import threading

import pytest

from core.admission import AdmissionControl, FairSemaphore
from core.errors import BusyError


def control(**changes):
    limits = {"max_admitted": 5, "max_concurrent": 2, "queue_timeout_s": 10.0, **changes}
    return AdmissionControl(**limits, full="full", late="late")


class TestFairSemaphore:
    def test_first_come_first_served(self, eventually):
        """Also when somebody comes in the moment that the one before leaves."""
        semaphore, served = FairSemaphore(1), []

        def ask(number):
            assert semaphore.acquire(10)
            served.append(number)
            semaphore.release()

        assert semaphore.acquire(0)
        threads = [threading.Thread(target=ask, args=(number,)) for number in range(5)]
        for waiting, thread in enumerate(threads, start=1):
            thread.start()
            eventually(lambda waiting=waiting: semaphore.waiting == waiting)
        semaphore.release()
        assert not semaphore.acquire(0) or len(served) == 5, "a newcomer has passed those who wait"
        for thread in threads:
            thread.join()
        assert served == [0, 1, 2, 3, 4]

    def test_who_gives_up_is_passed_over(self):
        semaphore = FairSemaphore(1)
        assert semaphore.acquire(0)
        assert not semaphore.acquire(0)
        assert not semaphore.acquire(0.01)
        semaphore.release()
        assert semaphore.acquire(0), "the permit went to somebody who had left"


class TestAdmissionControl:
    def test_no_more_than_so_many_at_once(self, eventually):
        admission, release = control(), threading.Event()
        working, refused = [], []

        def work():
            try:
                with admission.admission(), admission.turn():
                    working.append(1)
                    release.wait(10)
            except BusyError as error:
                refused.append(str(error))

        threads = [threading.Thread(target=work) for _ in range(7)]
        for thread in threads:
            thread.start()
        eventually(lambda: len(refused) == 2)
        eventually(lambda: len(working) == 2)
        release.set()
        for thread in threads:
            thread.join()
        assert (len(working), refused) == (5, ["full", "full"])

    def test_whose_turn_does_not_come_in_time_is_told_so(self):
        admission = control(max_concurrent=1, queue_timeout_s=0.01)
        with admission.turn(), pytest.raises(BusyError, match="late"), admission.turn():
            pass

    def test_any_number_may_wait_where_no_limit_is_set(self):
        admission = control(max_admitted=None)
        with contextlib.ExitStack() as inside:
            for _ in range(100):
                inside.enter_context(admission.admission())

    def test_a_failure_gives_place_and_turn_back(self):
        admission = control(max_admitted=1, max_concurrent=1, queue_timeout_s=0.0)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError), admission.admission(), admission.turn():
                raise ZeroDivisionError
