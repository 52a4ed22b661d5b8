"""Asking Spotify's Web API with the id and secret of an app, and the word of who signed in."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from core.errors import SongImportError

if TYPE_CHECKING:
    import requests

ACCOUNTS: Final = "https://accounts.spotify.com"
API: Final = "https://api.spotify.com/v1"
TIMEOUT_S: Final = (5.0, 20.0)
"""Seconds to connect, and between two pieces of an answer."""
MAX_PAUSE_S: Final = 60.0
"""Seconds that are waited for when Spotify asks for it; it may ask for hours."""
TRIES: Final = 4
PAUSE_S: Final = 1.0
"""Seconds until the second try where Spotify says nothing; doubled from try to try."""


class SpotifyRefusedError(SongImportError):
    """Spotify wants a person signed in (401), forbids it to this app (403), or has none (404)."""


class SpotifyClient:
    """Asks Spotify. Not shared between threads.

    Args:
        client_id, secret: of an app registered at https://developer.spotify.com/dashboard.
        grant: of `spotify_sign_in`; without it the app asks for itself (client credentials).
        accounts, api: addresses, without a slash at the end.
        wait: sleeps some seconds.
    """

    def __init__(
        self,
        client_id: str,
        secret: str,
        grant: Mapping[str, str] | None = None,
        accounts: str = ACCOUNTS,
        api: str = API,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._credentials = (client_id, secret)
        self._grant = grant or {"grant_type": "client_credentials"}
        self._accounts = accounts
        self._api = api
        self._wait = wait
        self._token: str | None = None

    def get(self, path: str, query: Mapping[str, str]) -> Mapping[str, Any]:
        """Return a document of the API.

        Raises:
            SpotifyRefusedError: this app may not have it, or there is none.
            SongImportError: Spotify cannot be asked, refuses the credentials, or wants longer
                pauses than `MAX_PAUSE_S`.
        """
        for fresh in (False, True):
            if fresh or self._token is None:
                self._token = self._new_token()
            headers = {"Authorization": f"Bearer {self._token}"}
            answer = self._ask("GET", self._api + path, params=query, headers=headers)
            if answer.status_code != 401:  # a token lasts an hour
                break
        if answer.status_code in (401, 403, 404):
            raise SpotifyRefusedError(f"Spotify answered {answer.status_code}{_message(answer)}.")
        return _document(answer)

    def _new_token(self) -> str:
        answer = self._ask(
            "POST",
            f"{self._accounts}/api/token",
            data=self._grant,
            auth=self._credentials,
        )
        if answer.status_code in (400, 401, 403):
            raise SongImportError(
                f"Spotify refuses the app's id and secret{_message(answer)}; see SPOTIFY_CLIENT_ID "
                "and SPOTIFY_CLIENT_SECRET, and https://developer.spotify.com/dashboard"
            )
        token = _document(answer)
        if refresh := token.get("refresh_token"):  # a code is good once
            self._grant = {"grant_type": "refresh_token", "refresh_token": str(refresh)}
        return str(token.get("access_token", ""))

    def _ask(self, method: str, url: str, **options: Any) -> "requests.Response":
        """Return an answer, after the pauses that Spotify asks for."""
        import requests

        for attempt in range(TRIES):
            try:
                answer = requests.request(
                    method, url, timeout=TIMEOUT_S, allow_redirects=False, **options
                )
            except requests.RequestException as error:
                raise SongImportError(
                    "Spotify cannot be reached; is this computer on line? Run it again later, and "
                    "it goes on where it stopped."
                ) from error
            if answer.status_code != 429 and answer.status_code < 500:
                return answer
            pause = _pause(answer, PAUSE_S * 2**attempt)
            if pause > MAX_PAUSE_S:
                break
            if attempt < TRIES - 1:
                self._wait(pause)
        if answer.status_code == 429:
            raise SongImportError(
                f"Spotify's quota is used up: it asks to wait {pause:.0f} seconds. Run it again "
                "then, and it goes on where it stopped."
            )
        raise SongImportError(f"Spotify is out of order: it answered {answer.status_code}.")


def _pause(answer: "requests.Response", otherwise: float) -> float:
    """Return the seconds that `Retry-After` asks for."""
    text = answer.headers.get("Retry-After", "")
    return float(text) + 1 if text.isascii() and text.isdecimal() else otherwise


def _message(answer: "requests.Response") -> str:
    """Return what Spotify said of an error, to be put after a sentence's beginning.

    Its Web API says `{"error": {"status", "message"}}`, its accounts service as OAuth does
    (RFC 6749, 5.2) `{"error", "error_description"}`.
    """
    try:
        document = answer.json()
    except ValueError:
        return ""
    error = document.get("error") if isinstance(document, dict) else None
    message = error.get("message") if isinstance(error, dict) else document.get("error_description")
    return f": {str(message)[:200].rstrip('.')}" if message else ""


def _document(answer: "requests.Response") -> Mapping[str, Any]:
    try:
        document = answer.json() if answer.status_code == 200 else None
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise SongImportError(
            f"Expected JSON from Spotify, got status {answer.status_code}{_message(answer)}."
        )
    return document
