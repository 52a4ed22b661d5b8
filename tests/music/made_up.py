"""Songs that nobody has sung."""

import numpy as np

from core.song import Song, song_id
from music.catalogue.files import Catalogue

EMOTIONS = ("happy", "sad")
MOODS = {"happy": "Happy", "sad": "Sad"}


def song(name, **known):
    """A song of which only what is given is known."""
    values = {"album": "Album", "artist": f"Artist {name}", "release_year": None, "genre": None}
    values |= {"language": None, "valence": None, "energy": None, "emotion": None} | known
    id = song_id(name, values["album"], values["artist"])
    return Song(id=id, name=name, **values)


def catalogue(*songs):
    """A catalogue with each song on the shelf of its emotion."""
    shelves = {e: tuple(s for s in songs if s.emotion == e) for e in EMOTIONS}
    return Catalogue(shelves, (), MOODS)


def collection(count, seed=0, genres=12):
    """Imported songs, some artists with many, the mood by the quarter of the plane."""
    rng = np.random.default_rng(seed)
    artists = (count / 8 * rng.random(count) ** 1.5).astype(int)
    plane = rng.random((count, 2)).round(3)
    years = rng.integers(1950, 2026, count)
    return [
        song(
            f"song {n}",
            artist=f"Artist {artist}",
            release_year=int(year),
            genre=f"genre {artist % genres}",
            valence=float(valence),
            energy=float(energy),
            mood=_mood(valence, energy),
        )
        for n, (artist, year, (valence, energy)) in enumerate(
            zip(artists, years, plane, strict=True)
        )
    ]


def _mood(valence, energy):
    bright, intense = valence > 0.5, energy > 0.5
    return {(1, 1): "Happy", (0, 1): "Energetic", (1, 0): "Calm", (0, 0): "Sad"}[bright, intense]
