"""Who may ask: names of this server, and its own site."""

import socket

import pytest

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
        with pytest.raises(RequestError, match="the name '\\[:::\\]'") as refusal:
            check_host("[:::]", allowed_names("localhost"))
        assert (refusal.value.status, refusal.value.code) == (421, "wrong_host")

    def test_the_name_served_on_is_ours(self):
        check_host("kiosk.home:5000", allowed_names("kiosk.home"))
        check_host("kiosk.home.", allowed_names("Kiosk.Home"))

    @pytest.mark.parametrize("host", ["raspberry", "Raspberry:5000", "raspberry.local"])
    def test_the_names_of_the_machine_are_ours(self, monkeypatch, host):
        monkeypatch.setattr(socket, "gethostname", lambda: "Raspberry")
        check_host(host, allowed_names("0.0.0.0"))


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
        assert response.json["error"]["code"] == "cross_site"
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
        [
            {"Sec-Fetch-Site": "same-origin"},
            {"Sec-Fetch-Site": "none"},
            {"Origin": "http://localhost"},
            {},
        ],
    )
    def test_the_page_itself_and_scripts_may(self, client, headers):
        assert client.put("/api/pin", json={"emotion": "sad"}, headers=headers).status_code == 200
