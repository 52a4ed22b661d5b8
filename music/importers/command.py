"""What `python -m music import` does with each thing named on its command line."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import SongImportError
from core.song import Song
from music.importers.folder import Recall, is_gone, open_folder
from music.importers.items import Skipped, Source
from music.importers.measuring import Processes, measure_all, work_in
from music.importers.progress import Progress
from music.importers.run import SongMoodClassifier, Summary, import_songs
from music.importers.sources import open_file
from music.importers.spotify import open_playlist, playlist_id
from music.importers.spotify_client import SpotifyClient
from music.importers.spotify_sign_in import sign_in
from store.database import Database
from store.positions import ImportPositions
from store.songs import Library

CREDENTIALS = ("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET")


@dataclass(frozen=True, kw_only=True)
class Importer:
    """Imports files, folders and Spotify playlists into the store."""

    database: Database
    classifier: SongMoodClassifier
    progress: Progress
    environment: Mapping[str, str]
    """Where `CREDENTIALS` are looked for."""
    mood: str | None = None
    """Of all songs, whatever their source says; None leaves it to the source."""
    sign_in: Callable[[str], object] | None = None
    """Shows a person Spotify's page to sign in; None asks Spotify for the app alone."""
    workers: int = 0
    """Processes that measure the files of a folder; 0 leaves them unmeasured."""

    def import_songs(self, source: str) -> Summary:
        """Import one thing; again after an end in the middle, it goes on there.

        A folder's songs whose files were taken out of it since are forgotten.

        Args:
            source: path of a list or a folder, or id, URL or URI of a Spotify playlist.

        Raises:
            SongImportError: it cannot be imported, or not to its end.
            StoreError: songs cannot be kept.
        """
        library = Library(self.database)
        opened = self._open(source, library)
        self.progress.begin(opened.label, opened.total)
        try:
            summary = import_songs(
                opened,
                library,
                classifier=self.classifier,
                mood=self.mood,
                progress=self.progress.advance,
            )
        finally:
            self.progress.end()
        if not os.path.isdir(source):  # noqa: PTH112 - of any text
            return summary
        folder = Path(opened.origin)
        summary = replace(summary, gone=_forget_gone(folder, library))
        if not self.workers:
            return summary
        return replace(summary, unmeasured=tuple(self._measure(folder, library)))

    def _open(self, source: str, library: Library) -> Source:
        if os.path.isdir(source):  # noqa: PTH112
            return open_folder(Path(source), _recall(library))
        playlist = playlist_id(source)
        if playlist and not os.path.exists(source):  # noqa: PTH110
            return open_playlist(playlist, self._spotify(), ImportPositions(self.database))
        return open_file(Path(source))

    def _spotify(self) -> SpotifyClient:
        client_id, secret = (self.environment.get(name, "") for name in CREDENTIALS)
        if not (client_id and secret):
            raise SongImportError(
                f"A Spotify playlist needs an app's id and secret in {' and '.join(CREDENTIALS)}; "
                "make an app at https://developer.spotify.com/dashboard, or export the playlist "
                "with Exportify (https://exportify.app) and import that file."
            )
        grant = sign_in(client_id, self.sign_in) if self.sign_in else None
        return SpotifyClient(client_id, secret, grant)

    def _measure(self, folder: Path, library: Library) -> list[Skipped]:
        from music.measure.sound import measure

        work = work_in(folder, library)
        self.progress.begin("sound", len(work.unmeasured))
        try:
            with Processes(measure, self.workers) as processes:
                return measure_all(work, library, processes, self.classifier, self.progress.advance)
        finally:
            self.progress.end()


def _forget_gone(folder: Path, library: Library) -> int:
    """Forget the songs of a folder's import whose files were taken away; return how many."""
    files = ((song.id, Path(song.path)) for song in library.songs() if song.path)
    gone = [id for id, file in files if file.is_relative_to(folder) and is_gone(file)]
    return library.remove_files(gone, str(folder))


def _recall(library: Library) -> Recall:
    """Return what finds the song of a file that was measured and has not changed since."""
    songs = {song.path: song for song in library.songs() if song.path}

    def recall(path: Path, status: os.stat_result) -> Song | None:
        song = songs.get(str(path))
        measured = song and library.sound(str(path), status.st_size, status.st_mtime_ns)
        return song if measured else None

    return recall
