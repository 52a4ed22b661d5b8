"""A jukebox whose listeners have names."""

from music.recommend.jukebox import Jukebox
from music.recommend.listener import Listener
from store.database import open_in_memory
from store.songs import Library
from store.visitors import VisitorRecords
from tests.music.made_up import MOODS, catalogue, song

SHELF = [
    song(
        f"song {n}",
        emotion="happy" if n % 2 else "sad",
        release_year=1950 + n % 75,
        valence=n / 200,
        energy=1 - n / 200,
    )
    for n in range(200)
]


class Party:
    """A jukebox, and its listeners by name."""

    def __init__(self, jukebox):
        self._jukebox = jukebox
        self._listeners = {}

    def __getattr__(self, name):
        return getattr(self._jukebox, name)

    def listener(self, name):
        return self._listeners.setdefault(name, Listener(id=name))

    def playlist(self, name, *arguments):
        return self._jukebox.playlist(self.listener(name), *arguments)

    def rate(self, name, *arguments):
        self._jukebox.rate(self.listener(name), *arguments)

    def ratings(self, name):
        return self._jukebox.ratings(self.listener(name))


def make(library=None, records=None, songs=SHELF, seed=1, **options):
    store = open_in_memory()
    library, records = library or Library(store), records or VisitorRecords(store)
    return Party(Jukebox(catalogue(*songs), MOODS, library, records, seed, **options))


def ids(jukebox, visitor="ann", emotion="happy", mode="match", limit=10, version=1):
    listed = jukebox.playlist(visitor, emotion, mode, limit, version)
    return [entry.song.id for entry in listed.songs]
