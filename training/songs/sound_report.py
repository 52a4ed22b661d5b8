"""What is known about measuring music files, as JSON and Markdown."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from training.common.report_writer import render
from training.songs.energy import Fit

MAX_TEMPO_ERROR = 0.04
"""Part by which a tempo may be off, as MIREX has it."""


@dataclasses.dataclass(frozen=True)
class SoundReport:
    """All figures of one run of `training.song_sound`, as `sound.json` has them."""

    command: str
    figures: Mapping[str, float]
    """Figures of merit, by name."""
    metronomes: Mapping[int, float]
    """The tempo measured of clicks, by their true tempo, in beats a minute."""
    fits: Sequence[Fit]

    @property
    def metronomes_right(self) -> int:
        """How many of the metronomes were measured within `MAX_TEMPO_ERROR`."""
        return sum(
            abs(tempo / truth - 1) <= MAX_TEMPO_ERROR for truth, tempo in self.metronomes.items()
        )


def to_json(report: SoundReport) -> str:
    """Return the report as JSON text."""
    return json.dumps(dataclasses.asdict(report), indent=1) + "\n"


def to_markdown(report: SoundReport) -> str:
    """Return the report as Markdown."""
    return render(Path(__file__).with_name("sound.md.jinja"), report=report)
