"""A playlist from Spotify: what it gives, what it refuses, and going on after either."""

import socket
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from core.errors import SongImportError
from music.importers.run import import_songs
from music.importers.spotify import open_playlist, playlist_id
from music.importers.spotify_client import SpotifyClient
from music.importers.spotify_sign_in import sign_in
from tests.music.importers import spotify_server as spotify_server_module
from tests.music.importers.conftest import KeptInMemory, read
from tests.music.importers.spotify_server import CODE, ID, PLAYLIST, SECRET, spotify_server, track

ITEMS = f"/v1/playlists/{PLAYLIST}/items"
TRACKS = f"/v1/playlists/{PLAYLIST}/tracks"
FEATURES = "/v1/audio-features"
HUGE = pytest.param(10**400, id="huge")


class Positions(dict):
    """Positions that last as long as the test."""

    def get(self, key):
        return super().get(key, 0)

    def set(self, key, value):
        self.pop(key, None)
        if value:
            self[key] = value


@pytest.fixture
def spotify():
    with spotify_server() as server:
        yield server


@pytest.fixture
def waits():
    return []


@pytest.fixture
def client(spotify, waits):
    return SpotifyClient(ID, SECRET, None, spotify.accounts, spotify.api, waits.append)


def open_it(client, positions=None):
    return open_playlist(PLAYLIST, client, Positions() if positions is None else positions)


def refusal(client):
    with pytest.raises(SongImportError) as refused:
        read(open_it(client))
    return str(refused.value)


class TestNames:
    @pytest.mark.parametrize(
        "text",
        [
            PLAYLIST,
            f"spotify:playlist:{PLAYLIST}",
            f"https://open.spotify.com/playlist/{PLAYLIST}",
            f"https://open.spotify.com/intl-de/playlist/{PLAYLIST}?si=0123#x",
        ],
    )
    def test_of_a_playlist(self, text):
        assert playlist_id(text) == PLAYLIST

    @pytest.mark.parametrize(
        "text",
        [
            "songs.csv",
            f"https://open.spotify.com/album/{PLAYLIST}",
            f"https://example.com/playlist/{PLAYLIST}",
            f"https://open.spotify.com/playlist/{PLAYLIST}/../../me",
            PLAYLIST[1:],
        ],
    )
    def test_of_anything_else(self, text):
        assert playlist_id(text) is None


class TestSongs:
    def test_all_pages_with_their_features(self, spotify, client):
        source = open_it(client)
        assert source.label == "Spotify playlist 'Mine'"
        assert (source.origin, source.total) == (f"spotify:playlist:{PLAYLIST}", 120)
        tracks, skipped, notes = read(source)
        assert (len(tracks), skipped, notes) == (120, [], [])
        song = tracks[0].song
        assert (song.name, song.artist) == ("Song 0", "Miriam Makeba, Guest 0")
        assert (song.album, song.release_year) == ("Pata Pata", 1967)
        assert (song.valence, song.energy) == (0.9, 0.7)
        assert tracks[0].features["tempo"] == 131
        assert (tracks[3].song.valence, tracks[3].features) == (None, {})
        assert spotify.offsets() == [0, 50, 100]
        assert spotify.tokens == 1

    @pytest.mark.parametrize("value", [1.5, -1, HUGE, float("nan"), float("inf"), "0.9", None])
    def test_a_feature_that_cannot_be_is_left_out(self, client, value, monkeypatch):
        monkeypatch.setattr(
            spotify_server_module, "features", lambda id: {"id": id, "valence": value, "energy": 1}
        )
        tracks, _, _ = read(open_it(client))
        assert tracks[0].features == {"energy": 1.0}

    def test_ids_that_are_no_texts(self, spotify, client):
        spotify.tracks = [track(0, id=7)]
        assert len(read(open_it(client))[0]) == 1

    def test_entries_as_they_were_named_before_2026(self, spotify, client):
        spotify.wrapper = "track"
        assert len(read(open_it(client))[0]) == 120

    def test_what_is_no_song_costs_itself(self, spotify, client):
        spotify.tracks = [
            track(0),
            None,
            track(2, type="episode"),
            track(3, name=""),
            track(4, artists=None, album=None),
            track(5, id=None, is_local=True),
            "what is this?",
        ]
        tracks, skipped, _ = read(open_it(client))
        assert [found.song.name for found in tracks] == ["Song 0", "Song 5"]
        assert skipped == [
            "song 2: Spotify has it no longer",
            "song 3: expected a song, got 'episode'",
            "song 4: the name is empty",
            "song 5: the artist is empty",
            "song 7: Spotify has it no longer",
        ]


