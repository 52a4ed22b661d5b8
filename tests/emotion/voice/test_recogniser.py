"""A voice gets an answer; silence, music and noise get none; wrong weights are refused."""

import json
import shutil

import numpy as np
import pytest

from audio.clip import decode
from core.errors import WeightsError
from core.labels import EMOTIONS
from emotion.voice.activity import MAX_FRAMES, find_voice
from emotion.voice.features import HOP, extract_features
from emotion.voice.model_input import to_voice_input
from emotion.voice.recogniser import SpeechEmotionRecogniser, to_seven
from emotion.voice.sidecar import LABELS
from inference.sidecar import sidecar_path
from tests.audio.sounds import RATE, melody, tone, voice
from tests.conftest import ROOT, shared_data

SHIPPED = ROOT / "weights" / "speech.tflite"


@pytest.fixture(scope="module")
def recogniser():
    return SpeechEmotionRecogniser(SHIPPED)


@pytest.fixture
def weights(tmp_path):
    """A copy of the shipped weights that a test may spoil."""
    copy = tmp_path / SHIPPED.name
    shutil.copy(SHIPPED, copy)
    shutil.copy(sidecar_path(SHIPPED), sidecar_path(copy))
    return copy


def rewrite(weights, **changes):
    path = sidecar_path(weights)
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def noise(seconds=3.0):
    return np.random.default_rng(3).uniform(-0.3, 0.3, int(seconds * RATE)).astype(np.float32)


