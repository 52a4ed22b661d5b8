"""Training of the mood model: no leaks, parity of what is exported, whole reports."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from core.labels import SONG_MOODS
from music.measure.song_mood import FEATURES, FORESTS, SongMoodModel
from music.measure.sound import ENERGY_LOUDNESS
from tests.conftest import ROOT, shared_data
from training.common.errors import TrainingError
from training.songs import cross_validation as song_cv
from training.songs import energy as song_energy
from training.songs import models as song_models
from training.songs import mood as song_mood
from training.songs.data import SongTable, load_songs, repeated

HEADER = (
    *("name", "album", "artist", "release_date", "popularity", "length", "danceability"),
    *("acousticness", "energy", "instrumentalness", "liveness", "valence", "loudness"),
    *("speechiness", "tempo", "key", "time_signature", "mood"),
)
OTHERS = ("danceability", "acousticness", "instrumentalness", "liveness", "speechiness")
CENTRES = {"Calm": (0.15, 0.16), "Energetic": (0.44, 0.88), "Happy": (0.8, 0.6), "Sad": (0.1, 0.6)}


def write_list(path: Path, each: int = 15) -> Path:
    """Write songs whose valence and energy tell their mood, as Kaggle's list has them."""
    generator = np.random.default_rng(0)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER)
        writer.writeheader()
        for number in range(4 * each):
            mood = SONG_MOODS[number % 4]
            valence, energy = np.clip(CENTRES[mood] + generator.normal(0, 0.03, 2), 0, 1)
            other = generator.uniform(0.1, 0.9, 5).round(4)
            row = {
                "name": f"Song {number}",
                "album": "Album",
                "artist": f"Artist {number // 3}",
                "release_date": 1990 + number % 30,
                "popularity": number % 90,
                "length": 200_000 + number,
                "energy": energy,
                "valence": valence,
                "loudness": -8 - number % 7,
                "tempo": 100 + number % 50,
                "key": 5,
                "time_signature": 4,
                "mood": mood,
            }
            writer.writerow(row | dict(zip(OTHERS, other, strict=True)))
    return path


@pytest.fixture(scope="module")
def songs(tmp_path_factory) -> SongTable:
    return load_songs(write_list(tmp_path_factory.mktemp("songs") / "songs.csv"))


@pytest.fixture
def small(monkeypatch):
    """Forests of a few trees."""
    monkeypatch.setattr(song_models, "TREES", 12)


def test_songs_are_read_as_they_are_imported(songs):
    assert songs.rows.shape == (60, len(FEATURES))
    first = dict(zip(FEATURES, songs.rows[0], strict=True))
    assert (first["release_year"], first["duration_ms"], first["loudness"]) == (1990, 200_000, -8)
    assert [SONG_MOODS[label] for label in songs.labels[:4]] == list(SONG_MOODS)
    assert songs.names[0] == "Song 0"
    assert songs.others[0].tolist() == [5, 4]


def test_a_list_with_a_bad_row_is_refused(tmp_path):
    path = write_list(tmp_path / "songs.csv")
    path.write_text(path.read_text(encoding="utf-8") + "A song,,,\n", encoding="utf-8")
    with pytest.raises(TrainingError, match="1 rows cannot be used; first: line 62"):
        load_songs(path)


def test_songs_that_are_there_twice_are_counted(songs):
    assert repeated(songs) == 0
    again = song_cv.take(songs, [0, 1, 2, 0])
    assert repeated(again) == 1
    renamed = SongTable(
        again.rows + [[0], [0], [0], [1]] * np.arange(12),
        again.labels,
        (*again.names[:3], "song 0 - Remastered 2011"),
        again.artists,
    )
    assert repeated(renamed) == 1
    same_sound = SongTable(again.rows, again.labels, tuple("abcd"), tuple("abcd"))
    assert repeated(same_sound) == 1


def test_no_artist_is_in_two_folds(songs):
    for train, test in song_cv.folds(songs, 0, by_artist=True):
        artists = np.array(songs.artists)
        assert not set(artists[train]) & set(artists[test])


def test_every_song_is_tested_once(songs):
    tested = np.concatenate([test for _, test in song_cv.folds(songs, 0)])
    assert sorted(tested) == list(range(60))


def test_a_model_that_knows_its_songs_by_heart_gains_nothing(songs):
    """On labels without any sense, what leaks would show as more than chance."""
    generator = np.random.default_rng(1)
    senseless = SongTable(
        songs.rows, generator.permutation(songs.labels), songs.names, songs.artists
    )
    answers = song_cv.cross_validate(
        lambda seed: KNeighborsClassifier(1), senseless, "full", repeats=8
    )
    score = song_cv.score("by heart", "full", answers, senseless)
    assert 0.1 < score.accuracy < 0.4


