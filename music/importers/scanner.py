"""Reading a folder of music beside the server: its tags, then its sound, at low priority.

It runs `python -m music import`, so that measuring takes no memory of the server, has no part
in its interpreter's lock, and cannot take it down with a decoder.
"""

import contextlib
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from core.threads import Worker

log = logging.getLogger(__name__)

ROOT: Final = Path(__file__).resolve().parents[2]
WINDOWS_FLAGS: Final = ("BELOW_NORMAL_PRIORITY_CLASS", "CREATE_NEW_PROCESS_GROUP")
NICENESS: Final = 15
"""Of 19: what is left over by the video goes to it."""


class Scanner(Worker):
    """Imports a folder once it is started. Stopped and started again, it goes on.

    Args:
        folder: of music files.
        environment: of the process that reads it; names the store.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        super().__init__("scanner")
        self._folder = folder
        self._environment = dict(environment)
        self._process: subprocess.Popen[str] | None = None
        self._state: dict[str, Any] = {"status": "waiting"}

    def state(self) -> Mapping[str, Any]:
        """Return how far it is.

        Returns:
            `folder`, and `status`: `waiting`, `running` (with `stage`, `done` and `total`),
            `stopped`, `failed` (with `message`) or `done` (with an import's summary).
        """
        return {"folder": str(self._folder), **self._state}

    def run(self, stop: threading.Event) -> None:
        # -P: whatever lies in the current folder must not be taken for ours.
        command = [sys.executable, "-P", "-m", "music", "import", "--json", "--workers=1"]
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [*command, "--", str(self._folder)],
            env={**self._environment, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            # Ctrl-C is for the server, which then ends this process.
            start_new_session=True,
            creationflags=sum(getattr(subprocess, flag, 0) for flag in WINDOWS_FLAGS),
        )
        with self._process as process:
            if hasattr(os, "setpriority"):
                with contextlib.suppress(OSError):
                    os.setpriority(os.PRIO_PROCESS, process.pid, NICENESS)
            if stop.is_set():  # before there was a process to be told
                process.terminate()
            self._follow(process)
        if stop.is_set():
            self._state = {"status": "stopped"}
        elif process.returncode:
            message = self._state.get("message") or f"it ended with code {process.returncode}"
            self._state = {"status": "failed", "message": message}
            log.warning("the music in '%s' was not read: %s", self._folder, message)

    def _follow(self, process: "subprocess.Popen[str]") -> None:
        """Read what the process says until it ends."""
        for line in process.stdout or ():
            try:
                event = json.loads(line)
            except ValueError:
                self._state = {**self._state, "message": line.strip().removeprefix("music: ")}
                continue
            self._state = {"status": "running" if "stage" in event else "done", **event}

    def stop(self, timeout: float = 1.0) -> bool:
        """Stop as `Worker.stop` does, and the process with it."""
        self.ask_to_stop()
        process = self._process
        if process is not None:
            process.terminate()
        return super().stop(timeout)
