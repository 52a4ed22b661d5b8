"""A visitor's mood: pins, versions and history."""

import itertools

import pytest

from core.errors import ConfigError
from emotion.mood.session import MAX_GAP_S, MoodSession, Pin
from emotion.mood.smoothing import SmoothingConfig
from tests.fakes import FakeClock, certain


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def session(clock):
    return MoodSession(clock=clock)


def look(session, clock, emotion, seconds=2.0):
    """Show the session a face for a while."""
    for _ in range(round(seconds * 20)):
        clock.now += 0.05
        session.observe(certain(emotion), clock.now)


def test_how_the_mood_follows_the_face_can_be_chosen(clock):
    session = MoodSession(SmoothingConfig(dwell=60), clock)
    look(session, clock, "happy")
    assert session.state().in_force is None


class TestPin:
    def test_a_pin_is_in_force_until_it_is_taken_back(self, session, clock):
        look(session, clock, "happy")
        session.pin("sad")
        look(session, clock, "happy")
        assert session.state().in_force == "sad"
        session.pin(None)
        assert session.state().in_force == "happy"

    def test_a_pin_with_a_time_runs_out(self, session, clock):
        look(session, clock, "happy")
        session.pin("sad", seconds=60)
        assert session.state().pin == Pin("sad", clock.now + 60)
        clock.now += 59
        assert session.state().in_force == "sad"
        clock.now += 1
        assert session.state().in_force == "happy"
        assert session.state().pin is None

    def test_it_works_with_no_face_at_all(self, session):
        session.pin("fear")
        assert session.state().in_force == "fear"

    @pytest.mark.parametrize("seconds", [0.5, 24 * 3600.0])
    def test_half_a_second_and_a_whole_day_will_do(self, session, clock, seconds):
        session.pin("sad", seconds)
        clock.now += seconds - 0.25
        assert session.state().in_force == "sad"

    @pytest.mark.parametrize("seconds", [0, -1, 24 * 3600.5, 1e9, float("nan")])
    def test_an_absurd_time_is_refused(self, session, seconds):
        with pytest.raises(ConfigError, match="seconds: expected more than 0 and at most 86400"):
            session.pin("sad", seconds)
        assert session.state().pin is None

    def test_an_unknown_emotion_is_refused(self, session):
        with pytest.raises(ConfigError, match="expected one of angry, .*got 'bored'"):
            session.pin("bored")


class TestVersion:
    def test_it_rises_with_the_mood_in_force_only(self, session, clock):
        versions = [session.state().version]
        look(session, clock, "happy")
        versions.append(session.state().version)
        look(session, clock, "happy")
        assert session.state().version == versions[-1]
        session.pin("happy")
        assert session.state().version == versions[-1]
        session.pin("sad")
        versions.append(session.state().version)
        assert versions == sorted(set(versions))

    def test_a_later_session_begins_above_what_one_before_it_can_have_reached(self, clock):
        """A list is made for a version, and must not be taken for one of a session before."""
        before = MoodSession(clock=clock).state().version
        clock.now += 1
        assert MoodSession(clock=clock).state().version >= before + 1000


class TestHistory:
    def test_episodes_follow_each_other_without_a_gap(self, session, clock):
        look(session, clock, "happy")
        session.pin("sad")
        clock.now += 5
        session.pin(None)
        look(session, clock, "neutral")
        episodes = session.history()
        assert [(e.status, e.emotion) for e in episodes] == [
            ("no_face", None),
            ("unsure", None),
            ("live", "happy"),
            ("pinned", "sad"),
            ("live", "happy"),
            ("live", "neutral"),
        ]
        assert episodes[0].begun == session.started
        assert all(a.ended == b.begun for a, b in itertools.pairwise(episodes))
        assert episodes[-1].ended is None

    def test_hours_asleep_are_no_mood(self, session, clock):
        look(session, clock, "happy")
        closed = clock.now
        clock.now += 14 * 3600
        look(session, clock, "happy")
        *_, before, asleep, after = session.history()
        assert (before.status, before.emotion, before.ended) == ("live", "happy", closed)
        assert (asleep.status, asleep.emotion) == ("camera_lost", None)
        assert asleep.ended == after.begun == pytest.approx(closed + 14 * 3600, abs=1)

    def test_nor_are_hours_asleep_after_a_pin_was_taken_back(self, session, clock):
        look(session, clock, "happy")
        session.pin("sad")
        session.pin(None)
        closed = clock.now
        clock.now += 14 * 3600
        look(session, clock, "happy")
        asleep = next(e for e in session.history() if e.status == "camera_lost")
        assert (asleep.begun, asleep.emotion) == (closed, None)

    @pytest.mark.parametrize(("gap", "lost"), [(MAX_GAP_S, False), (MAX_GAP_S + 0.25, True)])
    def test_a_gap_of_seconds_is_still_the_mood(self, session, clock, gap, lost):
        session.observe(certain("happy"), clock.now)
        clock.now += gap
        session.observe(certain("happy"), clock.now)
        assert any(e.status == "camera_lost" for e in session.history()) == lost

    def test_why_there_was_no_picture_is_told_and_the_mood_kept(self, session, clock):
        look(session, clock, "happy")
        clock.now += 5
        session.interrupt("camera_lost", clock.now)
        look(session, clock, "happy")
        moods = [(e.status, e.emotion) for e in session.history()]
        assert moods[-2:] == [("camera_lost", "happy"), ("live", "happy")] or moods[-3:] == [
            ("camera_lost", "happy"),
            ("unsure", "happy"),
            ("live", "happy"),
        ]

    def test_a_clock_set_back_gives_no_negative_time(self, session, clock):
        session.pin("sad")
        clock.now -= 3600
        session.pin("happy")
        assert all(e.ended is None or e.ended >= e.begun for e in session.history())

    def test_it_does_not_grow_for_ever(self, session, clock):
        for n in range(5000):
            clock.now += 1
            session.pin("sad" if n % 2 else "happy")
        assert len(session.history()) == 2000


