"""Twenty viewers of one camera, one of them stalled, on a real server.

python -m benchmarks.viewers --server cheroot --viewers 20 --stalled 1 --seconds 60
"""

import argparse
import http.client
import json
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.process import Server, serving
from benchmarks.servers import SERVERS, command
from benchmarks.stats import Spread, Stopwatch, Verdict, table, verdict_table
from benchmarks.watching import finish_watching, start_watching

WARM_UP = 4.0
"""Seconds for all to connect and for the demo to draw its first faces; not counted."""
ASK_EVERY = 0.25
"""Seconds between questions to `/api/state`."""


@dataclass
class Account:
    """What the server cost, and how it answered, while the viewers watched."""

    memory: list[float] = field(default_factory=list)
    """MB, once a second."""
    answers: list[float] = field(default_factory=list)
    """Seconds that `/api/state` took."""
    core_share: float = 0.0
    streams: int = 0
    """Open ones at the end, by the server's own count."""

    def follow(self, server: Server, seconds: float) -> None:
        """Keep this account for so long."""
        elapsed, before = Stopwatch(), server.processor_seconds()
        link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        while elapsed() < seconds:
            stopwatch = Stopwatch()
            link.request("GET", "/api/state")
            state = json.loads(link.getresponse().read())
            self.answers.append(stopwatch())
            self.streams = state["viewers"]
            if elapsed() >= len(self.memory):
                self.memory.append(server.memory())
            time.sleep(max(0.0, ASK_EVERY - stopwatch()))
        link.close()
        self.core_share = (server.processor_seconds() - before) / elapsed()


@dataclass(frozen=True)
class Run:
    """What one run found."""

    server: str
    normal: int
    stalled: int
    slow: int
    rates: list[float]
    """Pictures a second of each normal viewer."""
    ages: Spread
    """Seconds from capture until a picture was wholly received, all normal viewers'."""
    lost: int
    """Pictures that were published, but not sent to a normal viewer."""
    slow_rates: list[float]
    slow_ages: Spread | None
    account: Account
    viewers_core_share: float

    def verdicts(self) -> list[Verdict]:
        return [
            Verdict("pictures a second, worst viewer", min(self.rates), 15, "/s", at_least=True),
            Verdict("pictures' age, p95", 1000 * self.ages.p95, 150, "ms"),
            Verdict("memory, most", max(self.account.memory), 350, "MB"),
        ]

    def table(self) -> str:
        """Return the figures as a table."""
        account, memory = self.account, self.account.memory
        rate = self.rates
        cores = (account.core_share, self.viewers_core_share)
        rows = [
            ("pictures/s a viewer, least / median", _row((min(rate), median(rate)), ".1f")),
            ("pictures' age, ms: median / p95 / worst", _spread(self.ages)),
            ("pictures not sent to a viewer, of all", str(self.lost)),
            ("/api/state, ms: median / p95 / worst", _spread(Spread.of(account.answers))),
            ("memory, MB: first / last / most", _row((memory[0], memory[-1], max(memory)), ".0f")),
            ("cores busy, server / viewers", _row(cores, ".2f")),
            ("streams open at the end", str(account.streams)),
        ]
        if self.slow_ages:
            rows.append(("slow viewers' pictures/s", _row(self.slow_rates, ".1f")))
            rows.append(("their age, ms: median / p95 / worst", _spread(self.slow_ages)))
        title = f"{self.server}: {self.normal} viewers, {self.stalled} stalled, {self.slow} slow"
        return table((title, ""), rows)


def _spread(spread: Spread) -> str:
    return _row((1000 * spread.median, 1000 * spread.p95, 1000 * spread.worst), ".0f")


def _row(values: Iterable[float], form: str) -> str:
    return " / ".join(format(value, form) for value in values)


def measure(server_name: str, seconds: float, *, normal: int, stalled: int, slow: int) -> Run:
    """Let viewers watch the demo on a server; return what they and the server saw.

    Raises:
        RuntimeError: the server or the viewers failed, or a viewer saw nothing.
    """
    account = Account()
    with serving(command(server_name)) as server:
        watching = start_watching(
            server.port, seconds, WARM_UP, normal=normal, stalled=stalled, slow=slow
        )
        time.sleep(WARM_UP)
        account.follow(server, seconds)
        figures = finish_watching(watching)
    blind = sum(not viewer["ages"] for viewer in (*figures["viewers"], *figures["slow"]))
    if blind:
        raise RuntimeError(f"{blind} of {normal + slow} viewers saw no picture")
    slow_ages = [age for viewer in figures["slow"] for age in viewer["ages"]]
    return Run(
        server=server_name,
        normal=normal,
        stalled=stalled,
        slow=slow,
        rates=[viewer["rate"] for viewer in figures["viewers"]],
        ages=Spread.of([age for viewer in figures["viewers"] for age in viewer["ages"]]),
        lost=sum(viewer["lost"] for viewer in figures["viewers"]),
        slow_rates=[viewer["rate"] for viewer in figures["slow"]],
        slow_ages=Spread.of(slow_ages) if slow_ages else None,
        account=account,
        viewers_core_share=figures["client_processor"],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Many viewers of one camera on a real server.")
    parser.add_argument("--server", choices=SERVERS, default="cheroot")
    parser.add_argument("--viewers", type=int, default=20, help="all of them (20)")
    parser.add_argument("--stalled", type=int, default=1, help="of these, read nothing (1)")
    parser.add_argument("--slow", type=int, default=0, help="of these, read 300 kB/s (0)")
    parser.add_argument("--seconds", type=float, default=60, help="measured, after 4 s (60)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    options = parser.parse_args()
    normal = options.viewers - options.stalled - options.slow
    if normal < 1 or options.seconds < 5:
        parser.error("expected a viewer who is neither stalled nor slow, and 5 seconds or more")
    result = measure(
        options.server,
        options.seconds,
        normal=normal,
        stalled=options.stalled,
        slow=options.slow,
    )
    print(f"{result.table()}\n\n{verdict_table(result.verdicts())}")
    if options.json:
        options.json.write_text(json.dumps(asdict(result), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