class TestRefusals:
    def test_features_closed_to_the_app(self, spotify, client):
        """As to all registered since 2024-11-27: told, and not asked again."""
        spotify.refuse[FEATURES] = [(403, {})]
        tracks, skipped, notes = read(open_it(client))
        assert (len(tracks), skipped) == (120, [])
        assert tracks[0].song.valence is None
        assert len(notes) == 1
        assert "keeps its audio features from this app" in notes[0]
        assert spotify.paths().count(FEATURES) == 1

    def test_an_app_that_has_the_older_address(self, spotify, client):
        spotify.refuse[ITEMS] = [(404, {})]
        assert len(read(open_it(client))[0]) == 120
        assert spotify.paths().count(ITEMS) == 1

    @pytest.mark.parametrize("status", [401, 403, 404])
    def test_songs_closed_to_the_app(self, spotify, client, status):
        spotify.refuse |= {ITEMS: [(status, {})], TRACKS: [(status, {})]}
        message = refusal(client)
        assert "does not give this playlist's songs to this app" in message
        assert "Exportify" in message

    def test_no_such_playlist(self, client):
        with pytest.raises(SongImportError, match="shows this app no playlist 'x{22}'"):
            open_playlist("x" * 22, client, Positions())

    def test_wrong_secret(self, spotify):
        wrong = SpotifyClient(ID, "guess", None, spotify.accounts, spotify.api)
        message = refusal(wrong)
        assert message.startswith("Spotify refuses the app's id and secret: Invalid client secret;")
        assert "guess" not in message

    def test_a_token_that_ran_out(self, spotify, client):
        source = open_it(client)
        spotify.tokens += 1  # the one in use is no longer good
        assert len(read(source)[0]) == 120


class TestSigningIn:
    """The test is the person at Spotify's page, in a thread of its own as a browser is."""

    def sign_in(self, spotify, answer, **options):
        pages = []

        def open_page(address):
            asked = parse_qs(urlsplit(address).query)
            spotify.redirect = asked["redirect_uri"][0]
            pages.append(asked)
            threading.Thread(target=answer, args=(spotify.redirect, asked["state"][0])).start()

        grant = sign_in(ID, open_page, spotify.accounts, port=0, **options)
        assert pages[0]["client_id"] == [ID]
        assert pages[0]["response_type"] == ["code"]
        return grant

    def test_a_playlist_of_ones_own(self, spotify):
        def answer(redirect, state):
            page = requests.get(redirect, {"code": CODE, "state": state}, timeout=10)
            assert "close this page" in page.text

        grant = self.sign_in(spotify, answer)
        client = SpotifyClient(ID, SECRET, grant, spotify.accounts, spotify.api)
        source = open_it(client)
        spotify.tokens += 1  # and the hour is over
        assert len(read(source)[0]) == 120
        assert spotify.grants == ["authorization_code", "refresh_token"]

    def test_others_are_not_listened_to(self, spotify):
        def answer(redirect, state):
            for query in ({"code": "theirs"}, {"code": "theirs", "state": "guess"}):
                assert requests.get(redirect, query, timeout=10).status_code == 404
            requests.get(redirect, {"code": CODE, "state": state}, timeout=10)

        assert self.sign_in(spotify, answer)["code"] == CODE

    def test_a_person_who_refuses(self, spotify):
        def answer(redirect, state):
            requests.get(redirect, {"error": "access_denied", "state": state}, timeout=10)

        with pytest.raises(SongImportError, match="it says 'access_denied'"):
            self.sign_in(spotify, answer)

    def test_a_person_who_does_not_answer(self, spotify):
        with pytest.raises(SongImportError, match="it says 'nothing'"):
            self.sign_in(spotify, lambda redirect, state: None, timeout_s=0.05)

    def test_a_port_in_use(self, spotify):
        message = "which another program has"
        with (
            socket.create_server(("127.0.0.1", 0)) as taken,
            pytest.raises(SongImportError, match=message),
        ):
            sign_in(ID, print, spotify.accounts, taken.getsockname()[1])