@pytest.mark.parametrize("name", song_models.MODELS)
def test_every_model_learns_what_is_plain(tmp_path, name, small, monkeypatch):
    monkeypatch.setattr(song_models, "EPOCHS", 30)
    songs = load_songs(write_list(tmp_path / "songs.csv", each=50))
    rows = song_cv.columns(songs.rows, "sound")
    model = song_models.MODELS[name](3).fit(rows[:160], songs.labels[:160])
    answer = model.predict_proba(rows[160:])
    np.testing.assert_allclose(answer.sum(axis=1), 1, atol=1e-5)
    assert (answer.argmax(axis=1) == songs.labels[160:]).mean() > 0.7  # chance is 0.25


def test_the_command_reports_and_ships_what_it_trained(tmp_path, small, songs):
    path, out = write_list(tmp_path / "songs.csv"), tmp_path / "reports"
    weights = tmp_path / "weights" / "song_mood.npz"
    named = ["--data", str(path), "--out", str(out), "--ship", str(weights)]
    few = ["--models", "logistic", "--repeats", "2", "--nested-repeats", "1"]
    assert song_mood.main([*named, *few]) == 0
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert {score["model"] for score in report["scores"]} == {"extra-trees", "logistic"}
    assert np.sum(report["confusion"]) == 60
    assert report["nested"]["chosen"] == {"logistic": 5}
    assert [line["mood"] for line in report["curves"]] == list(SONG_MOODS)
    assert all(line["roc_area"] > 0.9 for line in report["curves"])
    text = (out / "report.md").read_text(encoding="utf-8")
    assert "60 songs (Calm 15, Energetic 15, Happy 15, Sad 15)" in text
    assert report["numbers"] > 0.9
    assert "13 columns of numbers" in text
    for picture in ("confusion.png", "curves.png", "models.png"):
        assert (out / picture).stat().st_size > 5000

    shipped = SongMoodModel(weights)
    answer = shipped.predict(songs.rows)
    rows = song_cv.columns(songs.rows, "full")
    model = song_models.extra_trees(0).fit(rows, songs.labels)
    warmed = model.predict_proba(rows) ** (1 / shipped.sidecar.temperatures["full"])
    expected = warmed / warmed.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(answer.probabilities, expected, atol=1e-12)
    best = max(report["scores"], key=lambda score: score["features"] == "full")
    assert shipped.sidecar.metrics["full_accuracy_5_fold"] == round(best["accuracy"], 4)


def test_songs_without_a_mood_are_refused(tmp_path, capsys):
    path = write_list(tmp_path / "songs.csv")
    path.write_text(path.read_text(encoding="utf-8").replace(",Calm\n", ",\n"), encoding="utf-8")
    assert song_mood.main(["--data", str(path)]) == 7
    assert "songs without a mood" in capsys.readouterr().err


def test_the_shipped_model_is_the_one_reported():
    report = json.loads((ROOT / "reports/song_mood/report.json").read_text(encoding="utf-8"))
    metrics = SongMoodModel(ROOT / "weights" / "song_mood.npz").sidecar.metrics
    for score in report["scores"]:
        if score["model"] == song_mood.SHIPPED:
            reported = round(score["accuracy"], 4)
            assert metrics[f"{score['features']}_accuracy_5_fold"] == reported
    assert metrics["full_accuracy_nested"] == round(report["nested"]["accuracy"], 4)


def test_the_shipped_model_knows_the_songs_it_learned():
    songs = load_songs(shared_data("Kaggle's songs", "music", "data_moods.csv"))
    model = SongMoodModel(ROOT / "weights" / "song_mood.npz")
    for features in FORESTS.values():
        rows = np.where(np.isin(FEATURES, features), songs.rows, np.nan)
        answer = model.predict(rows).probabilities.argmax(axis=1)
        assert (answer == songs.labels).mean() > 0.99


def test_energy_weighs_loudness_and_tempo_as_they_were_fitted():
    names = ("data_moods.csv", "spotify_2000.csv")
    lists = {n: load_songs(shared_data("Kaggle's songs", "music", n)).rows for n in names}
    fit = song_energy.fit_lists(lists, "energy")
    np.testing.assert_allclose(fit.coefficients, ENERGY_LOUDNESS, rtol=0.001)
    assert fit.r2 > 0.6
    assert song_energy.fit_lists(lists, "valence").r2 < 0.15
