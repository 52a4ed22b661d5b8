"""Uploads that crash their decoder, or ask too much of it: one refusal, and the next one works.

That jobs cannot do worse is shown in tests/sandbox; here, that each kind of upload is one.
"""

import os
import signal

import numpy as np
import pytest

from audio.clip import decode
from core.errors import PhotoError, SongImportError, SoundError
from emotion.photo.file import decode_photo
from music.importers.sources import open_upload
from sandbox.limits import MEGABYTE, Limits
from tests.audio.sounds import encode as encode_sound
from tests.audio.sounds import tone
from tests.emotion.face.pictures import encode as encode_picture
from tests.web.conftest import DECODERS
from tests.web.forms import file, form
from web import decoding
from web.decoding import Decoders

PHOTO = encode_picture(np.full((300, 400, 3), 99, np.uint8))
SOUND = encode_sound(tone(0.5))
LIST = (
    b"Track Name,Artist Name,Release Year,Danceability\r\n"
    b"Halo,Beyonc\xc3\xa9,2008,0.5\r\n,Nobody,,\r\n"
)


class TestSame:
    """A decoder elsewhere answers what it answers here."""

    def test_photo(self):
        here, there = decode_photo(PHOTO), DECODERS.photo(PHOTO)
        assert (there.width, there.height, there.scale) == (here.width, here.height, here.scale)
        np.testing.assert_array_equal(there.image, here.image)

    def test_sound(self):
        np.testing.assert_array_equal(DECODERS.sound(SOUND), decode(SOUND))

    def test_list(self):
        here, there = (
            opened(LIST, "mine.csv", None) for opened in (open_upload, DECODERS.song_list)
        )
        assert (there.label, there.origin, there.total) == (here.label, here.origin, here.total)
        assert list(there.batches) == list(here.batches)

    def test_refusals(self):
        for here, there, error in (
            (decode_photo, DECODERS.photo, PhotoError),
            (decode, DECODERS.sound, SoundError),
        ):
            with pytest.raises(error) as expected:
                here(b"nothing of the kind")
            with pytest.raises(error) as raised:
                there(b"nothing of the kind")
            assert str(raised.value) == str(expected.value)
        with pytest.raises(SongImportError, match="expected a list of songs"):
            DECODERS.song_list(b"", "song.mp3", None)


class TestHarm:
    @pytest.fixture
    def poor(self, monkeypatch):
        """Decoders that may have hardly any memory."""
        for name in ("PHOTO_LIMITS", "SOUND_LIMITS", "LIST_LIMITS"):
            monkeypatch.setattr(decoding, name, Limits(memory=MEGABYTE))
        decoders = Decoders()
        yield decoders
        decoders.close()

    def test_too_much_of_anything_is_refused_in_a_sentence(self, poor):
        with pytest.raises(PhotoError, match=r"^photo: .* damaged"):
            poor.photo(encode_picture(np.zeros((3000, 4000, 3), np.uint8)))
        with pytest.raises(SoundError, match=r"^sound: .* damaged"):
            poor.sound(encode_sound(tone(50)))
        rows = b"".join(b"Song %d,Artist,,\r\n" % number for number in range(50_000))
        with pytest.raises(SongImportError, match=r"^mine\.csv: the list .*too much to read$"):
            list(poor.song_list(LIST + rows, "mine.csv", None).batches)

    def test_deeply_nested_xspf_ends_in_a_refusal(self, client):
        """9.9 MB of it took 893 MB of the server, which answered 500 from then on."""
        nested = b"<?xml version='1.0'?><playlist version='1'>" + b"<a>" * 3_300_000
        answer = client.post("/api/import", **form({"file": file(nested, "deep.xspf")}))
        assert answer.status_code == 400
        answer = client.post("/api/import", **form({"file": file(LIST, "mine.csv")}))
        assert (answer.status_code, answer.json["new"]) == (200, 1)

    def test_the_server_lives_on_where_all_decoders_are_killed(self, client):
        assert client.post("/api/analyse", **form({"photo": file(PHOTO)})).status_code == 200
        parent = DECODERS._sandbox.call("tests.sandbox.jobs:parent", b"")
        os.kill(parent, signal.SIGKILL)
        assert client.post("/api/analyse", **form({"photo": file(PHOTO)})).status_code == 200
