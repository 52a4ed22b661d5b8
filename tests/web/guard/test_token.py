"""The access token: at the login, in a cookie, as a bearer, and how fast it can be guessed."""

from dataclasses import replace

import pytest

from config import Config
from tests.fakes import FakeClock
from tests.web.conftest import make_services
from web.app import create_app
from web.guard.rate_limit import RateLimiter
from web.guard.token import song_key

TOKEN = "correct horse battery"


@pytest.fixture
def guarded():
    """A client of a server on all addresses, with a token."""
    config = Config(host="0.0.0.0", token=TOKEN)
    return create_app(make_services(config)).test_client()


class TestToken:
    @pytest.mark.parametrize("path", ["/video_feed", "/snapshot.jpg", "/api/state", "/metrics"])
    def test_without_it_nothing_is_told(self, guarded, path):
        response = guarded.get(path)
        assert response.status_code == 401
        assert response.json["error"]["code"] == "unauthorised"
        assert "log in at /login" in response.json["error"]["message"]

    def test_a_person_is_led_to_the_login_and_back(self, guarded):
        response = guarded.get("/", headers={"Accept": "text/html"})
        assert response.status_code == 302
        assert response.headers["Location"] == "/login?next=/"
        page = guarded.get(response.headers["Location"])
        assert page.status_code == 200
        assert 'name="token"' in page.text
        entered = guarded.post("/login", data={"token": TOKEN, "next": "/"})
        assert entered.headers["Location"] == "/"
        assert guarded.get("/api/state").status_code == 200

    def test_it_leads_back_to_the_page_that_was_asked_for(self, guarded):
        login = guarded.get("/kiosk", headers={"Accept": "text/html"}).headers["Location"]
        assert login == "/login?next=/kiosk"
        assert 'value="/kiosk"' in guarded.get(login).text
        entered = guarded.post("/login", data={"token": TOKEN, "next": "/kiosk"})
        assert entered.headers["Location"] == "/kiosk"

    def test_the_cookie_cannot_be_read_or_sent_by_others(self, guarded):
        cookie = guarded.post("/login", data={"token": TOKEN}).headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert f"Max-Age={30 * 24 * 3600};" in cookie
        assert TOKEN not in cookie

    @pytest.mark.parametrize("token", ["", "wrong", TOKEN + " ", "ünïcode"])
    def test_a_wrong_one_is_refused(self, guarded, token):
        response = guarded.post("/login", data={"token": token})
        assert response.status_code == 401
        assert "That is not the token." in response.text
        assert "Set-Cookie" not in response.headers
        assert guarded.get("/api/state").status_code == 401

    def test_a_made_up_cookie_is_refused(self, guarded):
        guarded.set_cookie("affectune", TOKEN)
        assert guarded.get("/api/state").status_code == 401

    def test_who_guesses_a_token_cannot_make_its_cookie(self):
        """Else cookies would be guesses that nobody counts."""
        cookies = set()
        for secret in (b"one", b"one", b"another"):
            services = replace(make_services(Config(token=TOKEN)), secret=secret)
            client = create_app(services).test_client()
            client.post("/login", data={"token": TOKEN})
            cookies.add(client.get_cookie("affectune").value)
        assert len(cookies) == 2

    def test_the_cookie_of_a_former_token_is_no_good(self):
        clients = [
            create_app(replace(make_services(Config(token=token)), secret=b"of both")).test_client()
            for token in ("the former one", TOKEN)
        ]
        clients[0].post("/login", data={"token": "the former one"})
        clients[1].set_cookie("affectune", clients[0].get_cookie("affectune").value)
        assert clients[0].get("/api/state").status_code == 200
        assert clients[1].get("/api/state").status_code == 401

    def test_scripts_send_it_as_a_bearer(self, guarded):
        good = guarded.get("/api/state", headers={"Authorization": f"Bearer {TOKEN}"})
        for wrong in ("Bearer wrong", TOKEN, f"Basic {TOKEN}"):
            bad = guarded.get("/api/state", headers={"Authorization": wrong})
            assert bad.status_code == 401
            assert bad.headers["WWW-Authenticate"] == "Bearer"
        assert good.status_code == 200

    def test_guessing_is_slowed_down(self, guarded):
        answers = [guarded.post("/login", data={"token": "wrong"}) for _ in range(8)]
        assert [a.status_code for a in answers[:5]] == [401] * 5
        assert answers[-1].status_code == 429
        right = guarded.post("/login", data={"token": TOKEN})
        assert right.status_code == 429, "a guess was compared that was not to be counted"
        elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
        login = guarded.post("/login", data={"token": TOKEN}, environ_base=elsewhere)
        assert login.status_code == 302
        assert guarded.get("/api/state").status_code == 200, "the cookie is no guess"

    def test_guessing_by_header_is_slowed_down(self, guarded):
        def ask(token):
            return guarded.get("/api/state", headers={"Authorization": f"Bearer {token}"})

        answers = [ask("wrong").status_code for _ in range(8)]
        assert answers[:5] == [401] * 5
        assert answers[-1] == ask(TOKEN).status_code == 429

    def test_one_more_guess_after_a_second_and_no_right_one_before(self):
        clock = FakeClock()
        services = replace(make_services(Config(token=TOKEN)), token_attempts=RateLimiter(clock))
        client = create_app(services).test_client()

        def enter(token):
            return client.post("/login", data={"token": token}).status_code

        assert [enter("wrong") for _ in range(6)] == [401] * 5 + [429]
        assert enter(TOKEN) == 429
        clock.now += 1
        assert enter(TOKEN) == 302

    def test_another_application_counts_guesses_of_its_own(self, guarded):
        for _ in range(8):
            guarded.post("/login", data={"token": "wrong"})
        other = create_app(make_services(Config(token=TOKEN))).test_client()
        assert other.post("/login", data={"token": "wrong"}).status_code == 401

    def test_over_https_the_cookie_stays_there(self, guarded):
        login = guarded.post("/login", data={"token": TOKEN}, base_url="https://localhost")
        assert "Secure" in login.headers["Set-Cookie"]

    def test_the_same_server_can_be_used_without_https_again(self, guarded):
        """A browser lets http replace no cookie of https, so they have names of their own."""
        for base in ("https://localhost", "http://localhost"):
            guarded.post("/login", data={"token": TOKEN}, base_url=base)
            assert guarded.get("/api/state", base_url=base).status_code == 200
        secure = guarded.get_cookie("__Host-affectune")
        assert (secure.secure, secure.path, secure.origin_only) == (True, "/", True)
        assert not guarded.get_cookie("affectune").secure

    @pytest.mark.parametrize(
        "target",
        [
            *("https://evil.example/", "//evil.example", "/\\evil.example", "", "javascript:1"),
            *("/\t/evil.example", "/\n/evil.example", "/\r\nX: y", "/\x00", "/ü"),
        ],
    )
    def test_the_login_leads_nowhere_else(self, guarded, target):
        response = guarded.post("/login", data={"token": TOKEN, "next": target})
        assert response.headers["Location"] == "/"

    def test_health_can_be_asked_without_it(self, guarded):
        assert guarded.get("/healthz").status_code == 200


