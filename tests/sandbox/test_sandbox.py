"""Jobs on others' bytes: what they answer, and what they cannot do to the server."""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import tracemalloc

import numpy as np
import pytest

from core.errors import BusyError, SoundError
from sandbox.limits import Limits
from sandbox.sandbox import Sandbox, SandboxError
from tests.conftest import ROOT

JOBS = "tests.sandbox.jobs:"
LIMITS = Limits(memory=256 * 2**20, wall_seconds=20, files=32)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(["tests.sandbox.jobs", "no_such_module"], LIMITS) as sandbox:
        yield sandbox


def frame(text):
    """Return what `send` would put around JSON."""
    return (len(text).to_bytes(4, "big") + bytes(4) + text).hex()


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class TestAnswers:
    def test_a_job_runs_elsewhere_and_answers(self, sandbox):
        answer = sandbox.call(JOBS + "echo", b"abc", one=1, words=["a", None])
        assert answer["data"].tobytes() == b"abc"
        assert answer["options"] == {"one": 1, "words": ["a", None]}
        assert answer["pid"] != os.getpid()

    def test_each_job_has_a_process_of_its_own_which_ends(self, sandbox):
        pids = [sandbox.call(JOBS + "echo", b"")["pid"] for _ in range(3)]
        assert len(set(pids)) == 3
        deadline = time.monotonic() + 5
        while any(map(is_running, pids)) and time.monotonic() < deadline:
            os.sched_yield()
        assert not any(map(is_running, pids))

    @pytest.mark.parametrize("dtype", ["uint8", "int16", "float32", "float64", "int64"])
    @pytest.mark.parametrize("shape", [[0], [5], [3, 4, 3]])
    def test_arrays_come_as_they_were(self, sandbox, dtype, shape):
        array = sandbox.call(JOBS + "numbers", b"", dtype=dtype, shape=shape)
        expected = np.arange(np.prod(shape)).astype(dtype).reshape(shape)
        assert array.dtype == expected.dtype
        np.testing.assert_array_equal(array, expected)

    def test_large_data_goes_both_ways(self, sandbox):
        data = os.urandom(10 * 2**20)
        assert sandbox.call(JOBS + "echo", data)["data"].tobytes() == data

    def test_values_are_yielded_one_by_one(self, sandbox):
        assert list(sandbox.stream(JOBS + "count", b"", to=3)) == [0, 1, 2]

    def test_several_at_once_keep_to_themselves(self, sandbox):
        answers = {}

        def ask(number):
            answers[number] = sandbox.call(JOBS + "echo", bytes([number]))["data"][0]

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == {number: number for number in range(8)}


