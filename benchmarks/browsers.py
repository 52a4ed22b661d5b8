"""Ten browsers send their own cameras' pictures to one server.

python -m benchmarks.browsers --browsers 10 --rate 5 --seconds 30
"""

import argparse
import http.client
import json
import threading
import time
from dataclasses import dataclass, field

import cv2

from benchmarks.process import MAIN, serving
from benchmarks.stats import Spread, Stopwatch, Verdict, table, verdict_table
from capture import demo

WIDTH, HEIGHT, QUALITY = 480, 360, 70
"""As the page sends them at first."""
PICTURES = 40
WARM_UP = 3.0
"""Seconds at the start that do not count."""


@dataclass
class Browser:
    """One sender: the next picture leaves when the answer is here and its time has come.

    The times stand from the start: a slow answer delays the next pictures, but no sleep adds up.
    """

    port: int
    pictures: list[bytes]
    rate: float
    phase: float
    """Part of an interval by which it begins later than the first browser, as people do."""
    answers: list[float] = field(default_factory=list)
    """Seconds each counted answer took."""
    took: float = 0.0
    """Seconds until the last counted answer; what they were asked for in, if it came earlier."""
    failures: int = 0
    with_face: int = 0

    @property
    def reached(self) -> float:
        """Answers a second."""
        return len(self.answers) / self.took

    def run(self, elapsed: Stopwatch, seconds: float) -> None:
        """Send until `elapsed` reaches warm-up and `seconds`."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        link.request("GET", "/")
        page = link.getresponse()
        page.read()
        cookie = page.getheader("Set-Cookie", "").split(";")[0]
        headers = {"Content-Type": "image/jpeg", "Cookie": cookie}
        for number in range(round((WARM_UP + seconds) * self.rate)):
            due = (number + self.phase) / self.rate
            time.sleep(max(0.0, due - elapsed()))
            stopwatch = Stopwatch()
            link.request("POST", "/api/frame", self.pictures[number % PICTURES], headers)
            response = link.getresponse()
            body = json.loads(response.read())
            if due >= WARM_UP:
                self.answers.append(stopwatch())
                self.failures += response.status != 200
                self.with_face += bool(body.get("faces"))
        self.took = max(seconds, elapsed() - WARM_UP)
        link.close()


def pictures(begin: float) -> list[bytes]:
    """Return what one browser's camera sees, as JPEG files."""
    frames = [demo.render(begin + n / 5, WIDTH, HEIGHT) for n in range(PICTURES)]
    options = (cv2.IMWRITE_JPEG_QUALITY, QUALITY)
    return [cv2.imencode(".jpg", frame, options)[1].tobytes() for frame in frames]


def main() -> None:
    parser = argparse.ArgumentParser(description="Browsers that send their own pictures.")
    parser.add_argument("--browsers", type=int, default=10, help="how many (10)")
    parser.add_argument("--rate", type=float, default=5, help="pictures a second of each (5)")
    parser.add_argument("--seconds", type=float, default=30, help="measured, after 3 s (30)")
    options = parser.parse_args()
    films = [pictures(4.0 * n) for n in range(options.browsers)]
    with serving((*MAIN, "browser")) as server:
        browsers = [
            Browser(server.port, film, options.rate, index / options.browsers)
            for index, film in enumerate(films)
        ]
        elapsed = Stopwatch()
        threads = [
            threading.Thread(target=browser.run, args=(elapsed, options.seconds))
            for browser in browsers
        ]
        for thread in threads:
            thread.start()
        time.sleep(WARM_UP)
        before, since = server.processor_seconds(), Stopwatch()
        for thread in threads:
            thread.join()
        cores, memory = (server.processor_seconds() - before) / since(), server.memory()
    answers = Spread.of([answer for browser in browsers for answer in browser.answers])
    slowest = min(browser.reached for browser in browsers)
    with_face = sum(browser.with_face for browser in browsers) / answers.count
    rows = [
        ("answer, ms: median / p95 / worst", " / ".join(
            f"{1000 * value:.0f}" for value in (answers.median, answers.p95, answers.worst)
        )),
        ("pictures in which a face was followed", f"{with_face:.0%}"),
        ("answers that were no 200", str(sum(browser.failures for browser in browsers))),
        ("cores busy, server", f"{cores:.2f}"),
        ("memory, MB", f"{memory:.0f}"),
    ]  # fmt: skip
    verdict = Verdict("recognitions a second, slowest browser", slowest, 5, "/s", at_least=True)
    print(f"{table((f'{options.browsers} browsers', ''), rows)}\n\n{verdict_table([verdict])}")


if __name__ == "__main__":
    main()
