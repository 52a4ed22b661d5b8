"""The headers that keep the picture here."""

import pytest


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
