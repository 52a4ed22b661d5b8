"""Frames of a sound file that FFmpeg (PyAV) has opened, decoded and brought to one rate, mono."""

import time
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from core.errors import SoundError

Samples = npt.NDArray[np.float32]
"""float32 (n,), mono, full scale from -1 to 1."""

CHUNK_SIZE: Final = 16_384
"""Samples that are handed over at once; by the frame, of 20 ms or so, would take twice as long."""


def mono_chunks(
    container: Any, stream: Any, *, rate: int, max_level: float, timeout: float, begin: str = ""
) -> Iterator[Samples]:
    """Yield a stream's sound in chunks; a file may change its rate or channels on the way.

    A damaged stretch is left out. Samples that are no numbers become 0.

    Args:
        container: an `av` container, open for reading.
        stream: one of its audio streams.
        rate: of what is yielded, in Hz.
        max_level: of full scale, to which louder samples are clipped.
        timeout: seconds of decoding after which the file is given up.
        begin: how that is said: "`begin`took more than 10 s to decode".

    Raises:
        SoundError: it takes longer than that.
    """
    import av  # 0.2 s that a start without sound need not wait for

    resampler: Any = None
    setup: tuple[str, str, int] | None = None
    for frame in _frames(container, stream, timeout, begin):
        now = (frame.format.name, frame.layout.name, frame.sample_rate)
        if now != setup:
            if resampler is not None:
                yield from _mono(resampler.resample(None), max_level)
            resampler = av.AudioResampler(format="flt", rate=rate, frame_size=CHUNK_SIZE)
            setup = now
        frame.pts = None  # a gap or a jump in the timestamps is not to be filled with silence
        yield from _mono(resampler.resample(frame), max_level)
    if resampler is not None:
        yield from _mono(resampler.resample(None), max_level)


def _frames(container: Any, stream: Any, timeout: float, begin: str) -> Iterator[Any]:
    """Yield decoded frames, leaving out packets that cannot be decoded."""
    import av

    ends = time.monotonic() + timeout
    try:
        for packet in container.demux(stream):
            if time.monotonic() > ends:
                raise SoundError(f"{begin}took more than {timeout:.0f} s to decode")
            try:
                yield from packet.decode()
            except av.FFmpegError:
                continue
    except av.FFmpegError:  # of the demuxer: what came until here is all there is
        return


def _mono(frames: list[Any], max_level: float) -> Iterator[Samples]:
    """Yield the mean of each packed frame's channels.

    FFmpeg's own downmix would add front channels with 0.71 each, and clip. Packed, because
    PyAV's `to_ndarray` reads beside the memory of planar frames of more than seven channels.
    """
    for frame in frames:
        packed = frame.to_ndarray().reshape(-1, frame.layout.nb_channels)
        # Copied to planes first: NumPy takes seven times as long for means of short rows.
        mono = np.ascontiguousarray(packed.T).mean(axis=0, dtype=np.float32)
        yield np.clip(np.nan_to_num(mono, posinf=0.0, neginf=0.0), -max_level, max_level)
