"""Photos and voices, four at once, while somebody watches the live picture.

python -m benchmarks.analyse --seconds 20
"""

import argparse
import http.client
import io
import json
import threading
import time
import uuid
import wave
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.clips import FACES
from benchmarks.live import machine
from benchmarks.process import MAIN, Server, serving
from benchmarks.stats import Spread, Stopwatch, Verdict, table, verdict_table
from benchmarks.watching import finish_watching, start_watching
from capture import demo

VOICES = FACES.parent / "ravdess"
WARM_UP = 4.0
"""Seconds for the viewer to connect and the models to be loaded; not counted."""
CLIENTS = 4
BUDGETS_MS = {"photo": 400, "voice": 150}
MIN_RATE = 20.0
"""Live pictures a second that must be left."""


@dataclass(frozen=True)
class Load:
    """What one kind of request cost, and the live picture meanwhile."""

    name: str
    seconds: Spread | None
    """Of an answer, sent to received; None where nothing was asked."""
    rate: float
    """Pictures a second that the viewer got."""
    age: Spread
    """Seconds from capture until a picture was received."""
    memory: float
    """Most MB while it lasted, looked at ten times a second."""


def make_photo() -> bytes:
    """Return a JPEG of 4000x3000: a real portrait where there is one, grain as of a camera."""
    portrait = cv2.imread(str(FACES / "astronaut.png"))
    if portrait is None:
        portrait = demo.render(1.0)
    scale = 3000 / portrait.shape[0]
    large = cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    side = max(0, 4000 - large.shape[1])
    large = cv2.copyMakeBorder(large, 0, 0, side // 2, side - side // 2, cv2.BORDER_REPLICATE)
    grain = np.random.default_rng(0).normal(0, 5, (3000, 4000, 1))
    picture = np.clip(large[:, :4000] + grain, 0, 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, 90))
    return data.tobytes()


def make_voice(seconds: float = 3.0) -> bytes:
    """Return a WAV of 16 kHz: a real voice where there is one, else a buzz in syllables."""
    rate = 16_000
    clips = sorted(VOICES.glob("03-01-03-02-*.flac"))
    if clips:
        from audio.clip import decode

        samples = decode(clips[0].read_bytes())[: int(seconds * rate)]
    else:
        moments = np.arange(int(seconds * rate)) / rate
        phase = 2 * np.pi * np.cumsum(160 + 40 * np.sin(2 * np.pi * 0.8 * moments)) / rate
        buzz = sum(np.sin(number * phase) / number for number in range(1, 12))
        syllables = np.clip(np.sin(2 * np.pi * 3.3 * moments), 0, None) ** 0.5
        samples = (0.2 * buzz * syllables).astype(np.float32)
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return buffer.getvalue()


def encode_form(field: str, data: bytes) -> tuple[bytes, dict[str, str]]:
    """Return the body and headers of a form with one file."""
    boundary = uuid.uuid4().hex
    head = f'Content-Disposition: form-data; name="{field}"; filename="{field}"\r\n\r\n'
    body = f"--{boundary}\r\n{head}".encode() + data + f"\r\n--{boundary}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def ask(port: int, field: str, data: bytes, *, elapsed: Stopwatch, seconds: float) -> list[float]:
    """Send one request after the other for so long; return the seconds that each answer took.

    Raises:
        RuntimeError: an answer is none.
    """
    body, headers = encode_form(field, data)
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    took = []
    while elapsed() < seconds:
        stopwatch = Stopwatch()
        link.request("POST", "/api/analyse", body, headers)
        response = link.getresponse()
        answer = json.loads(response.read())
        took.append(stopwatch())
        if response.status != 200 or answer["status"] != "ok":
            raise RuntimeError(f"{field}: {response.status} {str(answer)[:300]}")
    link.close()
    return took


