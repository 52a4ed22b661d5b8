"""Cross-validate models of song mood and ship the best: `python -m training.song_mood --data ...`.

Reports go to `reports/song_mood/`; `--ship` writes `weights/song_mood.npz` and its sidecar.
"""

import argparse
import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.labels import SONG_MOODS
from inference.calibration import calibrate
from inference.sidecar import file_sha256, sidecar_path
from music.measure.song_mood import FEATURES, FORESTS, SongMoodSidecar
from training.common import metrics, plots
from training.common.checkpoint import write_arrays, write_text, write_whole
from training.common.errors import TrainingError, as_command, as_typed
from training.common.forest import to_forest
from training.songs import cross_validation as song_cv
from training.songs.data import SongTable, load_songs, repeated
from training.songs.models import FAST, MODELS, NETWORKS, extra_trees
from training.songs.mood_report import SHIPPED, Report, curves, to_json, to_markdown

COMPARED = ("full", "audio")
"""The sets of features in which all models are compared."""
LICENCE = "Learned from Kaggle's data_moods.csv, whose licence is not stated"


def evaluate(songs: SongTable, options: argparse.Namespace, command: str) -> Report:
    """Cross-validate the models named, and look closer at the one that ships."""
    scores, answers = [], {}
    for name in dict.fromkeys((SHIPPED, *options.models)):
        repeats = options.network_repeats if name in NETWORKS else options.repeats
        for features in FORESTS if name == SHIPPED else COMPARED:
            out_of_fold = song_cv.cross_validate(MODELS[name], songs, features, repeats)
            scores.append(song_cv.score(name, features, out_of_fold, songs))
            print(scores[-1], flush=True)
            if name == SHIPPED:
                answers[features] = out_of_fold
    temperatures = {features: _temperature(answer, songs) for features, answer in answers.items()}
    full = np.stack([calibrate(answer, temperatures["full"]) for answer in answers["full"]])
    table = metrics.confusion(full[0], songs.labels)
    plots.confusion(table, SONG_MOODS, options.out / "confusion.png", things="songs")
    plots.curves(full[0], songs.labels, options.out / "curves.png", SONG_MOODS)
    plots.accuracies(
        {f"{s.model}, {s.features}": (s.accuracy, s.deviation) for s in scores},
        options.out / "models.png",
    )
    quick = {name: build for name, build in FAST.items() if name in options.models}
    few = options.nested_repeats
    return Report(
        command=command,
        songs=len(songs),
        repeated=repeated(songs),
        by_mood=dict(zip(SONG_MOODS, np.bincount(songs.labels).tolist(), strict=True)),
        scores=scores,
        temperatures=temperatures,
        calibrated=song_cv.score(SHIPPED, "full", full, songs),
        confusion=table.tolist(),
        classes=metrics.class_reports(table, SONG_MOODS),
        curves=curves(full[0], songs.labels),
        as_given=_accuracy(songs, options.repeats, rows=songs.rows.astype(np.float32)),
        numbers=_numbers(songs, options.repeats),
        by_artist=_accuracy(songs, options.repeats, by_artist=True),
        nested=song_cv.nested(quick or {SHIPPED: extra_trees}, songs, "full", few),
        gaps=song_cv.with_gaps(extra_trees, songs, few),
    )


def _numbers(songs: SongTable, repeats: int) -> float | None:
    """Return the accuracy with the numbers of the list as they are: key and time signature too,
    no year. None where it lacks one of them."""
    if songs.others is None or np.isnan(songs.others).any():
        return None
    numbers = np.delete(songs.rows, FEATURES.index("release_year"), axis=1)
    rows = np.hstack([numbers, songs.others]).astype(np.float32)
    return _accuracy(songs, repeats, rows=rows)


def _accuracy(songs: SongTable, repeats: int, **protocol: Any) -> float:
    answers = song_cv.cross_validate(extra_trees, songs, "full", repeats, **protocol)
    return float((answers.argmax(axis=2) == songs.labels).mean())


def _temperature(answers: np.ndarray, songs: SongTable) -> float:
    labels = np.tile(songs.labels, len(answers))
    return metrics.fit_temperature(np.concatenate(answers), labels)


def ship(songs: SongTable, report: Report, path: Path) -> None:
    """Fit the forests on all songs and write them with their sidecar."""
    arrays: dict[str, Any] = {}
    for features in FORESTS:
        model = extra_trees(seed=0).fit(song_cv.columns(songs.rows, features), songs.labels)
        arrays |= to_forest(model, len(SONG_MOODS)).to_arrays(features)
    write_arrays(path, arrays, compressed=True)
    shipped = {score.features: score for score in report.scores if score.model == SHIPPED}
    sidecar = SongMoodSidecar(
        file=path.name,
        sha256=file_sha256(path),
        labels=SONG_MOODS,
        features=FEATURES,
        medians=tuple(np.median(songs.rows, axis=0).tolist()),
        temperatures=report.temperatures,
        metrics={f"{f}_accuracy_5_fold": round(s.accuracy, 4) for f, s in shipped.items()}
        | {
            "full_accuracy_nested": round(report.nested.accuracy, 4),
            "full_macro_f1_5_fold": round(shipped["full"].macro_f1, 4),
        },
        architecture=f"{len(FORESTS)} forests of {len(model.estimators_)} extra trees",
        data=f"data_moods.csv (Kaggle), {len(songs)} songs",
        date=datetime.date.today().isoformat(),
        licence=LICENCE,
    )
    write_whole(sidecar_path(path), sidecar.write)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m training.song_mood", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="data_moods.csv")
    parser.add_argument(
        "--models", nargs="+", choices=MODELS, default=list(MODELS), help="to compare (all)"
    )
    parser.add_argument("--repeats", type=int, default=5, help="of the folds (%(default)s)")
    parser.add_argument(
        "--network-repeats", type=int, default=2, help="of the folds, for networks (%(default)s)"
    )
    parser.add_argument(
        "--nested-repeats",
        type=int,
        default=2,
        help="of the folds, a model chosen in each (%(default)s)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("reports/song_mood"),
        help="folder of the report (%(default)s)",
    )
    parser.add_argument(
        "--ship",
        type=Path,
        nargs="?",
        const=Path("weights/song_mood.npz"),
        help="write the model that ships (%(const)s)",
    )
    return parser.parse_args(arguments)


@as_command
def main(arguments: list[str] | None = None) -> None:
    """Evaluate, report and perhaps ship, as the command line says."""
    options = parse(arguments)
    songs = load_songs(options.data)
    if (songs.labels < 0).any() or np.isnan(songs.rows).any():
        raise TrainingError(f"data: '{options.data}' has songs without a mood or a feature")
    command = as_typed("training.song_mood", arguments)
    report = evaluate(songs, options, command)
    write_text(options.out / "report.json", to_json(report))
    write_text(options.out / "report.md", to_markdown(report))
    print(to_markdown(report))
    if options.ship:
        ship(songs, report, options.ship)
