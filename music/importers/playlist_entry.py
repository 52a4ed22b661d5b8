"""An entry of a playlist: a file of this computer, or a song known by what the playlist says."""

from collections.abc import Mapping

from music.importers.items import Note, Skipped, Track, make_song
from music.importers.local_files import LocalFiles, stem_of
from music.importers.tags import song_of_file, split_name


def track_of_entry(
    place: str, location: str, description: Mapping[str, str], files: LocalFiles
) -> Track | Skipped:
    """Return the song that an entry of a playlist means.

    Args:
        place: of the entry, for messages.
        location: path or URL of its file; may be empty.
        description: what the playlist says of it: name, artist, album, genre.
        files: finds the file. What its tags say counts more than what the playlist says.
    """
    name, artist, album = (
        description.get(field, "").strip() for field in ("name", "artist", "album")
    )
    try:
        path = files.find(location) if location else None
        if path is not None:
            return Track(song_of_file(path, name, artist, album))
        guessed_artist, guessed_name = split_name(stem_of(location))
        return Track(
            make_song(
                name or guessed_name,
                artist or guessed_artist,
                album,
                genre=description.get("genre", ""),
            )
        )
    except ValueError as error:
        return Skipped(place, str(error))


def missing_files(count: int) -> Note:
    """Say that files were not found, or not looked for."""
    return Note(f"{count} of its songs are known by title and artist only: no file of theirs here.")
