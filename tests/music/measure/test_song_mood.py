"""The mood model: what it answers, what it does with gaps, and what it refuses."""

import hashlib
import json
import subprocess
import sys

import numpy as np
import pytest

from core.errors import WeightsError
from core.labels import SONG_MOODS
from music.measure.song_mood import FEATURES, FORESTS, SongMoodModel, choose, to_rows
from tests.conftest import ROOT

WEIGHTS = ROOT / "weights" / "song_mood.npz"

PIANO = {
    "valence": 0.15,
    "energy": 0.1,
    "loudness": -22,
    "tempo": 100,
    "duration_ms": 180_000,
    "danceability": 0.4,
    "acousticness": 0.98,
    "instrumentalness": 0.92,
    "liveness": 0.1,
    "speechiness": 0.04,
    "release_year": 2019,
    "popularity": 45,
}
METAL = {
    "valence": 0.4,
    "energy": 0.95,
    "loudness": -4,
    "tempo": 140,
    "duration_ms": 220_000,
    "danceability": 0.45,
    "acousticness": 0.0005,
    "instrumentalness": 0.0,
    "liveness": 0.3,
    "speechiness": 0.1,
    "release_year": 2005,
    "popularity": 40,
}
DISCO = {
    "valence": 0.92,
    "energy": 0.75,
    "loudness": -8,
    "tempo": 118,
    "duration_ms": 240_000,
    "danceability": 0.8,
    "acousticness": 0.1,
    "instrumentalness": 0.0005,
    "liveness": 0.1,
    "speechiness": 0.04,
    "release_year": 1979,
    "popularity": 65,
}
BALLAD = {
    "valence": 0.2,
    "energy": 0.3,
    "loudness": -9,
    "tempo": 110,
    "duration_ms": 240_000,
    "danceability": 0.5,
    "acousticness": 0.7,
    "instrumentalness": 0.0001,
    "liveness": 0.1,
    "speechiness": 0.03,
    "release_year": 2018,
    "popularity": 60,
}
SONGS = {"Calm": PIANO, "Energetic": METAL, "Happy": DISCO, "Sad": BALLAD}


@pytest.fixture(scope="module")
def model() -> SongMoodModel:
    return SongMoodModel(WEIGHTS)


def without(song, *names):
    return {name: value for name, value in song.items() if name not in names}


def asked(song) -> str | None:
    """Return which forest is asked about a song."""
    place = choose(to_rows([song]))[0]
    return None if place < 0 else list(FORESTS)[place]


@pytest.mark.parametrize("mood", SONGS)
@pytest.mark.parametrize("known", [FEATURES, FORESTS["listed"], FORESTS["audio"]], ids=len)
def test_typical_songs(model, mood, known):
    song = {name: SONGS[mood][name] for name in known}
    assert model.classify([song]) == [mood]


def test_probabilities_are_in_the_order_of_the_moods(model):
    reading = model.predict(to_rows(list(SONGS.values())))
    assert reading.moods == tuple(SONGS) == SONG_MOODS
    assert reading.probabilities.shape == (4, 4)
    np.testing.assert_allclose(reading.probabilities.sum(axis=1), 1)
    assert reading.probabilities.argmax(axis=1).tolist() == [0, 1, 2, 3]


def test_no_songs_have_no_moods(model):
    assert model.classify([]) == []
    assert model.predict(to_rows([])).probabilities.shape == (0, 4)


def test_many_songs_are_judged_as_each_alone(model):
    generator = np.random.default_rng(0)
    songs = [
        {name: float(generator.uniform(0.5, 1) * value) for name, value in PIANO.items()}
        for _ in range(1203)
    ]
    together = model.predict(to_rows(songs)).probabilities
    for place in (0, 499, 500, 1202):
        alone = model.predict(to_rows([songs[place]])).probabilities
        np.testing.assert_array_equal(together[place], alone[0])


