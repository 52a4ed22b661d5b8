"""Judge the model made for known speakers: `python -m training.experiments.known_speakers`.

It needs what `training.speech evaluate` keeps in `--run`, and adds its figures to the report that
this wrote, which keeps them from then on.
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from emotion.voice.sidecar import LABELS
from training.common.errors import as_command
from training.experiments import speaker_model
from training.voice import data, features, report
from training.voice.data import SPEEDS, Clips
from training.voice.evaluate import FIVE, RANDOM_SPLITS, KnownSpeakers
from training.voice.features import Table

SPLITS = range(10)
"""Seeds of the splits of the five classes' clips that are reported; `KnownRecipe` was chosen on
those of 100 to 104: the same clips cut another way, so that the choice has seen each of them."""


def by_known_speakers(table: Table, clips: Clips, splits: Iterable[int] = SPLITS) -> KnownSpeakers:
    """Leave out a random fifth of the five classes' clips, with the model made for just that.

    Learned from the other four fifths of the five classes alone: no clip, nor a copy of one, is
    on both sides. The other three classes' clips, of which none is tested, set the thresholds
    of the random filters.
    """
    recipe = speaker_model.KnownRecipe()
    among = np.flatnonzero(np.isin(table.labels, FIVE))
    others = np.flatnonzero(~np.isin(table.labels, FIVE))
    rows = [clips.rows[0][clip] for clip in among]
    moves = speaker_model.movements(rows, [clips.rows[0][clip] for clip in others], recipe)

    def voices(places: np.ndarray) -> speaker_model.Voices:
        at = among[places]
        plain = table.views[: len(SPEEDS), at]
        return speaker_model.Voices(plain, moves[places], table.labels[at], table.actors[at])

    each, confusion = [], np.zeros((len(FIVE), len(FIVE)), int)
    classes = np.unique(FIVE)
    for seed in splits:
        order = np.random.default_rng(seed).permutation(len(among))
        held = voices(np.sort(order[: len(among) // 5]))
        training = voices(np.sort(order[len(among) // 5 :]))
        answers = speaker_model.answer(training, held, recipe).argmax(axis=1)
        each.append(float((classes[answers] == held.labels).mean()))
        np.add.at(confusion, (np.searchsorted(classes, held.labels), answers), 1)
        print(f"known speakers, split {seed}: {100 * each[-1]:.1f} %", flush=True)
    leaked = [
        speaker_model.share_recalled(table, among, seed, recipe) for seed in range(RANDOM_SPLITS)
    ]
    return KnownSpeakers(each, [LABELS[label] for label in classes], confusion.tolist(), leaked)


@as_command
def main(arguments: list[str] | None = None) -> None:
    """Judge it, and write the report of the speech model anew."""
    parser = argparse.ArgumentParser(
        prog="python -m training.experiments.known_speakers", description=__doc__
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=Path("../shared/data/ravdess"),
        help="RAVDESS' speech clips as FLAC (%(default)s)",
    )
    parser.add_argument(
        "--run", type=Path, default=Path("runs/speech"), help="folder of what is kept (%(default)s)"
    )
    parser.add_argument(
        "--reports",
        type=Path,
        default=Path("reports/speech"),
        help="folder of the report (%(default)s)",
    )
    options = parser.parse_args(arguments)
    report.read(options.reports)  # before half an hour's work
    table = features.load(options.data, options.run)
    clips = data.load(options.data, options.run / features.ROWS)
    print(report.add_known_speakers(options.reports, by_known_speakers(table, clips)))


if __name__ == "__main__":
    sys.exit(main())