class TestSongKey:
    """What opens a song's file without a login; that song has none here, which is answered 404."""

    def application(self, token):
        return create_app(replace(make_services(Config(token=token)), secret=b"of all"))

    def key(self, token, song_id):
        with self.application(token).app_context():
            return song_key(token, song_id)

    @pytest.fixture
    def client(self):
        return self.application(TOKEN).test_client()

    def test_it_opens_that_song_and_no_other(self, client):
        key = self.key(TOKEN, "one")
        assert client.get(f"/audio/one?key={key}").status_code == 404
        assert client.get(f"/audio/two?key={key}").status_code == 401
        assert client.get(f"/audio/two?key={self.key(TOKEN, 'two')}").status_code == 404

    @pytest.mark.parametrize("path", ["/audio/one", "/audio/one?key=", "/audio/one?key=0"])
    def test_without_it_nothing_is_opened(self, client, path):
        assert client.get(path).status_code == 401

    @pytest.mark.parametrize("path", ["/api/preview/one", "/api/state", "/metrics"])
    def test_it_opens_nothing_but_songs(self, client, path):
        assert client.get(f"{path}?key={self.key(TOKEN, 'one')}").status_code == 401

    def test_that_of_a_former_token_is_no_good(self, client):
        former = self.key("the former one", "one")
        assert client.get(f"/audio/one?key={former}").status_code == 401

    def test_it_is_no_login(self, client):
        client.set_cookie("affectune", self.key(TOKEN, "one"))
        assert client.get("/api/state").status_code == 401
