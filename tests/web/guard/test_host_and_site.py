"""Who may ask: names, sites, tokens, and the headers that keep the picture here."""

from dataclasses import replace

import pytest

from config import Config
from tests.web.conftest import make_services
from web.app import create_app
from web.errors import RequestError
from web.guard.host_and_site import allowed_names, check_host


class TestHost:
    @pytest.mark.parametrize(
        "host", ["localhost", "localhost:5000", "127.0.0.1:5000", "[::1]:5000", "192.168.1.4"]
    )
    def test_ours_are_answered(self, client, host):
        assert client.get("/api/state", headers={"Host": host}).status_code == 200

    @pytest.mark.parametrize(
        "host",
        [
            *("evil.example", "evil.example:5000", "localhost.evil.example", "127.0.0.1.nip.io"),
            *("a@b@evil.example", "[", "", "evil.example."),
        ],
    )
    @pytest.mark.parametrize(
        "path", ["/", "/video_feed", "/api/state", "/snapshot.jpg", "/static/x"]
    )
    def test_others_are_refused(self, client, host, path):
        response = client.get(path, headers={"Host": host})
        assert response.status_code in (400, 421)
        assert b"error" in response.data

    def test_one_that_is_no_name_at_all_is_refused_the_same_way(self):
        with pytest.raises(RequestError, match="the name '\\[:::\\]'"):
            check_host("[:::]", allowed_names("localhost"))

    def test_the_name_served_on_is_ours(self):
        check_host("kiosk.home:5000", allowed_names("kiosk.home"))


class TestOtherSites:
    CROSS = (
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://evil-localhost"},
        {"Origin": "https://localhost"},
        {"Origin": "http://["},
    )

    @pytest.mark.parametrize("headers", [*CROSS, {"Sec-Fetch-Site": "same-site"}])
    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("PUT", "/api/pin", {"emotion": "sad"}),
            ("PUT", "/api/mode", {"mode": "match"}),
            ("POST", "/api/camera", {"action": "pause"}),
            ("POST", "/login", {}),
        ],
    )
    def test_they_cannot_change_anything(self, services, client, headers, method, path, body):
        response = client.open(path, method=method, json=body, headers=headers)
        assert response.status_code == 403
        assert services.live.session.state().pin is None

    def test_an_origin_of_null_is_another_site(self, client):
        response = client.put("/api/pin", json={"emotion": "sad"}, headers={"Origin": "null"})
        assert response.status_code == 403

    @pytest.mark.parametrize("path", ["/video_feed", "/snapshot.jpg", "/api/state"])
    def test_they_cannot_show_the_picture(self, client, path):
        headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
        assert client.get(path, headers={**headers, "Sec-Fetch-Dest": "image"}).status_code == 403

    def test_they_may_link_to_the_page(self, client):
        headers = {
            "Sec-Fetch-Site": "cross-site",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "document",
        }
        assert client.get("/", headers=headers).status_code == 200

    def test_they_may_not_frame_it(self, client):
        headers = {
            "Sec-Fetch-Site": "cross-site",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "iframe",
        }
        assert client.get("/", headers=headers).status_code == 403

    @pytest.mark.parametrize(
        "headers",
        [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}, {}],
    )
    def test_the_page_itself_and_scripts_may(self, client, headers):
        assert client.put("/api/pin", json={"emotion": "sad"}, headers=headers).status_code == 200


class TestHeaders:
    @pytest.mark.parametrize("path", ["/", "/api/state", "/nothing", "/static/style.css"])
    def test_they_are_on_every_answer(self, client, path):
        expected = {
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Referrer-Policy": "strict-origin-when-cross-origin",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
        }
        with client.get(path) as response:
            assert {name: response.headers[name] for name in expected} == expected
            assert "camera=(self)" in response.headers["Permissions-Policy"]

    def test_scripts_come_from_here_only(self, client):
        policy = client.get("/").headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert "form-action 'self'" in policy
        assert "unsafe" not in policy


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

    def test_the_cookie_cannot_be_read_or_sent_by_others(self, guarded):
        cookie = guarded.post("/login", data={"token": TOKEN}).headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
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
