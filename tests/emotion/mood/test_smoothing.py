"""The mood changes where the expression does, and nowhere else."""

import numpy as np
import pytest

from core.labels import EMOTIONS
from emotion.mood.smoothing import MoodSmoother, Presence, SmoothingConfig
from tests.fakes import certain


def noisy_recording(script, fps=30, seed=0, noise=1.0):
    """Probabilities as a shaky model gives them: the true emotion leads on average only.

    Args:
        script: pairs of emotion and seconds.

    Yields:
        Time in seconds, true emotion, probabilities.
    """
    random = np.random.default_rng(seed)
    frame = 0
    for emotion, seconds in script:
        for _ in range(round(seconds * fps)):
            logits = random.normal(0, noise, len(EMOTIONS))
            logits[EMOTIONS.index(emotion)] += 2.5
            # Every so often the model is wrong for three frames on end.
            if random.random() < 0.02:
                logits[random.integers(len(EMOTIONS))] += 3
            exponentials = np.exp(logits)
            yield frame / fps, emotion, (exponentials / exponentials.sum()).astype(np.float32)
            frame += 1


SCRIPT = [("neutral", 6), ("happy", 5), ("sad", 7), ("surprise", 4), ("neutral", 8)]


class TestNoisyRecording:
    @pytest.mark.parametrize("fps", [8, 30, 100])
    @pytest.mark.parametrize("seed", range(5))
    def test_the_mood_changes_only_where_the_expression_does(self, fps, seed):
        smoother = MoodSmoother()
        moods, raw = [], []
        for time, _, probabilities in noisy_recording(SCRIPT, fps, seed):
            raw.append(int(probabilities.argmax()))
            mood = smoother.update(probabilities, time)
            if mood.emotion and (not moods or moods[-1][1] != mood.emotion):
                moods.append((time, mood.emotion))
        assert np.count_nonzero(np.diff(raw)) > 30, "the recording is not noisy"
        assert [emotion for _, emotion in moods] == [emotion for emotion, _ in SCRIPT]
        assert smoother.changes == len(SCRIPT) - 1
        assert smoother.flaps == 0
        begins = np.cumsum([0] + [seconds for _, seconds in SCRIPT])[:-1]
        delays = [at - begin for (at, _), begin in zip(moods, begins, strict=True)]
        assert np.median(delays) < 1.0

    def test_without_smoothing_it_would_flap(self):
        """The recording is a test of the smoother only if a plain argmax fails it."""
        config = SmoothingConfig(time_constant=1e-6, dwell=0, margin=0, confident=0, unsure=0)
        smoother = MoodSmoother(config)
        for time, _, probabilities in noisy_recording(SCRIPT):
            smoother.update(probabilities, time)
        assert smoother.flaps > 10


def feed(smoother, probabilities, begin, seconds, fps=30):
    """Feed the same probabilities for a while and return the last mood."""
    for n in range(round(seconds * fps)):
        mood = smoother.update(probabilities, begin + n / fps)
    return mood


