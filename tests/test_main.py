"""The program as people start it: a real process, from frame to JSON, and how it ends."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.music.importers.conftest import make_wav

DATA_DIR = tempfile.TemporaryDirectory()
"""Not the store of whoever runs the tests."""


def environment(**extra):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AFFECTUNE_")}
    return {**kept, "AFFECTUNE_DATA_DIR": DATA_DIR.name, **extra}


def run(*arguments, timeout=60, **extra):
    """Run it to its end, as for a start that must fail."""
    return subprocess.run(
        [sys.executable, "main.py", "--no-open", *arguments],
        cwd=ROOT, env=environment(**extra), capture_output=True, text=True, timeout=timeout,
        check=False,
    )  # fmt: skip


@contextlib.contextmanager
def started(*arguments, **extra):
    """Start it on a free port; yield the process and its address."""
    process = subprocess.Popen(
        [sys.executable, "main.py", "--no-open", "--port", "0", *arguments],
        cwd=ROOT, env=environment(**extra), text=True, bufsize=1,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        line = process.stdout.readline()
        assert line.startswith("Affectune is at http"), line
        yield process, line.split()[3]
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()


def get(address, path="", context=None):
    with urllib.request.urlopen(address + path, timeout=10, context=context) as response:
        return response.read()


@pytest.mark.slow
class TestFromFrameToJson:
    def test_demo_is_seen_recognised_and_answered_with_songs(self, eventually):
        with started("--source", "demo") as (_, address):
            moods = set()

            def follow():
                state = json.loads(get(address, "api/state"))
                playlist = json.loads(get(address, "api/playlist"))
                if state["emotion"] and playlist["version"] == state["version"]:
                    assert playlist["emotion"] == state["emotion"]
                    assert {s["mood"] for s in playlist["songs"]} == {state["emotion"]}
                    assert len(state["faces"]) == 1
                    moods.add(state["emotion"])
                return len(moods) >= 3

            eventually(follow, timeout=60)
            assert get(address, "snapshot.jpg").startswith(b"\xff\xd8")
            assert b"Affectune" in get(address)

    @pytest.mark.skipif(sys.platform != "linux", reason="Linux tells limits in /proc")
    def test_its_memory_is_never_dumped(self):
        with started("--source", "none") as (process, _):
            limits = Path(f"/proc/{process.pid}/limits").read_text()
            assert re.search(r"Max core file size +0 +0 ", limits)

    def test_no_camera_starts_and_says_what_to_do(self):
        with started("--source", "none") as (_, address):
            state = json.loads(get(address, "api/state"))
            assert state["status"] == "no_camera"
            assert "this browser's camera" in state["message"]

    def test_the_environment_counts(self):
        with started(AFFECTUNE_SOURCE="none", AFFECTUNE_TOKEN="12345678") as (_, address):
            with pytest.raises(urllib.error.HTTPError) as refused:
                get(address, "api/state")
            assert refused.value.code == 401
            refused.value.close()

    def test_tls_with_a_certificate_of_its_own(self, tmp_path):
        with started("--source", "none", "--tls", "--data-dir", str(tmp_path)) as (_, address):
            certificate = tmp_path / "tls" / "certificate.pem"
            context = ssl.create_default_context(cafile=str(certificate))
            assert b'"ok"' in get(address, "healthz", context)
            assert address.startswith("https://127.0.0.1:")
            assert (tmp_path / "tls" / "key.pem").stat().st_mode & 0o077 == 0

    def test_a_folder_of_music_is_read_beside_it(self, tmp_path, eventually):
        folder = tmp_path / "music"
        for number in range(20):
            make_wav(folder / f"Artist - Song {number}.wav", seconds=6)
        store = {"AFFECTUNE_DATA_DIR": str(tmp_path)}
        with started("--source", "none", "--music", str(folder), **store) as (server, address):

            def library():
                return json.loads(get(address, "api/library"))

            eventually(lambda: library()["music"].get("stage") == "sound", timeout=60)
            assert library()["origins"] == [{"origin": str(folder), "songs": 20}]
            server.send_signal(signal.SIGTERM)
            assert server.wait(10) == 0


@pytest.mark.slow
class TestEnd:
    @pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_a_signal_ends_it_within_two_seconds(self, number):
        """With one viewer that reads and one that has stopped reading."""
        with started("--source", "demo") as (process, address):
            host, port = address.split("/")[2].split(":")
            reading = http.client.HTTPConnection(host, int(port), timeout=10)
            with socket.socket() as stalled, contextlib.closing(reading):
                stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                stalled.connect((host, int(port)))
                stalled.sendall(b"GET /video_feed HTTP/1.1\r\nHost: localhost\r\n\r\n")
                reading.request("GET", "/video_feed")
                response = reading.getresponse()
                # 64 kB for the stalled one are full long before the other has read this much.
                response.read(1_000_000)
                drain = threading.Thread(target=self._drain, args=(response,))
                drain.start()
                begun = time.monotonic()
                process.send_signal(number)
                assert process.wait(10) == 0
                assert time.monotonic() - begun < 2
                drain.join(10)

    @pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
    def test_ctrl_c_ends_it_while_a_stream_is_still_awaited(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/live"
            silent.settimeout(60)
            process = subprocess.Popen(
                [sys.executable, "main.py", "--no-open", "--source", url],
                cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
            connection, _ = silent.accept()
            begun = time.monotonic()
            process.send_signal(signal.SIGINT)
            _, stderr = process.communicate(timeout=10)
            connection.close()
        assert time.monotonic() - begun < 2
        assert "Traceback" not in stderr

    @staticmethod
    def _drain(response):
        with contextlib.suppress(OSError, http.client.HTTPException):
            while response.read(65536):
                pass


class TestRefused:
    """Each: one sentence on stderr, its exit code, no traceback."""

    def refused(self, code, message, *arguments, **extra):
        result = run(*arguments, **extra)
        assert result.returncode == code, result.stderr
        messages = [line for line in result.stderr.splitlines() if line.startswith("affectune: ")]
        assert len(messages) == 1, result.stderr
        assert message in messages[0]
        assert "Traceback" not in result.stderr
        return messages[0]

    def test_an_unknown_option(self):
        self.refused(2, "did you mean '--source'?", "--sorce", "demo")

    def test_an_unknown_environment_variable(self):
        self.refused(2, "did you mean 'AFFECTUNE_PORT'?", AFFECTUNE_PROT="1")

    def test_a_source_that_is_nothing(self):
        for source in ("nowhere.mp4", "x" * 300):
            self.refused(3, "which is none of these", "--source", source)

    @pytest.mark.skipif(Path("/dev/video63").exists(), reason="there is such a camera")
    def test_a_camera_that_does_not_exist(self):
        self.refused(3, "expected a camera at index 63", "--source", "63")

    def test_a_file_that_is_no_video(self):
        self.refused(3, "expected a video FFmpeg can read", "--source", "Makefile")

    @pytest.mark.slow
    def test_a_url_that_hangs(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}/live"
            self.refused(3, f"expected a video stream at {url} within 5 s", "--source", url)

    def test_missing_weights(self):
        self.refused(4, "expected a model file at", "--source", "none", "--weights", "no.tflite")

    def test_a_missing_songs_folder(self):
        for folder in ("nowhere", "x" * 5000):
            self.refused(5, "expected a folder at", "--source", "none", "--songs", folder)

    def test_a_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            self.refused(
                6, "the port is in use; choose another with --port", "--source", "none",
                "--port", port,
            )  # fmt: skip

    def test_an_address_of_another_machine(self):
        self.refused(
            6, "this machine has no such address", "--source", "none", "--host", "192.0.2.1",
            "--token", "12345678", "--port", "0",
        )  # fmt: skip

    def test_a_data_folder_that_cannot_be_written(self, tmp_path):
        (tmp_path / "file").write_text("")
        self.refused(
            6, "--tls: cannot write a certificate", "--source", "none", "--tls",
            "--data-dir", str(tmp_path / "file"),
        )  # fmt: skip


def test_creating_the_app_opens_and_starts_nothing():
    from tests.web.conftest import make_services
    from web.app import create_app

    before = threading.active_count()
    services = make_services()
    create_app(services)
    assert threading.active_count() == before
    assert services.live.grabber.grabbed == 0
