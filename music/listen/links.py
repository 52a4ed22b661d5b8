"""Where a song can be heard: plain search links, which need no account and no key."""

from urllib.parse import quote

ADDRESSES = {
    "spotify": "https://open.spotify.com/search/{}",
    "youtube": "https://www.youtube.com/results?search_query={}",
    "youtube_music": "https://music.youtube.com/search?q={}",
    "deezer": "https://www.deezer.com/search/{}",
    "apple_music": "https://music.apple.com/search?term={}",
}
"""A search page a service; `{}` takes what to look for."""
MAX_QUERY_LENGTH = 200
"""Characters looked for: more finds nothing, and some services refuse long addresses."""


def search_links(name: str, artist: str) -> dict[str, str]:
    """Return a search address a service, for a song by its name and artist.

    Args:
        name, artist: as in the catalogue.

    Returns:
        An https address for each service of `ADDRESSES`.
    """
    words = " ".join(f"{artist} {name}".split())[:MAX_QUERY_LENGTH]
    # A file's name that is no UTF-8 leaves lone surrogates, which no address can carry.
    query = quote(words, safe="", errors="replace")
    return {service: address.format(query) for service, address in ADDRESSES.items()}
