"""What is decoded, what is refused with a sentence, and that damage never does worse."""

import re
import struct
import subprocess
import sys
import wave

import numpy as np
import pytest

from audio import clip as clip_module
from audio.clip import SAMPLE_RATE, decode
from core.errors import SoundError
from tests.audio.sounds import RATE, encode, mutate, tone
from tests.conftest import ROOT

PRINT_PEAK = """
import sys
from pathlib import Path
from audio.clip import decode
print(abs(decode(Path(sys.argv[1]).read_bytes())).max())
"""

KINDS = [
    ("wav", "pcm_s16le", "stereo", 44_100),
    ("wav", "pcm_f32le", "mono", 8_000),
    ("wav", "pcm_u8", "mono", 11_025),
    ("wav", "pcm_s24le", "6.1", 48_000),
    ("mp3", "libmp3lame", "stereo", 44_100),
    ("flac", "flac", "5.1", 96_000),
    ("ipod", "aac", "stereo", 48_000),
    ("mp4", "aac", "mono", 22_050),
    ("ogg", "vorbis", "stereo", 48_000),
    ("ogg", "libopus", "stereo", 48_000),
    ("webm", "libopus", "mono", 48_000),
]


def made(container, codec, layout, rate, seconds=1.0):
    return encode(tone(seconds, 440, rate), container, codec, layout, rate)


@pytest.fixture(scope="module")
def files():
    return [made(*kind) for kind in KINDS]


def dominant(samples):
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return spectrum.argmax() * SAMPLE_RATE / len(samples)