@pytest.mark.parametrize(
    ("missing", "forest"),
    [
        ([], "full"),
        (["popularity"], "full"),
        (["speechiness"], "full"),
        (["speechiness", "popularity"], "audio"),
        (["release_year"], "audio"),
        (["release_year", "popularity"], "audio"),
        (["release_year", "popularity", "tempo"], "audio"),
        (["instrumentalness"], "listed"),
        (["instrumentalness", "acousticness"], "listed"),
        (["instrumentalness", "release_year"], "sound"),
        (["instrumentalness", "acousticness", "speechiness"], "sound"),
        (set(FEATURES) - {"valence", "energy"}, "sound"),
        (["valence"], None),
        (["energy"], None),
        (FEATURES, None),
    ],
)
def test_gaps_choose_the_forest(model, missing, forest):
    song = without(PIANO, *missing)
    assert asked(song) == forest
    assert (model.classify([song])[0] is None) == (forest is None)


def test_without_a_mood_there_are_no_probabilities(model):
    reading = model.predict(to_rows([PIANO, without(PIANO, "valence")]))
    assert reading.moods == ("Calm", None)
    assert np.isnan(reading.probabilities[1]).all()
    assert not np.isnan(reading.probabilities[0]).any()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("instrumentalness", 92),
        ("loudness", 400),
        ("release_year", 0),
        ("popularity", -1),
        ("tempo", float("inf")),
    ],
)
def test_what_cannot_be_counts_as_not_known(model, name, value):
    wrong = to_rows([{**PIANO, name: value}])
    gap = to_rows([without(PIANO, name)])
    np.testing.assert_array_equal(
        model.predict(wrong).probabilities, model.predict(gap).probabilities
    )


def test_other_features_are_ignored(model):
    assert model.classify([{**PIANO, "key": 5, "mode": 1}]) == ["Calm"]


def test_serving_needs_numpy_alone():
    code = (
        "import json, sys; from pathlib import Path; "
        "from music.measure.song_mood import SongMoodModel; "
        f"print(SongMoodModel(Path({str(WEIGHTS)!r})).classify([{PIANO!r}])); "
        "print({'sklearn', 'scipy', 'joblib', 'pickle', 'keras'} & set(sys.modules) - {'pickle'})"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.split("\n")[:2] == ["['Calm']", "set()"]


@pytest.fixture
def copy(tmp_path):
    """The shipped files, to be damaged."""
    for name in (WEIGHTS.name, WEIGHTS.name + ".json"):
        (tmp_path / name).write_bytes((WEIGHTS.parent / name).read_bytes())
    return tmp_path / WEIGHTS.name


def change(weights, **fields):
    sidecar = weights.with_name(weights.name + ".json")
    told = json.loads(sidecar.read_text(encoding="utf-8")) | fields
    sidecar.write_text(json.dumps(told), encoding="utf-8")


def test_a_missing_file_is_refused(tmp_path, copy):
    with pytest.raises(WeightsError, match="song mood: expected a model file at"):
        SongMoodModel(tmp_path / "none.npz")
    copy.with_name(copy.name + ".json").unlink()
    with pytest.raises(WeightsError, match=r"song_mood\.npz\.json"):
        SongMoodModel(copy)


def test_a_damaged_file_is_refused(copy):
    content = bytearray(copy.read_bytes())
    content[len(content) // 2] ^= 1
    copy.write_bytes(content)
    with pytest.raises(WeightsError, match="damaged or belongs to another"):
        SongMoodModel(copy)


def test_a_pickle_is_never_read(copy):
    class Harm:
        def __reduce__(self):
            return (pytest.fail, ("it was unpickled",))

    with np.load(copy) as file:
        arrays = dict(file)
    np.savez(copy, **(arrays | {"full_roots": np.array([Harm()], object)}))
    change(copy, sha256=hashlib.sha256(copy.read_bytes()).hexdigest())
    with pytest.raises(WeightsError, match="holds no forests"):
        SongMoodModel(copy)


@pytest.mark.parametrize(
    "fields",
    [
        {"labels": ["Sad", "Happy", "Energetic", "Calm"]},
        {"features": list(reversed(FEATURES))},
        {"medians": [0.5]},
        {"temperatures": {"full": 1}},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_model_of_other_songs_is_refused(copy, fields):
    change(copy, **fields)
    with pytest.raises(WeightsError, match="must have labels, features"):
        SongMoodModel(copy)


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"labels": 3}', b"\xff"])
def test_a_damaged_sidecar_is_refused(copy, content):
    copy.with_name(copy.name + ".json").write_bytes(content)
    with pytest.raises(WeightsError, match="is not its sidecar"):
        SongMoodModel(copy)
