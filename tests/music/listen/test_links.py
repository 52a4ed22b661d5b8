"""Links to where a song can be looked for."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from music.listen.links import search_links

SERVICES = {
    "spotify": "open.spotify.com",
    "youtube": "www.youtube.com",
    "youtube_music": "music.youtube.com",
    "deezer": "www.deezer.com",
    "apple_music": "music.apple.com",
}


def words_of(link):
    """Return what a link looks for, as the service reads it."""
    parts = urlsplit(link)
    (words,) = [value[0] for value in parse_qs(parts.query).values()] or [
        unquote(parts.path.removeprefix("/search/"))
    ]
    return words


def test_each_service_has_one():
    links = search_links("Pata Pata", "Miriam Makeba")
    assert {service: urlsplit(link).hostname for service, link in links.items()} == SERVICES
    assert {urlsplit(link).scheme for link in links.values()} == {"https"}


@pytest.mark.parametrize(
    ("name", "artist", "words"),
    [
        ("Pata Pata", "Miriam Makeba", "Miriam Makeba Pata Pata"),
        (
            "What's Up? / 100% & more #1 + {}",
            "Beyoncé",
            "Beyoncé What's Up? / 100% & more #1 + {}",
        ),
        ('"><script>', "../..", '../.. "><script>'),
        ("line\nbreak\ttab", "A", "A line break tab"),
        ("砂の器 😀", "菅野よう子", "菅野よう子 砂の器 😀"),
        ("n" * 1000, "a", "a " + "n" * 198),
        ("not \udcff UTF-8", "a", "a not ? UTF-8"),
    ],
)
def test_any_title_survives(name, artist, words):
    for link in search_links(name, artist).values():
        assert words_of(link) == words
        assert link.isascii()
        assert link.isprintable()
        assert not set(link) & set("\"<>' ")