def ask_many(port: int, field: str, data: bytes, *, clients: int, seconds: float) -> list[float]:
    """Let several clients ask at once; each sends its next request when it has its answer."""
    elapsed, took = Stopwatch(), list[float]()
    failures: list[Exception] = []

    def client() -> None:
        try:
            took.extend(ask(port, field, data, elapsed=elapsed, seconds=seconds))
        except (RuntimeError, OSError) as error:
            failures.append(error)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(str(failures[0]))
    return took


def measure(server: Server, name: str, data: bytes | None, *, clients: int, seconds: float) -> Load:
    """Let a viewer watch and clients ask, and return what both saw.

    Args:
        name: `photo` or `voice`, or anything else where nothing is asked.
        data: the file that is sent; None asks nothing.
    """
    if data is not None:
        ask_many(server.port, name, data, clients=1, seconds=1.0)  # loads the models
    watching = start_watching(server.port, seconds, WARM_UP, normal=1)
    time.sleep(WARM_UP)
    took: list[float] = []
    ended, memory = threading.Event(), [server.memory()]

    def look() -> None:
        while not ended.wait(0.1):
            memory.append(server.memory())

    looking = threading.Thread(target=look)
    looking.start()
    if data is not None:
        took = ask_many(server.port, name, data, clients=clients, seconds=seconds)
    (viewer,) = finish_watching(watching)["viewers"]
    ended.set()
    looking.join()
    return Load(
        name=f"{name}, {clients} at once" if data else "nobody asks",
        seconds=Spread.of(took) if took else None,
        rate=viewer["rate"],
        age=Spread.of(viewer["ages"]),
        memory=max(memory),
    )


def show(loads: Sequence[Load]) -> str:
    """Return the figures as a table."""

    def milliseconds(spread: Spread | None) -> str:
        if spread is None:
            return "-"
        return " / ".join(f"{1000 * s:.0f}" for s in (spread.median, spread.p95, spread.worst))

    rows = [
        (
            load.name,
            milliseconds(load.seconds),
            str(load.seconds.count if load.seconds else 0),
            f"{load.rate:.1f}",
            milliseconds(load.age),
            f"{load.memory:.0f}",
        )
        for load in loads
    ]
    head = ("", "answer, ms: median / p95 / worst", "answers", "live pictures/s", "their age, ms")
    return table((*head, "memory, MB"), rows)


def verdicts(loads: Sequence[Load]) -> list[Verdict]:
    budgets = []
    for load in loads:
        if load.seconds is not None and load.name.endswith(f"{CLIENTS} at once"):
            budget = BUDGETS_MS[load.name.split(",")[0]]
            budgets.append(Verdict(f"{load.name}, p95", 1000 * load.seconds.p95, budget, "ms"))
            name = f"live pictures meanwhile ({load.name})"
            budgets.append(Verdict(name, load.rate, MIN_RATE, "/s", at_least=True))
    return [*budgets, Verdict("memory, most", max(load.memory for load in loads), 350, "MB")]


def main() -> None:
    parser = argparse.ArgumentParser(description="Photos and voices beside the live picture.")
    parser.add_argument("--seconds", type=float, default=20, help="of each load (20)")
    parser.add_argument("--only", choices=BUDGETS_MS, help="one kind only")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    options = parser.parse_args()
    files = {"photo": make_photo, "voice": make_voice}
    print(f"the demo and one viewer, on {machine()}")
    loads = []
    with serving((*MAIN, "demo")) as server:
        loads.append(measure(server, "nobody asks", None, clients=0, seconds=options.seconds / 2))
        for name, make in files.items():
            if options.only in (None, name):
                data = make()
                print(f"{name}: {len(data) / 1e6:.2f} MB")
                for clients in (1, CLIENTS):
                    loads.append(
                        measure(server, name, data, clients=clients, seconds=options.seconds)
                    )
    print(f"{show(loads)}\n\n{verdict_table(verdicts(loads))}")
    if options.json:
        figures = {"machine": machine(), "loads": [asdict(load) for load in loads]}
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