class TestStates:
    def test_nothing_seen_yet(self):
        mood = MoodSmoother().update(None, 0.0)
        assert (mood.presence, mood.emotion, mood.probabilities) == (Presence.NO_FACE, None, None)

    def test_a_clear_face_is_a_mood_after_the_dwell(self):
        smoother = MoodSmoother(SmoothingConfig(dwell=0.5))
        assert feed(smoother, certain("sad"), 0, 0.4).emotion is None
        mood = feed(smoother, certain("sad"), 0.4, 0.3)
        assert (mood.presence, mood.emotion) == (Presence.SURE, "sad")
        assert mood.confidence == pytest.approx(0.9)
        assert (mood.probabilities.dtype, mood.probabilities.shape) == (np.float32, (7,))

    def test_a_face_nobody_can_read_is_unsure_not_neutral(self):
        flat = np.full(7, 1 / 7, np.float32)
        mood = feed(MoodSmoother(), flat, 0, 3)
        assert (mood.presence, mood.emotion) == (Presence.UNSURE, None)

    def test_unsure_keeps_the_mood_in_force(self):
        smoother = MoodSmoother()
        feed(smoother, certain("happy"), 0, 2)
        mood = feed(smoother, np.full(7, 1 / 7, np.float32), 2, 3)
        assert (mood.presence, mood.emotion) == (Presence.UNSURE, "happy")

    def test_a_mood_that_has_faded_is_unsure_though_no_other_took_over(self):
        smoother = MoodSmoother()
        feed(smoother, certain("happy", 0.55), 0, 2)
        faded = np.full(7, 0.59 / 5, np.float32)
        faded[EMOTIONS.index("happy")] = 0.02
        faded[EMOTIONS.index("sad")] = 0.39
        mood = feed(smoother, faded, 2, 5)
        assert (mood.presence, mood.emotion) == (Presence.UNSURE, "happy")
        assert mood.confidence < 0.05

    def test_two_that_are_as_likely_do_not_take_turns(self):
        smoother = MoodSmoother(SmoothingConfig(time_constant=0.01, dwell=0.0))
        feed(smoother, certain("happy"), 0, 2)
        for turn in range(40):
            row = np.full(7, 0.02, np.float32)
            first, second = ("happy", "sad") if turn % 2 else ("sad", "happy")
            row[EMOTIONS.index(first)] = 0.46
            row[EMOTIONS.index(second)] = 0.44
            feed(smoother, row, 2 + turn / 2, 0.5)
        assert smoother.changes == 0

    def test_a_probability_between_the_thresholds_keeps_what_was(self):
        smoother = MoodSmoother(SmoothingConfig(confident=0.5, unsure=0.35))
        between = certain("happy", 0.42)
        assert feed(smoother, between, 0, 3).presence is Presence.UNSURE
        assert feed(smoother, certain("happy"), 3, 2).presence is Presence.SURE
        assert feed(smoother, between, 5, 3).presence is Presence.SURE

    def test_nobody_leads_unseen(self):
        smoother = MoodSmoother()
        feed(smoother, certain("neutral"), 0, 2)
        feed(smoother, certain("sad"), 2, 0.5)  # a head that turns away, almost long enough
        assert smoother.update(None, 2.55).emotion == "neutral"
        smoother.update(None, 3.7)
        assert smoother.update(certain("sad"), 3.75).emotion == "neutral", "by one frame"
        assert feed(smoother, certain("sad"), 3.75, 1).emotion == "sad"

    @pytest.mark.parametrize(("blink", "emotion"), [(0.25, "sad"), (0.375, "neutral")])
    def test_a_blink_costs_no_lead(self, blink, emotion):
        smoother = MoodSmoother(SmoothingConfig(time_constant=1e-6, dwell=0.5))
        feed(smoother, certain("neutral"), 0, 2)
        smoother.update(certain("sad"), 2.0)
        smoother.update(None, 2.25)
        assert smoother.update(certain("sad"), 2.25 + blink).emotion == emotion

    def test_a_face_away_for_a_moment_changes_nothing(self):
        smoother = MoodSmoother(SmoothingConfig(absence=1.5))
        feed(smoother, certain("happy"), 0, 2)
        smoother.update(certain("happy"), 2.0)
        for moment in (3.0, 3.5):
            mood = smoother.update(None, moment)
            assert (mood.presence, mood.emotion) == (Presence.SURE, "happy")

    def test_a_face_away_for_longer_is_no_face_but_keeps_the_mood(self):
        smoother = MoodSmoother(SmoothingConfig(absence=1.5))
        feed(smoother, certain("happy"), 0, 2)
        mood = smoother.update(None, 4.0)
        assert (mood.presence, mood.emotion) == (Presence.NO_FACE, "happy")
        assert mood.confidence is None

    def test_a_frame_a_moment_late_brings_no_face_back(self):
        """As when a camera is paused while its last frame is being read."""
        smoother = MoodSmoother(SmoothingConfig(absence=1.5))
        feed(smoother, certain("happy"), 0, 2)
        smoother.update(certain("happy"), 2.0)
        for moment in (3.75, 3.5):
            mood = smoother.update(None, moment)
            assert (mood.presence, mood.emotion) == (Presence.NO_FACE, "happy")
            assert (mood.confidence, mood.probabilities) == (None, None)

    def test_who_comes_back_must_be_sure_anew(self):
        smoother = MoodSmoother(SmoothingConfig(confident=0.5, unsure=0.35))
        feed(smoother, certain("happy"), 0, 2)
        smoother.update(None, 4.0)
        mood = feed(smoother, certain("happy", 0.42), 4.5, 1)
        assert (mood.presence, mood.emotion) == (Presence.UNSURE, "happy")

    def test_a_new_face_is_not_read_with_the_old_ones_average(self):
        smoother = MoodSmoother()
        feed(smoother, certain("happy"), 0, 5)
        smoother.update(None, 10)
        mood = smoother.update(certain("sad"), 10.1)
        assert mood.probabilities.argmax() == EMOTIONS.index("sad")

    def test_a_mood_taken_back_at_once_counts_as_a_flap(self):
        smoother = MoodSmoother(SmoothingConfig(flap=3.0))
        feed(smoother, certain("happy"), 0, 5)
        feed(smoother, certain("sad"), 5, 1.5)
        feed(smoother, certain("happy"), 6.5, 5)
        assert (smoother.changes, smoother.flaps) == (2, 1)

    def test_a_mood_that_lasted_is_no_flap(self):
        smoother = MoodSmoother(SmoothingConfig(flap=3.0))
        for begin, emotion in ((0, "happy"), (5, "sad"), (10, "happy")):
            feed(smoother, certain(emotion), begin, 5)
        assert (smoother.changes, smoother.flaps) == (2, 0)