def drums(seconds=3.0):
    sound = np.zeros(int(seconds * RATE))
    for begin in range(0, len(sound), RATE // 4):
        time = np.arange(len(sound) - begin) / RATE
        sound[begin:] += np.sin(2 * np.pi * 60 * time) * np.exp(-15 * time)
        sound[begin:] += noise(seconds)[begin:] * np.exp(-60 * time)
    return (0.3 * sound).astype(np.float32)


class TestAnalyse:
    @pytest.mark.parametrize("hertz", [80, 150, 220, 440, 580])
    def test_finds_the_pitch_of_a_buzz(self, hertz):
        time = np.arange(RATE) / RATE
        features = extract_features(
            sum(np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 6))
        )
        assert np.median(features.pitch) == pytest.approx(hertz, rel=0.01)
        assert np.median(features.periodicity) > 0.95

    def test_noise_repeats_nothing(self):
        assert np.median(extract_features(noise()).periodicity) < 0.2

    def test_a_louder_microphone_changes_nothing(self):
        quiet, loud = extract_features(0.01 * voice()), extract_features(voice())
        np.testing.assert_allclose(quiet.log_mel, loud.log_mel, atol=0.05)
        np.testing.assert_allclose(quiet.loudness, loud.loudness, atol=0.05)

    @pytest.mark.parametrize("length", [0, 1, 100, HOP, HOP + 1])
    def test_the_shortest_clips_have_frames(self, length):
        features = extract_features(np.full(length, 0.1, np.float32))
        frames = max(1, -(-length // HOP))
        assert features.log_mel.shape == (frames, 64)
        assert (
            features.pitch.shape
            == features.periodicity.shape
            == features.loudness.shape
            == (frames,)
        )


class TestFindVoice:
    @pytest.mark.parametrize(
        ("sound", "message"),
        [
            (np.zeros(3 * RATE, np.float32), "silent"),
            (np.zeros(0, np.float32), "silent"),
            (0.0005 * voice(), "silent"),
            (noise(), "no voice"),
            (drums(), "no voice"),
            (voice(0.3), "no voice"),
            *((voice(1)[1000:][:length], "no voice") for length in (60, 300, 900, 1300, 3000)),
            (tone(3), "music or a tone"),
            *((melody(seed=seed), "music or a tone") for seed in range(5)),
        ],
    )
    def test_what_is_no_voice_is_told_why(self, sound, message):
        activity = find_voice(extract_features(sound))
        assert activity.span is None
        assert message in activity.reason

    def test_a_voice_in_noise_is_one(self):
        clip = voice(3)
        assert find_voice(extract_features(clip + 0.05 * noise())).span is not None

    def test_the_silence_around_a_voice_is_left_out(self):
        silence = np.zeros(2 * RATE, np.float32)
        first, end = find_voice(
            extract_features(np.concatenate([silence, voice(1.5), silence]))
        ).span
        assert 1.7 < first * HOP / RATE < 2.3
        assert 3.0 < end * HOP / RATE < 3.8

    def test_in_a_long_clip_the_loudest_voice_is_judged_and_music_passed_over(self):
        clip = np.concatenate([0.1 * voice(6), 2 * melody(6), voice(4, seed=1)])
        first, end = find_voice(extract_features(clip)).span
        assert first * HOP / RATE >= 11.5
        assert end - first <= MAX_FRAMES


class TestShipped:
    def test_a_voice_gets_probabilities(self, recogniser):
        result = recogniser.listen(voice(3))
        assert result.status in ("ok", "unsure")
        assert result.probabilities.shape == (7,)
        assert result.probabilities.dtype == np.float32
        assert result.probabilities.sum() == pytest.approx(1, abs=1e-5)
        if result.status == "ok":
            assert result.emotion == EMOTIONS[result.probabilities.argmax()]
            assert result.reason == ""

    @pytest.mark.parametrize("sound", [np.zeros(RATE, np.float32), noise(), melody(), tone()])
    def test_what_is_no_voice_is_unsure_and_never_neutral(self, recogniser, sound):
        result = recogniser.listen(sound)
        assert result.status == "unsure"
        assert result.emotion is None
        assert result.probabilities is None
        assert result.reason.endswith(".")

    def test_the_level_and_the_silence_around_change_little(self, recogniser):
        clip = voice(2, seed=5)
        silence = np.zeros(RATE * HOP // HOP, np.float32)
        plain = recogniser.listen(clip).probabilities
        other = recogniser.listen(0.05 * np.concatenate([silence, clip, silence])).probabilities
        assert np.abs(plain - other).max() < 0.1

    def test_it_knows_voices_it_has_learned_from(self, recogniser):
        """Not how good it is: reports/speech says that. That features and weights fit together."""
        folder = shared_data("RAVDESS", "ravdess")
        right = 0
        paths = sorted(folder.glob("*.flac"))[::30]
        for path in paths:
            label = LABELS[int(path.stem.split("-")[2]) - 1]
            result = recogniser.listen(decode(path.read_bytes()))
            right += EMOTIONS[result.probabilities.argmax()] == label.replace("calm", "neutral")
        assert right / len(paths) > 0.8


def test_calm_counts_as_neutral():
    eight = np.zeros((1, 8), np.float32)
    eight[0, LABELS.index("calm")], eight[0, LABELS.index("neutral")] = 0.5, 0.2
    eight[0, LABELS.index("happy")] = 0.3
    seven = to_seven(eight, LABELS)[0]
    assert seven[EMOTIONS.index("neutral")] == pytest.approx(0.7)
    assert seven[EMOTIONS.index("happy")] == pytest.approx(0.3)
    assert seven.sum() == pytest.approx(1)


def test_the_input_has_the_size_the_model_takes(recogniser):
    clip = voice(2)
    features = to_voice_input(clip, find_voice(extract_features(clip)).span)
    assert features.dtype == np.float32
    assert np.isfinite(features).all()
    assert features.shape == (recogniser.sidecar.features["views"], 1271)


class TestRefused:
    def test_no_file(self, tmp_path):
        with pytest.raises(WeightsError, match="speech: expected a model file"):
            SpeechEmotionRecogniser(tmp_path / "speech.tflite")

    def test_no_sidecar(self, weights):
        sidecar_path(weights).unlink()
        with pytest.raises(WeightsError, match=r"speech: .* needs its sidecar '.*\.json'"):
            SpeechEmotionRecogniser(weights)

    def test_a_damaged_file(self, weights):
        weights.write_bytes(weights.read_bytes()[:-1])
        with pytest.raises(WeightsError, match="damaged or belongs"):
            SpeechEmotionRecogniser(weights)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"features": {"sample_rate": 8000}}, "other features"),
            ({"labels": ["happy"]}, "must name the labels"),
            ({"schema": 9}, "has schema 9, expected 1"),
            ({"temperature": 0}, "temperature above 0"),
            ({"surplus": 1}, "not a speech sidecar"),
        ],
    )
    def test_a_sidecar_that_says_otherwise(self, weights, changes, message):
        rewrite(weights, **changes)
        with pytest.raises(WeightsError, match=message):
            SpeechEmotionRecogniser(weights)

    def test_a_sidecar_that_is_no_json(self, weights):
        sidecar_path(weights).write_text("[")
        with pytest.raises(WeightsError, match="not a speech sidecar"):
            SpeechEmotionRecogniser(weights)
