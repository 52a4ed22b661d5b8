"""Each browser is a visitor of its own: its mood, its mode and perhaps its camera."""

import pytest

from capture.spec import SourceSpec
from tests.web.browsing import browse
from tests.web.conftest import make_services
from web import visitors
from web.app import create_app


@pytest.fixture
def app():
    """A server without a camera: the pages bring theirs."""
    return create_app(make_services(spec=SourceSpec("browser")))


@pytest.fixture
def client(app):
    return browse(app)


class TestCookie:
    def test_the_page_brings_it_and_it_is_kept(self, client):
        cookie = client.application.test_client().get("/").headers["Set-Cookie"]
        assert cookie.startswith("affectune_visitor=")
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie, "a link from another site must bring it"
        assert "Set-Cookie" not in client.get("/api/state").headers

    def test_it_is_good_for_another_year_with_each_visit(self, client):
        kept = client.get_cookie("affectune_visitor").value
        for page in ("/", "/kiosk"):
            assert f"affectune_visitor={kept};" in client.get(page).headers["Set-Cookie"]

    def test_an_id_that_is_not_ours_is_replaced(self, client):
        client.set_cookie("affectune_visitor", "../../etc/passwd")
        assert "affectune_visitor=" in client.get("/").headers["Set-Cookie"]


class TestOwnMood:
    def test_without_a_camera_a_mood_is_picked_by_each_for_himself(self, app):
        one, two = app.test_client(), app.test_client()
        one.put("/api/pin", json={"emotion": "happy"})
        two.put("/api/pin", json={"emotion": "sad"})
        assert one.get("/api/playlist").json["emotion"] == "happy"
        assert two.get("/api/playlist").json["emotion"] == "sad"
        assert one.get("/api/history").json["moods"][-1]["emotion"] == "happy"

    def test_the_servers_camera_is_shared(self):
        app = create_app(make_services())
        one, two = app.test_client(), app.test_client()
        one.put("/api/pin", json={"emotion": "happy"})
        assert two.get("/api/state").json["emotion"] == "happy"

    def test_who_comes_back_later_gets_other_songs(self, client, monkeypatch):
        lists = []
        for _ in range(2):
            client.put("/api/pin", json={"emotion": "happy"})
            lists.append({song["id"] for song in client.get("/api/playlist").json["songs"]})
            with monkeypatch.context() as later:
                later.setattr(visitors, "MAX_SILENCE_S", -1.0)
                client.get("/api/state")
        assert not lists[0] & lists[1]

    def test_the_mode_is_each_ones_own(self, app):
        one, two = app.test_client(), app.test_client()
        other = one.put("/api/mode", json={"mode": "calm"}).json["mode"]
        assert other == "calm"
        assert two.get("/api/state").json["mode"] == "match"

    def test_the_silent_are_forgotten(self, app, client, monkeypatch):
        client.put("/api/pin", json={"emotion": "happy"})
        monkeypatch.setattr(visitors, "MAX_SILENCE_S", -1.0)
        assert client.get("/api/state").json["emotion"] is None

    def test_thumbs_and_lists_are_the_visitors_own(self, app, client):
        song = client.get("/api/playlist?emotion=happy").json["songs"][0]
        client.post("/api/feedback", json={"song_id": song["id"], "value": 1})
        identity = client.get_cookie("affectune_visitor").value
        visitor = app.extensions["affectune"].visitors.get(identity)
        assert visitor.listener.ratings == {song["id"]: 1}
        assert song["id"] in visitor.listener.heard

    def test_no_more_sessions_than_can_be_held(self, app, monkeypatch):
        monkeypatch.setattr(visitors, "MAX_VISITORS", 5)
        for _ in range(12):
            app.test_client().get("/api/state")
        assert len(app.extensions["affectune"].visitors) == 5


def add(visitors, *names):
    """Let visitors ask for something one after another; return their listeners."""
    return [visitors.get(name).listener for name in names]


class TestManyVisitors:
    """One limit on all that is held of them, those away included."""

    @pytest.fixture
    def held(self, monkeypatch):
        monkeypatch.setattr(visitors, "MAX_VISITORS", 3)
        self.ended = []
        return visitors.Visitors(
            lambda listener: visitors.Visitor(
                listener=listener, mode="match", camera=None, open_camera=None
            ),
            lambda visitor: self.ended.append(visitor.id),
        )

    def test_the_one_heard_of_longest_ago_makes_room(self, held):
        ann, bob, cid = add(held, "ann", "bob", "cid")
        add(held, "ann", "dan")
        assert self.ended == ["bob"]
        assert add(held, "ann", "cid") == [ann, cid]
        assert add(held, "bob") != [bob]
        assert len(held) == 3

    def test_one_who_is_held_already_needs_no_room(self, held):
        add(held, "ann", "bob", "cid", "ann", "bob", "cid")
        assert self.ended == []

    def test_who_is_away_is_counted_and_goes_first(self, held, monkeypatch):
        ann, bob = add(held, "ann", "bob")
        with monkeypatch.context() as later:
            later.setattr(visitors, "MAX_SILENCE_S", -1.0)
            [cid] = add(held, "cid")
        assert self.ended == ["ann", "bob"]
        add(held, "dan")
        assert self.ended == ["ann", "bob"], "somebody present made room for one who is away"
        assert len(held) == 3
        assert add(held, "bob", "cid") == [bob, cid]
        assert add(held, "ann") != [ann]

    def test_of_the_forgotten_nothing_is_left(self, held, monkeypatch):
        [ann] = add(held, "ann")
        with monkeypatch.context() as later:
            later.setattr(visitors, "MAX_SILENCE_S", -1.0)
            add(held, "bob")
        assert held.forget("ann", lambda identity: len(identity)) == 3
        assert len(held) == 1
        assert add(held, "ann") != [ann]

    def test_who_comes_while_the_store_forgets_is_new_afterwards(self, held):
        """It may have read the thumbs that are being removed."""
        meanwhile = []
        held.forget("ann", lambda identity: meanwhile.extend(add(held, identity)) or 1)
        assert add(held, "ann") != meanwhile