class TestVoice:
    """A voice counts beside the face for a while, and for itself where no face is seen."""

    class Mean:
        """A stand-in fusion: the mean of both."""

        def fuse(self, faces, voices):
            return (faces + voices) / 2

    def see(self, session, emotion, start, seconds=3.0):
        for n in range(int(20 * seconds)):
            session.observe(None if emotion is None else certain(emotion), start + n / 20)

    def test_it_is_fused_with_the_face_and_then_forgotten(self):
        session = MoodSession()
        session.hear(certain("sad", 0.99), self.Mean(), 0.0)
        self.see(session, "happy", 0.1)
        happy, sad = session.state().recognised.probabilities[[3, 4]]
        assert happy == pytest.approx(sad, abs=0.1)
        self.see(session, "happy", 3.1, seconds=5.0)
        assert session.state().recognised.probabilities[3] > 0.85

    def test_without_a_face_it_speaks_for_itself(self):
        session = MoodSession()
        session.hear(certain("sad"), self.Mean(), 10.0)
        assert session.state().in_force == "sad"
        session.hear(certain("angry"), self.Mean(), 13.0)
        assert session.state().in_force == "angry"

    def test_it_says_as_much_as_the_frames_of_its_second_would(self):
        heard, seen = MoodSession(), MoodSession()
        heard.hear(certain("happy"), self.Mean(), 10.0)
        heard.hear(certain("sad"), self.Mean(), 11.0)
        seen.observe(certain("happy"), 9.0)
        for time, emotion in ((10.0, "happy"), (10.5, "sad"), (11.0, "sad")):
            seen.observe(certain(emotion), time)
        assert heard.state().in_force == seen.state().in_force == "sad"
        assert heard.state().recognised.probabilities == pytest.approx(
            seen.state().recognised.probabilities
        )

    def test_beside_a_face_in_view_it_waits_for_the_next_frame(self):
        session = MoodSession()
        self.see(session, "happy", 0.0)
        session.observe(certain("happy"), 3.0)
        session.hear(certain("sad"), self.Mean(), 4.0)
        assert session.state().recognised.probabilities[3] == pytest.approx(0.9)
        session.hear(certain("sad"), self.Mean(), 4.25)
        assert session.state().in_force == "sad", "nothing was seen for more than a second"

    def test_it_goes_on_counting_when_the_face_leaves(self):
        session = MoodSession()
        self.see(session, "happy", 0.0)
        session.hear(certain("sad"), self.Mean(), 3.0)
        self.see(session, None, 3.05)
        assert session.state().in_force == "sad"

    @pytest.mark.parametrize(("age", "counts"), [(0.0, True), (5.0, True), (5.25, False)])
    def test_it_counts_for_five_seconds(self, age, counts):
        session = MoodSession()
        session.hear(certain("sad"), self.Mean(), 10.0)
        assert (session.voice(10.0 + age) is not None) == counts

    def test_who_had_the_last_say_is_told(self):
        session = MoodSession()
        assert not session.state().heard_only
        session.hear(certain("sad"), self.Mean(), 10.0)
        assert session.state().heard_only
        session.observe(certain("happy"), 10.5)
        assert not session.state().heard_only, "a face had a say too"
        session.observe(None, 10.75)
        assert session.state().heard_only
        session.observe(None, 20.0)
        assert session.state().heard_only, "nothing has had a say since"
        session.observe(certain("happy"), 21.0)
        assert not session.state().heard_only

    def test_no_voice_changes_nothing(self):
        session = MoodSession()
        self.see(session, "happy", 0.0)
        session.hear(None, self.Mean(), 3.0)
        self.see(session, "happy", 3.1)
        assert session.state().recognised.probabilities[3] > 0.85
        assert session.voice(6.0) is None