class TestHarm:
    def test_an_error_on_purpose_is_raised_as_here(self, sandbox):
        with pytest.raises(SoundError, match="expected music, got noise"):
            sandbox.call(JOBS + "refuse", b"")

    @pytest.mark.parametrize("job", ["crash", "bug", "open_files"])
    def test_a_job_that_fails_is_an_error_and_the_next_one_works(self, sandbox, job):
        with pytest.raises(SandboxError, match="could not be decoded"):
            sandbox.call(JOBS + job, b"")
        assert sandbox.call(JOBS + "echo", b"next")["data"].tobytes() == b"next"

    @pytest.mark.parametrize("job", ["never_end", "sleep"])
    def test_time_is_limited(self, job):
        with (
            Sandbox(["tests.sandbox.jobs"], Limits(cpu_seconds=1, wall_seconds=2)) as sandbox,
            pytest.raises(SandboxError, match="could not be decoded"),
        ):
            sandbox.call(JOBS + job, b"")

    def test_what_came_before_a_crash_is_kept(self, sandbox):
        values = sandbox.stream(JOBS + "count_and_crash", b"", to=2)
        assert [next(values), next(values)] == [0, 1]
        with pytest.raises(SandboxError):
            next(values)

    def test_memory_is_limited(self, sandbox):
        assert sandbox.call(JOBS + "fill_memory", b"\x01") == 2**27
        with pytest.raises(SandboxError):
            sandbox.call(JOBS + "fill_memory", b"\x03")

    def test_nothing_is_written(self, sandbox, tmp_path):
        path = tmp_path / "written"
        with pytest.raises(SandboxError):
            sandbox.call(JOBS + "write", b"", path=str(path))
        assert not path.exists() or not path.read_bytes()

    def test_secrets_of_the_server_are_not_known(self, monkeypatch):
        monkeypatch.setenv("AFFECTUNE_TOKEN", "secret")
        with Sandbox(["tests.sandbox.jobs"], LIMITS) as sandbox:
            assert "secret" not in sandbox.call(JOBS + "environment", b"").values()

    def test_no_core_is_dumped(self, sandbox):
        assert sandbox.call(JOBS + "core_dump", b"") == [0, 0, 0]

    def test_a_decoder_taken_over_cannot_take_the_time_of_a_thread(self, monkeypatch):
        monkeypatch.setattr("sandbox.sandbox.GRACE_S", 0)
        begun = time.monotonic()
        with (
            Sandbox(["tests.sandbox.jobs"], Limits(wall_seconds=1)) as sandbox,
            pytest.raises(SandboxError),
        ):
            sandbox.call(JOBS + "drip", b"", seconds=20)
        assert time.monotonic() - begun < 15

    def test_a_decoder_taken_over_cannot_fill_the_server(self, sandbox):
        tracemalloc.start()
        try:
            with pytest.raises(SandboxError):
                sandbox.call(JOBS + "nest", b"", megabytes=8)
            assert tracemalloc.get_traced_memory()[1] < 32 * 2**20
        finally:
            tracemalloc.stop()

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "ffffffffffffffff",
            "0000000500000000" + b"12345".hex()[:6],
            "0000000200000000" + b"{]".hex(),
            "0000002700000000" + b'{"value":{"__array__":["object",[1,2]]}}'.hex()[:78],
            *map(
                frame,
                (
                    b"5",
                    b"[]",
                    b"{}",
                    b'"value"',
                    b'{"end":true}',
                    b'{"error":"bad_sound"}',
                    b'{"error":"library_full","message":"?"}',
                    b'{"value":{"__array__":5}}',
                    b'{"value":{"__array__":["uint8",[0,1e400]]}}',
                ),
            ),
        ],
    )
    def test_a_decoder_taken_over_cannot_lie_its_way_out(self, sandbox, text):
        with pytest.raises(SandboxError):
            sandbox.call(JOBS + "lie", b"", text=text)


@contextlib.contextmanager
def no_file_free():
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, limits)
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, limits[1]))
        with contextlib.suppress(OSError):
            while True:
                stack.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        yield


class TestLife:
    def test_a_want_of_files_is_neither_the_fault_of_the_file_nor_of_the_zygote(self):
        with Sandbox(["tests.sandbox.jobs"], LIMITS) as sandbox:
            with no_file_free(), pytest.raises(BusyError, match="Too many open files"):
                sandbox.call(JOBS + "echo", b"")
            first = sandbox.call(JOBS + "parent", b"")
            with no_file_free(), pytest.raises(BusyError, match="Too many open files"):
                sandbox.call(JOBS + "echo", b"")
            assert sandbox.call(JOBS + "parent", b"") == first

    def test_nobody_waits_for_a_job_once_it_is_closed(self):
        with Sandbox(["tests.sandbox.jobs"], LIMITS) as sandbox:
            values = sandbox.stream(JOBS + "count_and_sleep", b"", to=1)
            next(values)
            sandbox.close()
            begun = time.monotonic()
            with pytest.raises(SandboxError):
                next(values)
        assert time.monotonic() - begun < LIMITS.wall_seconds / 2

    def test_it_starts_again_after_it_was_killed(self):
        with Sandbox(["tests.sandbox.jobs"], LIMITS) as sandbox:
            first = sandbox.call(JOBS + "parent", b"")
            os.kill(first, signal.SIGKILL)
            assert sandbox.call(JOBS + "parent", b"") != first

    def test_it_ends_with_a_server_that_is_killed(self):
        code = (
            "from sandbox.sandbox import Sandbox; import os, time\n"
            "s = Sandbox([])\n"
            f"print(s.call('{JOBS}parent', b''), flush=True)\n"
            "time.sleep(60)"
        )
        server = subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        with server:
            zygote = int(server.stdout.readline())
            assert is_running(zygote)
            server.kill()
        deadline = time.monotonic() + 5
        while is_running(zygote) and time.monotonic() < deadline:
            os.sched_yield()
        assert not is_running(zygote)
