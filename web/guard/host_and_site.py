"""The Host header and other web sites: who asks only because a page made a browser do so.

The camera is what is protected. A page anywhere on the web can make a visitor's browser send
requests here, so binding to loopback alone protects nothing:

- DNS rebinding points the attacker's own name at 127.0.0.1, and the browser then takes the
  camera for a part of the attacker's site. So a request must name this server in `Host`.
- Cross-site requests are sent with the visitor's cookies. So only this site's own pages may
  ask for anything but the page itself (Fetch Metadata, W3C), and the rest is told by `Origin`.
"""

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import Flask, request

from web.errors import RequestError


def register(app: Flask, host: str) -> None:
    """Check Host and site of every request to `app`, which is bound to `host`."""
    names = allowed_names(host)

    @app.before_request
    def check() -> None:
        check_host(request.host, names)
        check_site()


def allowed_names(host: str) -> frozenset[str]:
    """Return the names, beside any IP address, under which this server may be asked.

    Args:
        host: what the server is bound to.
    """
    machine = socket.gethostname().lower()
    return frozenset({"localhost", host.lower(), machine, f"{machine}.local"})


def check_host(host: str, names: Iterable[str]) -> None:
    """Refuse a Host header that is not ours; an IP address cannot be rebound and may pass.

    Raises:
        RequestError: 421, naming the host.
    """
    name = host
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        ipaddress.ip_address(name)
    except ValueError:
        if name not in names:
            raise RequestError(
                f"This is Affectune; it does not answer to the name '{name[:80]}'.",
                "wrong_host",
                421,
            ) from None


def check_site() -> None:
    """Refuse what another web site made the browser send, but for a link to a page.

    Raises:
        RequestError: 403.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is None:  # an old browser or no browser; a cross-site script still has an origin
        origin = request.headers.get("Origin")
        if origin in (None, f"{request.scheme}://{request.host}"):
            return
    elif site in ("same-origin", "none") or is_page_visit():
        return
    raise RequestError("Affectune answers to its own page only.", "cross_site", 403)


def is_page_visit() -> bool:
    """Return whether a person goes to a page, by a link or by its address."""
    return (
        request.method == "GET"
        and request.headers.get("Sec-Fetch-Mode") == "navigate"
        and request.headers.get("Sec-Fetch-Dest") == "document"
    )
