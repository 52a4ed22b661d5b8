"""Lists and music files to import, and what reads them."""

import io
import wave

import pytest

from music.importers.items import Note, Skipped, Track
from store.songs import Added

SHORT = 0.2
"""Seconds of sound in a music file of a test."""


def read(source):
    """Return songs, features by song, skipped and notes of a source, read to its end."""
    items = [item for batch in source.batches for item in batch]
    tracks = [item for item in items if isinstance(item, Track)]
    skipped = [str(item) for item in items if isinstance(item, Skipped)]
    return tracks, skipped, [item.text for item in items if isinstance(item, Note)]


def data(text, encoding="utf-8"):
    return io.BytesIO(text if isinstance(text, bytes) else text.encode(encoding))


def make_wav(path, seconds=SHORT):
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\1" * int(8000 * seconds))
    return path


CODECS = {".mp3": "mp3", ".flac": "flac", ".ogg": "vorbis", ".opus": "libopus", ".m4a": "aac"}
SAMPLES = {"s16": "int16", "s32p": "int32", "fltp": "float32", "flt": "float32"}


def make_audio(path, seconds=SHORT):
    """Write silence as the kind of file that the path's ending says."""
    if path.suffix == ".wav":
        return make_wav(path, seconds)
    import av
    import numpy as np

    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        own = {"strict": "experimental"}  # as FFmpeg calls its Vorbis encoder
        stream = container.add_stream(CODECS[path.suffix], rate=48000, layout="stereo", options=own)
        kind = stream.codec_context.format
        size = stream.codec_context.frame_size or 1024
        shape = (2, size) if kind.is_planar else (1, 2 * size)
        silence = np.zeros(shape, SAMPLES[kind.name])
        for _ in range(int(48000 * seconds) // size + 1):
            frame = av.AudioFrame.from_ndarray(silence, kind.name, "stereo")
            frame.sample_rate = 48000
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def tag(path, **tags):
    """Put tags into a music file: title, artist, album, date, genre."""
    import mutagen
    from mutagen.id3 import TALB, TCON, TDRC, TIT2, TPE1

    frames = {"title": TIT2, "artist": TPE1, "album": TALB, "date": TDRC, "genre": TCON}
    easy = path.suffix != ".wav"
    file = mutagen.File(path, easy=easy)
    if file.tags is None:
        file.add_tags()
    for name, text in tags.items():
        if easy:
            file[name] = text
        else:
            file.tags.add(frames[name](encoding=3, text=text))
    file.save()
    return path


@pytest.fixture
def music(tmp_path):
    """A folder with one tagged song in it."""
    path = make_wav(tmp_path / "music" / "Miriam Makeba" / "pata.wav")
    tag(path, title="Pata Pata", artist="Miriam Makeba", album="Pata Pata", date="1967-01-01")
    return tmp_path / "music"


class KeptInMemory:
    """A library that lasts as long as the test."""

    def __init__(self):
        self.kept = {}
        self.batches = []

    def add(self, songs, origin, overrule=False):
        songs = list(songs)
        new = len({song.id for song in songs} - set(self.kept))
        self.kept |= {song.id: song for song in songs}
        self.batches.append(len(songs))
        return Added(new, len(songs) - new)
