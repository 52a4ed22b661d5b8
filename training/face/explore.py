"""Look at a data set: `python -m training.explore --data ../shared/data/fer2013/fer2013.npz`."""

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from core.labels import EMOTIONS
from emotion.face.preprocess import FACE_SIZE
from training.common import plots
from training.common.checkpoint import write_text
from training.common.errors import as_command, as_typed
from training.common.report_writer import render
from training.face.datasets import SPLITS, FaceSet, load
from training.face.datasets.checks import Findings, check
from training.face.datasets.folders import kinds_of_pictures
from training.face.targets import has_votes

GRID = 8
"""Sample faces an emotion."""
MAX_KINDS = 8
"""Sizes and modes named, the most frequent first."""


def counts(faces: FaceSet) -> np.ndarray:
    """Return int (3, 7): faces of each split and emotion."""
    table = np.zeros((len(SPLITS), len(EMOTIONS)), int)
    np.add.at(table, (faces.splits, faces.labels), 1)
    return table


def samples(faces: FaceSet, seed: int = 0) -> np.ndarray:
    """Return a picture of faces drawn at random, one row an emotion: uint8 (336, 384)."""
    generator = np.random.default_rng(seed)
    grid = np.zeros((len(EMOTIONS), GRID, *faces.images.shape[1:]), np.uint8)
    for label in range(len(EMOTIONS)):
        rows = np.flatnonzero(faces.labels == label)
        drawn = generator.permutation(rows)[:GRID]
        grid[label, : len(drawn)] = faces.images[drawn]
    rows_of_pixels = grid.swapaxes(1, 2)
    return rows_of_pixels.reshape(len(EMOTIONS) * grid.shape[2], GRID * grid.shape[3])


def kinds(path: Path, faces: FaceSet) -> Mapping[str, int]:
    """Count pictures by size and mode; of what is no folder, each is as its reader demands."""
    if path.is_dir():
        return kinds_of_pictures(path)
    return {f"{FACE_SIZE}x{FACE_SIZE}, 8-bit grey": len(faces)}


def to_markdown(
    name: str,
    command: str,
    faces: FaceSet,
    *,
    pictures: Mapping[str, int],
    findings: Findings,
) -> str:
    """Return the report on a data set as Markdown.

    Args:
        name: of the data set.
        command: that writes the report.
        faces: what it holds.
        pictures: of `kinds`.
        findings: of `check`.
    """
    sizes = sorted(pictures.items(), key=lambda kind: -kind[1])
    shown = [f"{count} of {kind}" for kind, count in sizes[:MAX_KINDS]]
    if len(sizes) > MAX_KINDS:
        others = sum(count for _, count in sizes[MAX_KINDS:])
        shown.append(f"{others} of {len(sizes) - MAX_KINDS} others")
    return render(
        Path(__file__).with_name("data.md.jinja"),
        name=name,
        command=command,
        emotions=EMOTIONS,
        counts=dict(zip(SPLITS, counts(faces).tolist(), strict=True)),
        kinds=shown,
        voted=int(has_votes(faces.votes).sum()),
        faces=len(faces),
        findings=findings,
    )


@as_command
def main(arguments: list[str] | None = None) -> None:
    """Write the report."""
    parser = argparse.ArgumentParser(prog="python -m training.explore", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="as for training.train")
    parser.add_argument("--votes", type=Path, help="fer2013new.csv, for a CSV or folder")
    parser.add_argument("--out", type=Path, default=Path("reports"), help="folder (%(default)s)")
    options = parser.parse_args(arguments)
    faces = load(options.data, options.votes)
    command = as_typed("training.explore", arguments)
    pictures = kinds(options.data, faces)
    text = to_markdown(options.data.name, command, faces, pictures=pictures, findings=check(faces))
    plots.counts(counts(faces), options.out / "data_counts.png")
    plots.picture(samples(faces), EMOTIONS, options.out / "data_samples.png")
    write_text(options.out / "data.md", text)
    print(text)
