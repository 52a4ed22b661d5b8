"""What others send, decoded in processes of their own: photos, sounds and lists of songs."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from audio.frames import Samples
from core.errors import PhotoError, SongImportError, SoundError
from emotion.photo.file import CLOSE_EDGE, Photo
from music.importers.items import Item, Source
from music.importers.sources import upload_label
from music.importers.upload import item_from_json
from sandbox.limits import MEGABYTE, Limits
from sandbox.sandbox import Sandbox, SandboxError

MODULES: Final = (
    "audio.clip",
    "av",
    "emotion.photo.file",
    "music.importers.upload",
    "PIL.Image",
    "PIL.JpegImagePlugin",
    "PIL.PngImagePlugin",
    "PIL.WebPImagePlugin",
    "pillow_heif",
)
"""Imported once, before the first file comes."""
PHOTO_LIMITS: Final = Limits(memory=768 * MEGABYTE)
"""A photo of 24 megapixels takes some 300 MB for a moment."""
SOUND_LIMITS: Final = Limits()
LIST_LIMITS: Final = Limits(wall_seconds=300)
"""A list waits while the songs before it are kept."""


class Decoders:
    """Decode uploads so that one which crashes its decoder, or takes it over, harms itself only.

    Safe to share between threads. What each raises of its own kind, it raises here too.
    """

    def __init__(self) -> None:
        self._sandbox = Sandbox(MODULES)

    def close(self) -> None:
        """End what is being decoded, and what it is forked from, until the next upload."""
        self._sandbox.close()

    def photo(self, data: bytes, edge: int = CLOSE_EDGE) -> Photo:
        """Decode a photo; see `emotion.photo.file.decode_photo`."""
        try:
            fields = self._sandbox.call(
                "emotion.photo.file:decode_fields", data, PHOTO_LIMITS, edge=edge
            )
        except SandboxError as error:
            raise PhotoError("photo: the file is damaged, or too much to decode") from error
        return Photo(**fields)

    def sound(self, data: bytes) -> Samples:
        """Decode a sound file; see `audio.clip.decode`."""
        try:
            samples: Samples = self._sandbox.call("audio.clip:decode", data, SOUND_LIMITS)
        except SandboxError as error:
            raise SoundError("sound: the file is damaged, or too much to decode") from error
        return samples

    def song_list(self, data: bytes, name: str, music: Path | None) -> Source:
        """Open a list of songs; see `music.importers.sources.open_upload`."""
        answers = self._sandbox.stream(
            "music.importers.upload:read_upload",
            data,
            LIST_LIMITS,
            name=name,
            music=music and str(music),
        )
        try:
            head = next(answers)
        except (SandboxError, StopIteration) as error:
            raise _unreadable(upload_label(name)) from error
        return Source(**head, batches=_batches(answers, head["label"]))


def _batches(answers: Iterator[list[object]], label: str) -> Iterator[Sequence[Item]]:
    try:
        for batch in answers:
            yield [item_from_json(item) for item in batch]
    except SandboxError as error:
        raise _unreadable(label) from error


def _unreadable(label: str) -> SongImportError:
    return SongImportError(f"{label}: the list is damaged, or too much to read")
