"""Where a song can be heard: plain search links, which need no account and no key."""

from urllib.parse import quote


def search_links(name: str, artist: str) -> dict[str, str]:
    """Return a search address a service, for a song by its name and artist.

    Args:
        name, artist: as in the catalogue.

    Returns:
        `spotify`, `youtube` and `deezer`, each an https address.
    """
    query = quote(f"{artist} {name}", safe="")
    return {
        "spotify": f"https://open.spotify.com/search/{query}",
        "youtube": f"https://www.youtube.com/results?search_query={query}",
        "deezer": f"https://www.deezer.com/search/{query}",
    }
