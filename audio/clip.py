"""Sound files as people upload and browsers record them, decoded to what the model hears.

FFmpeg (PyAV) decodes, on a short lead: the container is told by the first bytes, never by a
name, and only its demuxer and a few audio decoders may run. A playlist or a picture in
disguise is refused, and nothing that a file names is ever opened.
"""

import io
from typing import Any

import numpy as np

from audio.frames import Samples, mono_chunks
from audio.mp4_tables import claims_too_much
from core.errors import SoundError

SAMPLE_RATE = 16_000
MAX_BYTES = 10 * 1024 * 1024
MAX_SECONDS = 60.0
MIN_SECONDS = 0.1
PADDING = 0.5
"""Seconds above the limit that are let through: encoders pad the ends."""
MAX_CHANNELS = 32
RATES = (4_000, 384_000)
"""Lowest and highest sample rate in Hz that is taken."""
MAX_WORK = 10.0
"""Seconds of decoding after which a file is given up; 60 s of any honest one take under 2."""
PROBE = {"wav": {"probesize": "5000"}}
"""Bytes of a WAV in which FFmpeg may look for other sound in disguise: all it has takes 3 ms."""
MIN_DECODED_FRACTION = 0.9
"""Of the declared length; less is a file cut short."""

CODECS = (
    "aac,flac,mp3,mp3float,opus,vorbis,pcm_alaw,pcm_f32le,pcm_f64le,pcm_mulaw,"
    "pcm_s16be,pcm_s16le,pcm_s24be,pcm_s24le,pcm_s32be,pcm_s32le,pcm_u8"
)
EXPECTED = "expected WAV, MP3, FLAC, M4A, Ogg or WebM"


def decode(data: bytes) -> Samples:
    """Decode a sound file to mono at 16 kHz.

    Channels are averaged; samples that are no numbers become 0, louder ones than full scale
    are clipped. A damaged stretch is left out.

    Args:
        data: the whole file: WAV, MP3, FLAC, M4A, Ogg or WebM, of any rate and channel count.

    Returns:
        float32 (n,), -1 to 1, at least 0.1 s.

    Raises:
        SoundError: the file is empty, too large, too long, cut short, damaged, or none of
            these formats.
    """
    if not data:
        raise SoundError("sound: expected a sound file, got an empty one")
    if len(data) > MAX_BYTES:
        raise SoundError(
            f"sound: expected at most {MAX_BYTES >> 20} MB, got {len(data) / 2**20:.1f} MB"
        )
    demuxer = _demuxer(data)
    if demuxer is None:
        raise SoundError(f"sound: {EXPECTED}, got a file that starts like none of them")
    if demuxer == "wav" and _is_cut(data):
        raise SoundError("sound: the WAV file is cut short")
    if demuxer == "mov" and claims_too_much(data):
        raise SoundError("sound: the M4A file's tables claim more than a minute of sound can hold")
    samples = _decode(data, demuxer)
    if len(samples) < MIN_SECONDS * SAMPLE_RATE:
        raise SoundError("sound: the file is damaged, or holds less than 0.1 s of sound")
    return samples


def _demuxer(data: bytes) -> str | None:
    """Return FFmpeg's name of the container that the first bytes show."""
    if data[:4] in (b"RIFF", b"RF64") and data[8:12] == b"WAVE":
        return "wav"
    if data[4:8] == b"ftyp":
        return "mov"
    for magic, name in ((b"fLaC", "flac"), (b"OggS", "ogg"), (b"\x1a\x45\xdf\xa3", "matroska")):
        if data.startswith(magic):
            return name
    # MPEG audio: a tag, or eleven bits of sync and a layer that is not the reserved 0.
    synced = len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0 and data[1] & 0x06
    return "mp3" if data.startswith(b"ID3") or synced else None


def _is_cut(data: bytes) -> bool:
    """Return whether a WAV misses a tenth of what its header says, which FFmpeg overlooks.

    A recorder that does not know the length beforehand leaves the largest one there.
    """
    declared = int.from_bytes(data[4:8], "little")
    return len(data) < MIN_DECODED_FRACTION * declared and declared < 0x7FFF_0000


def _decode(data: bytes, demuxer: str) -> Samples:
    import av  # 0.2 s that a start without sound need not wait for

    try:
        with av.open(
            io.BytesIO(data),
            format=demuxer,
            container_options={"codec_whitelist": CODECS, **PROBE.get(demuxer, {})},
            io_open=_refuse,
            metadata_errors="replace",
        ) as container:
            if not container.streams.audio:
                raise SoundError("sound: expected a file with sound, got one without")
            return _read(container, container.streams.audio[0])
    except (av.FFmpegError, ValueError, MemoryError, OverflowError) as error:
        raise SoundError(
            f"sound: {EXPECTED}, got a file that is damaged or of another kind"
        ) from error


def _refuse(*_: object) -> None:
    raise PermissionError("a sound file may not open another one")


def _read(container: Any, stream: Any) -> Samples:
    _check_stream(stream)
    declared = _declared(container, stream)
    if declared > MAX_SECONDS + PADDING:
        raise SoundError(
            f"sound: expected at most {MAX_SECONDS:.0f} s of sound, got {declared:.0f} s"
        )
    chunks: list[Samples] = []
    length = 0
    decoded = mono_chunks(
        container,
        stream,
        rate=SAMPLE_RATE,
        max_level=1.0,
        timeout=MAX_WORK,
        begin="sound: the file ",
    )
    for chunk in decoded:
        chunks.append(chunk)
        length += len(chunk)
        if length > (MAX_SECONDS + PADDING) * SAMPLE_RATE:
            raise SoundError(f"sound: expected at most {MAX_SECONDS:.0f} s of sound, got more")
    seconds = length / SAMPLE_RATE
    if seconds < MIN_DECODED_FRACTION * declared - 0.2:
        raise SoundError(
            f"sound: the file is cut short or damaged: it declares {declared:.1f} s, "
            f"{seconds:.1f} s could be decoded"
        )
    return np.concatenate(chunks) if chunks else np.empty(0, np.float32)


def _declared(container: Any, stream: Any) -> float:
    """Return the length in seconds that the file declares; 0 where it declares none."""
    if stream.duration:
        return float(stream.duration * stream.time_base)
    if container.duration and len(container.streams) == 1:  # else it may be the picture's
        return float(container.duration / 1e6)
    return 0.0


def _check_stream(stream: Any) -> None:
    if stream.codec_context is None or stream.codec_context.name not in CODECS.split(","):
        raise SoundError(f"sound: {EXPECTED} with a common codec, got one that is not taken")
    rate, channels = stream.rate or 0, stream.channels or 0
    if not RATES[0] <= rate <= RATES[1]:
        raise SoundError(
            f"sound: expected a sample rate of {RATES[0]} to {RATES[1]} Hz, got {rate}"
        )
    if not 1 <= channels <= MAX_CHANNELS:
        raise SoundError(f"sound: expected 1 to {MAX_CHANNELS} channels, got {channels}")
