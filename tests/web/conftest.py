"""An application on a fake camera, and a client that asks as the page does."""

import pytest

from camera import LiveCamera
from config import Config
from core.labels import EMOTIONS
from core.vision import Box
from emotion.face.tracker import FaceTracker
from emotion.mood.session import MoodSession
from emotion.multimodal import PhotoVoicePipeline
from emotion.photo.reader import PhotoReader
from main import create_app
from music.catalogue.files import load_catalogue
from music.listen.audio_files import MusicFolders
from music.listen.deezer import Deezer
from music.listen.previews import Previews
from music.recommend.jukebox import Jukebox
from store.database import open_in_memory
from store.songs import Library
from store.visitors import Feedback
from tests.conftest import ROOT
from tests.fakes import (
    SIDECAR,
    FakeDetector,
    FakeListener,
    FakeRecogniser,
    product_fusion,
    steady_spec,
)
from utils import Grabber
from web.cameras import BrowserCamera
from web.services import Services
from web.views.me import keep_last_moods
from web.visitors import Visitor, Visitors

FACE = Box(100, 80, 60, 60)


def make_services(
    config=None, spec=None, songs=ROOT / "songs", library=None, feedback=None, faces=(FACE,)
):
    catalogue = load_catalogue(songs, EMOTIONS)
    live = LiveCamera(
        Grabber(spec or steady_spec(), retry=(0.01, 0.05)),
        FaceTracker(FakeDetector([*faces])),
        FakeRecogniser(),
        MoodSession(),
    )
    config = config or Config()
    database = open_in_memory()
    library, feedback = library or Library(database), feedback or Feedback(database)

    def browser_camera(session):
        return BrowserCamera(FakeRecogniser("sad"), FakeDetector([FACE]), session)

    def keep(visitor, session):
        keep_last_moods(feedback, visitor, session)

    visitors = Visitors(
        lambda identity: Visitor(identity, config.mode, live, browser_camera, keep),
        lambda gone: keep(gone, gone.session),
    )
    jukebox = Jukebox(catalogue, catalogue.moods, library, feedback, seed=1)
    previews = Previews(Deezer(), config.previews)
    folders = MusicFolders(config.music, library)
    analyst = PhotoVoicePipeline(
        lambda: PhotoReader(FakeRecogniser()), FakeListener, product_fusion
    )
    return Services(
        config,
        live,
        catalogue,
        jukebox,
        SIDECAR,
        visitors,
        previews,
        folders,
        analyst,
        library,
        feedback,
    )


@pytest.fixture
def services():
    """Not started: no thread runs, no camera is open."""
    return make_services()


@pytest.fixture
def client(services):
    return create_app(services).test_client()


@pytest.fixture
def live_client(services, eventually):
    """With the camera running and a mood in force."""
    with services.live:
        eventually(lambda: services.live.state().status == "live")
        yield create_app(services).test_client()