class TestQuota:
    def test_a_short_pause_is_made(self, spotify, client, waits):
        spotify.refuse[ITEMS] = [(429, {"Retry-After": "7"}), (429, {}), (200, {})]
        assert len(read(open_it(client))[0]) == 120
        assert waits == [8, 2]

    def test_a_long_one_is_told(self, spotify, client, waits):
        spotify.refuse[ITEMS] = [(429, {"Retry-After": "36000"})]
        assert "it asks to wait 36001 seconds" in refusal(client)
        assert waits == []

    def test_and_so_is_one_after_another(self, spotify, client, waits):
        spotify.refuse[ITEMS] = [(429, {"Retry-After": "soon"})]
        assert "quota is used up" in refusal(client)
        assert waits == [1, 2, 4]

    def test_out_of_order(self, spotify, client, waits):
        spotify.refuse["/v1/"] = [(503, {})]
        assert refusal(client) == "Spotify is out of order: it answered 503."
        assert len(waits) == 3

    def test_off_line(self, spotify):
        gone = SpotifyClient(ID, SECRET, None, "http://127.0.0.1:9", "http://127.0.0.1:9")
        assert refusal(gone).startswith("Spotify cannot be reached; is this computer on line?")

    def test_something_else_than_spotify(self, spotify, client):
        spotify.refuse["/v1/"] = [(302, {"Location": "http://example.com/"})]
        assert "Expected JSON from Spotify, got status 302" in refusal(client)


class TestGoingOn:
    def cut_off(self, spotify, client, positions, library):
        """Import until the quota is used up in the middle."""
        spotify.refuse[ITEMS] = [(200, {}), (200, {}), (429, {"Retry-After": "3600"})]
        with pytest.raises(SongImportError, match="goes on where it stopped"):
            import_songs(open_it(client, positions), library)
        spotify.refuse.clear()
        spotify.asked.clear()
        assert len(library.kept) == 100

    def test_where_it_stopped(self, spotify, client):
        positions, library = Positions(), KeptInMemory()
        self.cut_off(spotify, client, positions, library)
        summary = import_songs(open_it(client, positions), library)
        assert spotify.offsets() == [100]
        assert (summary.new, summary.known, len(library.kept)) == (20, 0, 120)
        assert "after the first 100 songs" in summary.notes[0]
        assert positions == {}

    def test_from_the_beginning_once_the_playlist_has_changed(self, spotify, client):
        positions, library = Positions(), KeptInMemory()
        self.cut_off(spotify, client, positions, library)
        spotify.snapshot = "snapshot-2"
        summary = import_songs(open_it(client, positions), library)
        assert spotify.offsets() == [0, 50, 100]
        assert (summary.new, summary.known) == (20, 100)

    def test_the_same_again_brings_nothing(self, client):
        library = KeptInMemory()
        import_songs(open_it(client), library)
        summary = import_songs(open_it(client), library)
        assert (summary.new, summary.known) == (0, 120)
