"""Music files made by rule, measured: what is known of them must come out."""

import dataclasses
import json
import struct
from pathlib import Path

import numpy as np
import pytest

from audio import music_file as decoding
from core.errors import SoundError
from core.sound import Sound
from music.importers.measuring import Processes
from music.measure.sound import energy_of, measure, valence_of
from training.songs.synthesiser import RATE, Piece, clicks, make, write_music

PLAIN = Piece(seconds=12)


def heard(folder: Path, piece: Piece) -> Sound:
    path = folder / "piece.wav"
    write_music(path, make(piece)[0])
    return measure(path)


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> Sound:
    return heard(tmp_path_factory.mktemp("plain"), PLAIN)


@pytest.mark.parametrize("tempo", [84, 96, 128, 165])
def test_tempo_of_music_with_drums(tmp_path, tempo):
    found = heard(tmp_path, dataclasses.replace(PLAIN, tempo=tempo)).tempo
    assert found == pytest.approx(tempo, rel=0.02)


def test_a_slow_tempo_may_be_doubled(tmp_path):
    found = heard(tmp_path, dataclasses.replace(PLAIN, tempo=66)).tempo
    assert found == pytest.approx(66, rel=0.02) or found == pytest.approx(132, rel=0.02)


@pytest.mark.parametrize("tempo", [60, 90, 180])
def test_tempo_of_a_metronome(tmp_path, tempo):
    write_music(tmp_path / "clicks.wav", clicks(tempo, 12))
    assert measure(tmp_path / "clicks.wav").tempo == pytest.approx(tempo, rel=0.02)


@pytest.mark.parametrize(
    ("mode", "tonic", "detune"), [(1, 2, 0.3), (1, 7, -0.4), (0, 4, 0), (0, 9, -0.3)]
)
def test_key_whatever_the_tuning(tmp_path, mode, tonic, detune):
    piece = Piece(seconds=24, mode=mode, tonic=tonic, detune=detune, drums=False, seed=1)
    found = heard(tmp_path, piece)
    assert (found.mode, found.key) == (mode, tonic)


@pytest.mark.parametrize(("mode", "tonic"), [(1, 3), (1, 7), (0, 4)])
def test_key_between_two_semitones_is_one_of_them(tmp_path, mode, tonic):
    piece = Piece(seconds=16, mode=mode, tonic=tonic, detune=0.5, drums=False, seed=tonic)
    found = heard(tmp_path, piece)
    assert found.mode == mode
    assert found.key in (tonic, tonic + 1)


@pytest.mark.parametrize("notes", [1, 2, 4])
def test_onset_rate_is_that_of_the_notes(tmp_path, notes):
    piece = dataclasses.replace(PLAIN, notes_per_beat=notes, drums=False, tempo=90)
    truth = len(make(piece)[1]) / piece.seconds
    assert heard(tmp_path, piece).onset_rate == pytest.approx(truth, rel=0.15)


def test_loudness_of_the_tone_that_the_standard_names(tmp_path):
    """ITU-R BS.1770-5: 997 Hz at full scale on one channel is -3.01 LKFS, on two 0."""
    times = np.arange(6 * 48_000) / 48_000
    tone = 0.1 * np.sin(2 * np.pi * 997 * times)
    write_music(tmp_path / "tone.wav", np.column_stack([tone, tone]), 48_000)
    assert measure(tmp_path / "tone.wav").loudness == pytest.approx(-20, abs=0.1)


def test_pauses_do_not_count_as_quiet(tmp_path, plain):
    samples, _ = make(PLAIN)
    write_music(tmp_path / "paused.wav", np.concatenate([samples, np.zeros_like(samples)]))
    assert measure(tmp_path / "paused.wav").loudness == pytest.approx(plain.loudness, abs=0.5)


def test_ten_decibels_quieter_changes_only_loudness_and_energy(tmp_path, plain):
    quiet = heard(tmp_path, dataclasses.replace(PLAIN, level=PLAIN.level - 10))
    assert quiet.loudness == pytest.approx(plain.loudness - 10, abs=0.05)
    assert quiet.energy < plain.energy - 0.05
    assert (quiet.tempo, quiet.key) == (plain.tempo, plain.key)
    assert quiet.valence == pytest.approx(plain.valence, abs=0.001)


def test_more_overtones_are_brighter(tmp_path):
    bare = dataclasses.replace(PLAIN, drums=False)
    dull, bright = (
        heard(tmp_path, dataclasses.replace(bare, rolloff=rolloff)).brightness for rolloff in (3, 1)
    )
    assert bright > 2 * dull