class TestDecoded:
    @pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "-".join(map(str, kind)))
    def test_any_kind_becomes_the_same_sound(self, kind):
        samples = decode(made(*kind))
        assert samples.dtype == np.float32
        assert samples.ndim == 1
        assert len(samples) / SAMPLE_RATE == pytest.approx(1.0, abs=0.08)
        assert dominant(samples) == pytest.approx(440, abs=2)
        # Not louder with more channels: they are averaged. Lossy codecs round the peak a little.
        assert np.abs(samples).max() == pytest.approx(0.3, abs=0.05)

    @pytest.mark.parametrize("channels", [7, 8, 9, 16, 32])
    def test_many_channels_are_averaged(self, channels, tmp_path):
        """In a process of its own: eight planar channels once crashed it."""
        loud, silent = tone(0.5), np.zeros((RATE // 2, channels - 1))
        wav = tmp_path / "many.wav"
        with wave.open(str(wav), "wb") as file:
            file.setparams((channels, 2, RATE, 0, "NONE", ""))
            file.writeframes((np.column_stack([loud, silent]) * 32767).astype("<i2").tobytes())
        peak = subprocess.run(
            [sys.executable, "-c", PRINT_PEAK, str(wav)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert float(peak.stdout) == pytest.approx(np.abs(loud).max() / channels, rel=0.05)

    def test_a_recording_of_unknown_length_is_taken(self):
        """As browsers write WebM, and pipes write WAV."""
        live = encode(tone(1, 440, 48_000), "webm", "libopus", rate=48_000, options={"live": "1"})
        assert len(decode(live)) / SAMPLE_RATE == pytest.approx(1.0, abs=0.08)
        wav = bytearray(encode(tone(1)))
        size = wav.find(b"data") + 4
        wav[4:8] = wav[size : size + 4] = b"\xff\xff\xff\xff"
        assert len(decode(bytes(wav))) == SAMPLE_RATE

    def test_sixty_seconds_are_allowed(self):
        samples = decode(encode(tone(60, rate=8_000), rate=8_000))
        assert len(samples) == 60 * SAMPLE_RATE

    def test_what_is_no_number_or_too_loud_is_brought_into_range(self):
        wav = bytearray(encode(tone(0.5), codec="pcm_f32le"))
        begin = wav.find(b"data") + 8
        wav[begin + 4000 : begin + 4012] = struct.pack("<fff", np.nan, np.inf, 50.0)
        samples = decode(bytes(wav))
        assert np.isfinite(samples).all()
        assert np.abs(samples).max() <= 1.0


class TestRefused:
    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (b"", "got an empty one"),
            (b"\0" * 5000, "starts like none of them"),
            (b"just some text, named song.mp3", "starts like none of them"),
            (b"#EXTM3U\n#EXTINF:1,\nhttp://localhost/x.ts\n", "starts like none of them"),
            (b"RIFF\x24\0\0\0WAVEfmt ", "cut short"),
            (b"\x1a\x45\xdf\xa3" + b"\0" * 100, "damaged or of another kind"),
            (b"ID3\x04\0\0\0\0\0\x10" + b"\0" * 400, "damaged"),
            (b"\0" * (clip_module.MAX_BYTES + 1), "at most 10 MB, got 10.0 MB"),
        ],
    )
    def test_no_sound_file(self, data, message):
        with pytest.raises(SoundError, match=message):
            decode(data)

    def test_too_long_is_refused_by_what_the_file_declares(self, monkeypatch):
        data = encode(tone(61.0, rate=8_000), rate=8_000)
        monkeypatch.setattr(clip_module, "mono_chunks", None)  # nothing may be decoded
        with pytest.raises(SoundError, match="at most 60 s of sound, got 61 s"):
            decode(data)

    def test_too_long_is_refused_where_the_file_declares_nothing(self):
        live = encode(tone(62, 440, 48_000), "webm", "libopus", rate=48_000, options={"live": "1"})
        with pytest.raises(SoundError, match="at most 60 s of sound, got more"):
            decode(live)

    @pytest.mark.parametrize(
        "kind",
        [kind for kind in KINDS if kind[0] != "ogg"],  # which declares no length
        ids=lambda kind: "-".join(map(str, kind)),
    )
    def test_a_file_cut_short(self, kind):
        data = made(*kind)
        with pytest.raises(SoundError, match=r"cut short|damaged"):
            decode(data[: len(data) // 2])

    def test_a_codec_that_is_not_expected(self):
        with pytest.raises(SoundError, match="codec|another kind"):
            decode(encode(tone(1), "wav", "adpcm_ms"))

    def test_a_picture_in_a_sound_container(self):
        with pytest.raises(SoundError):
            decode(b"RIFF\x24\0\0\0WAVE" + b"\x89PNG\r\n\x1a\n" * 40)

    @pytest.mark.parametrize(("box", "offset"), [(b"stsz", 8), (b"trun", 4)])
    def test_tables_that_claim_a_hundred_million_samples(self, box, offset, monkeypatch):
        fragments = {"movflags": "frag_keyframe+empty_moov"} if box == b"trun" else None
        data = bytearray(encode(tone(1, 440, 48_000), "mp4", "aac", rate=48_000, options=fragments))
        place = data.find(box) + 4 + offset
        data[place : place + 4] = struct.pack(">I", 100_000_000)
        monkeypatch.setattr("av.open", None)  # FFmpeg may not see it
        with pytest.raises(SoundError, match="claim more than a minute"):
            decode(bytes(data))


def answer(data):
    """Return the sound, or the sentence that refuses it."""
    try:
        return decode(data)
    except SoundError as error:
        return str(error)


def test_damaged_files_give_sound_or_a_sentence(files):
    """Some hundreds here; `python -m benchmarks.sound_fuzz` feeds thousands and watches memory."""
    rng = np.random.default_rng(7)
    answers = [answer(mutate(files[number % len(files)], rng)) for number in range(330)]
    sentences = [given for given in answers if isinstance(given, str)]
    assert 30 < len(sentences) < 300
    assert all(re.fullmatch(r"sound: [^\n]+", sentence) for sentence in sentences)
    assert all(np.isfinite(given).all() for given in answers if not isinstance(given, str))
