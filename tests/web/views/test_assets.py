"""The page's own files: small on the way, and asked for again only when changed."""

import gzip

from tests.conftest import ROOT


def fetch(client, **headers):
    return client.get("/static/page.js", headers=headers)


def test_they_are_compressed_for_whoever_takes_them_so(client):
    plain = fetch(client)
    packed = fetch(client, **{"Accept-Encoding": "gzip, br"})
    assert plain.data == (ROOT / "static" / "page.js").read_bytes()
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert packed.mimetype == "text/javascript"


def test_unchanged_they_are_not_sent_again(client):
    for encoding in ("gzip", "identity"):
        etag = fetch(client, **{"Accept-Encoding": encoding}).headers["ETag"]
        again = fetch(client, **{"Accept-Encoding": encoding, "If-None-Match": etag})
        assert (again.status_code, again.data) == (304, b"")


def test_nothing_else_is_served(client):
    for path in ("../main.py", "%2e%2e/main.py", "nothing.js", f"{300 * 'a'}.js"):
        with client.get(f"/static/{path}") as response:
            assert response.status_code == 404


def test_all_scripts_and_styles_of_a_page_stay_light(client):
    """The budget is 60 kB for all of them together, as they travel."""
    files = [*(ROOT / "static").glob("*.js"), *(ROOT / "static").glob("*.css")]
    sizes = [
        len(client.get(f"/static/{file.name}", headers={"Accept-Encoding": "gzip"}).data)
        for file in files
    ]
    assert sum(sizes) < 60_000
