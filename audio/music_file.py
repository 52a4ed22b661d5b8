"""Music files decoded to one channel, five minutes at most, by FFmpeg (PyAV)."""

import os
from pathlib import Path
from typing import Any, Final

import numpy as np

from audio.frames import Samples, mono_chunks
from core.errors import SoundError

SAMPLE_RATE: Final = 22_050
MAX_SECONDS: Final = 300
"""The beginning of a file that is heard; songs are shorter, mixes and audiobooks go on alike."""
MIN_SECONDS: Final = 5.0
MAX_LEVEL: Final = 4.0
"""Of full scale: decoders go over 1 a little, damaged float samples far."""
MAX_WORK: Final = 60.0
"""Seconds after which a file is given up; five minutes of any honest one take under 5."""
DEMUXERS: Final = "mp3,flac,ogg,mov,wav,aiff,matroska"
CODECS: Final = (
    "aac,alac,flac,mp3,mp3float,opus,vorbis,pcm_alaw,pcm_f32be,pcm_f32le,pcm_f64le,pcm_mulaw,"
    "pcm_s16be,pcm_s16le,pcm_s24be,pcm_s24le,pcm_s32be,pcm_s32le,pcm_u8"
)
EXPECTED: Final = "expected MP3, FLAC, Ogg, M4A or WAV"


def decode(path: Path) -> Samples:
    """Return the beginning of a music file.

    Channels are averaged. A damaged stretch is left out. Nothing that the file names is opened.

    Raises:
        SoundError: it cannot be read, is no music file, or is shorter than 5 s; one sentence,
            without the path.
    """
    import av

    try:
        with path.open("rb") as file:
            if not os.fstat(file.fileno()).st_size:
                raise SoundError("expected music, got an empty file")
            with av.open(
                file,
                container_options={"format_whitelist": DEMUXERS, "codec_whitelist": CODECS},
                io_open=_refuse,
                metadata_errors="replace",
            ) as container:
                samples = _read(container)
    except OSError as error:  # before FFmpegError, of which some kinds are OSError too
        if isinstance(error, av.FFmpegError):
            raise _damaged() from error
        raise SoundError(f"cannot be read: {error.strerror or error}") from error
    except (av.FFmpegError, ValueError, MemoryError, OverflowError) as error:
        raise _damaged() from error
    seconds = len(samples) / SAMPLE_RATE
    if seconds < MIN_SECONDS:
        raise SoundError(f"expected at least {MIN_SECONDS:.0f} s of sound, got {seconds:.1f} s")
    return samples


def _damaged() -> SoundError:
    return SoundError(f"{EXPECTED}, got a file that is damaged or of another kind")


def _refuse(*_: object) -> None:
    raise PermissionError("a music file may not open another one")


def _read(container: Any) -> Samples:
    if not container.streams.audio:
        raise SoundError(f"{EXPECTED}, got a file without sound")
    stream = container.streams.audio[0]
    if stream.codec_context is None:
        raise _damaged()
    chunks: list[Samples] = []
    wanted = MAX_SECONDS * SAMPLE_RATE
    decoded = mono_chunks(
        container, stream, rate=SAMPLE_RATE, max_level=MAX_LEVEL, timeout=MAX_WORK
    )
    for chunk in decoded:
        chunks.append(chunk)
        wanted -= len(chunk)
        if wanted <= 0:
            break
    samples = np.concatenate(chunks) if chunks else np.empty(0, np.float32)
    return samples[: MAX_SECONDS * SAMPLE_RATE]