@pytest.mark.parametrize("suffix", ["flac", "mp3", "m4a", "ogg"])
def test_formats_and_channels_sound_alike(tmp_path, plain, suffix):
    samples, _ = make(PLAIN)
    rate = 48_000 if suffix == "ogg" else 44_100
    times = np.arange(PLAIN.seconds * rate) / rate
    channel = np.interp(times, np.arange(len(samples)) / RATE, samples)
    path = tmp_path / f"piece.{suffix}"
    write_music(path, np.column_stack([channel, channel]), rate)
    found = measure(path)
    assert found.tempo == pytest.approx(plain.tempo, abs=0.5)
    assert (found.key, found.mode) == (plain.key, plain.mode)
    assert found.loudness == pytest.approx(plain.loudness, abs=1)
    assert found.seconds == pytest.approx(PLAIN.seconds, abs=0.1)


def test_no_more_than_the_beginning_is_heard(tmp_path, monkeypatch):
    monkeypatch.setattr(decoding, "MAX_SECONDS", 6)
    assert heard(tmp_path, PLAIN).seconds == 6


def test_a_sound_can_be_kept_as_json(plain):
    assert Sound(**json.loads(json.dumps(dataclasses.asdict(plain)))) == plain


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "got an empty file"),
        (b"not music at all " * 100, "damaged or of another kind"),
        (b"\x89PNG\r\n\x1a\n" + bytes(1000), "damaged or of another kind"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nother.wav\n", "of another kind"),
    ],
    ids=["empty", "text", "picture", "playlist"],
)
def test_what_is_no_music_is_told(tmp_path, content, reason):
    write_music(tmp_path / "other.wav", make(PLAIN)[0])
    path = tmp_path / "song.mp3"
    path.write_bytes(content)
    with pytest.raises(SoundError, match=reason):
        measure(path)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(SoundError, match="cannot be read: No such file"):
        measure(tmp_path / "gone.mp3")


def test_a_short_file_is_told(tmp_path):
    with pytest.raises(SoundError, match=r"at least 5 s of sound, got 2\.0 s"):
        heard(tmp_path, dataclasses.replace(PLAIN, seconds=2))


def test_silence_is_told(tmp_path):
    write_music(tmp_path / "silence.flac", np.zeros(8 * RATE))
    with pytest.raises(SoundError, match="got silence"):
        measure(tmp_path / "silence.flac")


def test_a_drone_has_no_onsets(tmp_path):
    times = np.arange(8 * RATE) / RATE
    write_music(tmp_path / "drone.wav", 0.2 * np.sin(2 * np.pi * 220 * times))
    found = measure(tmp_path / "drone.wav")
    assert found.onset_rate < 0.3
    assert found.key == 9
    assert found.brightness == pytest.approx(220, rel=0.3)


def test_samples_beyond_all_measure_do_no_harm(tmp_path):
    damaged = make(PLAIN)[0].astype("<f4")
    damaged[[1000, 2000, 3000, 4000]] = (np.nan, np.inf, -np.inf, 3e38)
    header = b"RIFF\xff\xff\xff\x7fWAVEfmt " + struct.pack(
        "<IHHIIHH", 16, 3, 1, RATE, RATE * 4, 4, 32
    )
    content = header + b"data" + struct.pack("<I", damaged.nbytes) + damaged.tobytes()
    (tmp_path / "damaged.wav").write_bytes(content)
    found = measure(tmp_path / "damaged.wav")
    assert np.isfinite(list(dataclasses.asdict(found).values())).all()
    assert found.tempo == pytest.approx(120, rel=0.02)


def test_a_file_cut_short_is_measured_as_far_as_it_goes(tmp_path, plain):
    write_music(tmp_path / "whole.mp3", make(PLAIN)[0])
    whole = (tmp_path / "whole.mp3").read_bytes()
    (tmp_path / "cut.mp3").write_bytes(whole[: 2 * len(whole) // 3])
    found = measure(tmp_path / "cut.mp3")
    assert found.seconds == pytest.approx(8, abs=0.3)
    assert found.tempo == pytest.approx(plain.tempo, rel=0.02)


def test_other_processes_measure_and_tell(tmp_path, plain):
    write_music(tmp_path / "good.wav", make(PLAIN)[0])
    (tmp_path / "bad.wav").write_bytes(b"RIFF")
    with Processes(measure, 2) as processes:
        good, bad = processes.measure([str(tmp_path / "good.wav"), str(tmp_path / "bad.wav")])
    assert good == plain
    assert "damaged or of another kind" in bad


def test_energy_rises_with_every_cue():
    base = {"loudness": -14.0, "tempo": 110.0, "onset_rate": 3.0, "brightness": 2000.0}
    for cue, more in (("loudness", -8.0), ("tempo", 150.0), ("onset_rate", 5), ("brightness", 3e3)):
        assert energy_of(**{**base, cue: more}) > energy_of(**base)
    assert 0 < energy_of(-60, 50, 0, 100) < 0.01
    assert 0.9 < energy_of(-3, 200, 9, 6000) < 1


def test_valence_rises_with_major_and_tempo():
    assert valence_of(120, 0.1) > valence_of(120, 0) > valence_of(120, -0.1)
    assert valence_of(150, 0) > valence_of(80, 0)
    assert valence_of(110, 0) == 0.5
