"""Pictures for the reports. Each function writes one PNG."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from core.labels import EMOTIONS
from training.common.checkpoint import write_whole
from training.common.metrics import Reliability, areas

mpl.use("Agg")
from matplotlib import pyplot as plt

COLOURS = ("#c0392b", "#7f8c2d", "#8e5ea2", "#d99a1c", "#2f6fa7", "#d2691e", "#7a7a7a")
"""One an emotion, in the order of `EMOTIONS`."""
MIN_LABELLED = 3.0
"""Per cent of a pie from which on a number finds room in the slice."""


def save(figure: Any, path: Path) -> None:
    """Write a figure as PNG and close it."""
    figure.tight_layout()
    write_whole(path, lambda beside: figure.savefig(beside, dpi=110))
    plt.close(figure)


def counts(table: np.ndarray, path: Path) -> None:
    """Show faces of each emotion as bars, one group a split, and as a pie.

    Args:
        table: int (3, 7), faces of each split and emotion.
        path: of the PNG.
    """
    figure, (bars, pie) = plt.subplots(1, 2, figsize=(10, 4), width_ratios=(3, 2))
    places = np.arange(len(EMOTIONS))
    names = ("Training", "PublicTest", "PrivateTest")
    for index, (name, row) in enumerate(zip(names, table, strict=True)):
        bars.bar(places + (index - 1) * 0.27, row, 0.27, label=name, color=f"{0.25 + index * 0.25}")
    bars.set_xticks(places, EMOTIONS)
    bars.set_ylabel("faces")
    bars.legend(frameon=False)
    pie.pie(
        table.sum(axis=0),
        labels=EMOTIONS,
        colors=COLOURS,
        autopct=lambda part: f"{part:.0f} %" if part >= MIN_LABELLED else "",
        startangle=90,
    )
    save(figure, path)


def picture(image: np.ndarray, rows: Sequence[str], path: Path) -> None:
    """Show a grey picture made of rows of equal height, each with its name."""
    figure, axes = plt.subplots(figsize=(7, 6))
    axes.imshow(image, cmap="gray", vmin=0, vmax=255)
    height = image.shape[0] / len(rows)
    axes.set_yticks((np.arange(len(rows)) + 0.5) * height, rows)
    axes.set_xticks([])
    save(figure, path)


def confusion(table: np.ndarray, names: Sequence[str], path: Path, things: str = "faces") -> None:
    """Show a confusion matrix, each row as parts of its label's faces, or other `things`."""
    parts = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    figure, axes = plt.subplots(figsize=(6, 5.4))
    axes.imshow(parts, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(parts.shape):
        colour = "white" if parts[row, column] > 0.55 else "black"
        axes.text(
            column, row, f"{100 * parts[row, column]:.0f}", ha="center", va="center", color=colour
        )
    axes.set_xticks(range(len(names)), names, rotation=35)
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel(f"answer, % of the label's {things}")
    axes.set_ylabel("label")
    save(figure, path)


def curves(
    probabilities: np.ndarray, labels: np.ndarray, path: Path, names: Sequence[str] = EMOTIONS
) -> None:
    """Show each class against the rest: ROC and precision over recall, with their areas.

    A class that no label has, or all have, is left out.
    """
    from sklearn.metrics import precision_recall_curve, roc_curve

    figure, (roc, pr) = plt.subplots(1, 2, figsize=(11, 4.8))
    for index, (area, average) in enumerate(areas(probabilities, labels)):
        if area is None:
            continue
        positive, score = labels == index, probabilities[:, index]
        style = {"color": COLOURS[index]}
        false_rate, true_rate, _ = roc_curve(positive, score)
        roc.plot(false_rate, true_rate, label=f"{names[index]} {area:.2f}", **style)
        precision, recall, _ = precision_recall_curve(positive, score)
        pr.plot(recall, precision, label=f"{names[index]} {average:.2f}", **style)
    roc.plot((0, 1), (0, 1), color="0.8", zorder=0)
    for axes, title, across, up in (
        (roc, "ROC, area", "false positive rate", "true positive rate"),
        (pr, "precision and recall, average precision", "recall", "precision"),
    ):
        axes.set(title=title, xlabel=across, ylabel=up, xlim=(0, 1), ylim=(0, 1.01))
        if axes.get_legend_handles_labels()[0]:
            axes.legend(frameon=False, fontsize=8)
    save(figure, path)


def reliability(groups: Reliability, path: Path) -> None:
    """Show how often answers of each confidence are right, over how many there are."""
    figure, (axes, below) = plt.subplots(2, 1, figsize=(5, 5.5), height_ratios=(3, 1), sharex=True)
    axes.plot((0, 1), (0, 1), color="0.8")
    axes.plot(groups.confidence, groups.accuracy, "o-", color=COLOURS[4])
    axes.set(ylabel="part that is right", title=f"expected calibration error {groups.error:.3f}")
    below.bar(groups.confidence, groups.count, 0.04, color="0.6")
    below.set(xlabel="confidence", ylabel="faces", xlim=(0, 1))
    save(figure, path)


def training(log: Sequence[Mapping[str, float]], path: Path) -> None:
    """Show a run, one row of its log a checkpoint: losses and accuracies."""
    epochs = [row["epoch"] for row in log]
    figure, panels = plt.subplots(1, 2, figsize=(10, 4))
    lines = (
        (0, "loss", "training (both heads, augmented)", "0.5"),
        (0, "public_loss", "PublicTest (fer)", COLOURS[4]),
        (1, "accuracy", "training (augmented)", "0.5"),
        (1, "public_accuracy", "PublicTest", COLOURS[4]),
        (1, "public_recall", "PublicTest, mean recall", COLOURS[3]),
        (1, "public_worst", "PublicTest, worst class", COLOURS[0]),
    )
    for panel, name, label, colour in lines:
        panels[panel].plot(epochs, [row[name] for row in log], ".-", color=colour, label=label)
    for axes, title in zip(panels, ("loss", "accuracy"), strict=True):
        axes.set(xlabel="epoch", title=title)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(frameon=False, fontsize=8)
    save(figure, path)


def accuracies(of: Mapping[str, tuple[float, float]], path: Path) -> None:
    """Show accuracies with their standard deviations as bars, the best on top."""
    names = sorted(of, key=lambda name: of[name][0])
    figure, axes = plt.subplots(figsize=(7, 0.26 * len(names) + 1))
    axes.barh(
        names,
        [100 * of[name][0] for name in names],
        xerr=[100 * of[name][1] for name in names],
        color=COLOURS[4],
    )
    axes.set(xlabel="accuracy, %", xlim=(100 * min(of[names[0]][0], 0.5), 100))
    axes.grid(axis="x", color="0.9")
    axes.set_axisbelow(True)
    save(figure, path)


def sounds(
    tempi: Sequence[tuple[float, float]], modes: Sequence[tuple[int, float]], path: Path
) -> None:
    """Show true and measured tempi, and the measured majorness of minor and major pieces."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
    for factor in (0.5, 1, 2):
        left.plot((60, 180), (60 * factor, 180 * factor), color="0.85", zorder=0)
    left.plot(*zip(*tempi, strict=True), ".", color=COLOURS[4])
    left.set(xlabel="true tempo, beats a minute", ylabel="measured", ylim=(45, 225))
    parts = [[majorness for mode, majorness in modes if mode == which] for which in (0, 1)]
    right.hist(parts, 20, label=("minor", "major"), color=(COLOURS[4], COLOURS[3]))
    right.set(xlabel="majorness measured", ylabel="pieces")
    right.legend(frameon=False)
    save(figure, path)
