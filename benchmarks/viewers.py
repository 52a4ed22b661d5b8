"""Twenty viewers of one camera, one of them stalled, on a real server.

python -m benchmarks.viewers --server cheroot --viewers 20 --stalled 1 --seconds 60
"""

import argparse
import http.client
import json
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

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
            asked = Stopwatch()
            link.request("GET", "/api/state")
            state = json.loads(link.getresponse().read())
            self.answers.append(asked())
            self.streams = state["viewers"]
            if elapsed() >= len(self.memory):
                self.memory.append(server.memory())
            time.sleep(max(0.0, ASK_EVERY - asked()))
        link.close()
        self.core_share = (server.processor_seconds() - before) / elapsed()


def measure(
    server_name: str, seconds: float, normal: int, stalled: int, slow: int
) -> dict[str, Any]:
    """Let viewers watch the demo on a server; return what they and the server saw."""
    account = Account()
    with serving(command(server_name)) as server:
        watching = start_watching(server.port, seconds, WARM_UP, normal, stalled, slow)
        time.sleep(WARM_UP)
        account.follow(server, seconds)
        seen = finish_watching(watching)
    ages = [age for viewer in seen["viewers"] for age in viewer["ages"]]
    rates = [viewer["rate"] for viewer in seen["viewers"]]
    slow_ages = [age for viewer in seen["slow"] for age in viewer["ages"]]
    return {
        "server": server_name,
        "normal": normal,
        "stalled": stalled,
        "slow": slow,
        "rate": {"least": min(rates), "median": statistics.median(rates)},
        "age_seconds": _spread(ages),
        "slow_age_seconds": _spread(slow_ages),
        "slow_rate": [viewer["rate"] for viewer in seen["slow"]],
        "lost": sum(viewer["lost"] for viewer in seen["viewers"]),
        "ended": sum(viewer["ended"] for viewer in seen["viewers"]),
        "state_seconds": _spread(account.answers),
        "memory_mb": account.memory,
        "server_core_share": account.core_share,
        "client_core_share": seen["client_processor"],
        "streams_at_end": account.streams,
    }


def _spread(values: list[float]) -> dict[str, float] | None:
    return vars(Spread.of(values)) if values else None


def tell(found: dict[str, Any]) -> str:
    """Return the figures of one run as a table."""

    def spread(name: str) -> str:
        values = found[name]
        parts = (values["median"], values["p95"], values["worst"]) if values else ()
        return " / ".join(f"{1000 * value:.0f}" for value in parts) or "-"

    memory = found["memory_mb"]
    rows = [
        ("pictures/s a viewer, least / median", _two(found["rate"].values(), ".1f")),
        ("pictures' age, ms: median / p95 / worst", spread("age_seconds")),
        ("pictures not sent to a viewer, of all", str(found["lost"])),
        ("/api/state, ms: median / p95 / worst", spread("state_seconds")),
        ("memory, MB: first / last / most", _two((memory[0], memory[-1], max(memory)), ".0f")),
        ("cores busy, server / viewers", _two(_shares(found), ".2f")),
        ("streams open at the end", str(found["streams_at_end"])),
    ]
    if found["slow"]:
        rows.append(("slow viewers' pictures/s", _two(found["slow_rate"], ".1f")))
        rows.append(("their age, ms: median / p95 / worst", spread("slow_age_seconds")))
    title = f"{found['server']}: {found['normal']} viewers, {found['stalled']} stalled"
    return table((f"{title}, {found['slow']} slow", ""), rows)


def _shares(found: dict[str, Any]) -> tuple[float, float]:
    return found["server_core_share"], found["client_core_share"]


def _two(values: Any, form: str) -> str:
    return " / ".join(format(value, form) for value in values)


def verdicts(found: dict[str, Any]) -> list[Verdict]:
    growth = float(np.mean(found["memory_mb"][-5:]) - np.mean(found["memory_mb"][:5]))
    age = 1000 * found["age_seconds"]["p95"]
    return [
        Verdict("pictures a second, worst viewer", found["rate"]["least"], 15, "/s", at_least=True),
        Verdict("pictures' age, p95", age, 150, "ms"),
        Verdict("memory, most", max(found["memory_mb"]), 350, "MB"),
        Verdict("memory, growth over the run", growth, 10, "MB"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Many viewers of one camera on a real server.")
    parser.add_argument("--server", choices=SERVERS, default="cheroot")
    parser.add_argument("--viewers", type=int, default=20, help="all of them (20)")
    parser.add_argument("--stalled", type=int, default=1, help="of these, read nothing (1)")
    parser.add_argument("--slow", type=int, default=0, help="of these, read 300 kB/s (0)")
    parser.add_argument("--seconds", type=float, default=60, help="measured, after 4 s (60)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    given = parser.parse_args()
    normal = given.viewers - given.stalled - given.slow
    if normal < 1 or given.seconds < 5:
        parser.error("expected a viewer who is neither stalled nor slow, and 5 seconds or more")
    found = measure(given.server, given.seconds, normal, given.stalled, given.slow)
    print(f"{tell(found)}\n\n{verdict_table(verdicts(found))}")
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
