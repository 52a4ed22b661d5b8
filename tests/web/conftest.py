"""An application on a fake camera, and a client that asks as the page does."""

import atexit

import pytest

from config import Config
from core.vision import Box
from emotion.multimodal import PhotoVoicePipeline
from emotion.photo.reader import PhotoReader
from store.database import open_in_memory
from tests.fakes import (
    SIDECAR,
    FakeDetector,
    FakeListener,
    FakeRecogniser,
    product_fusion,
    steady_spec,
)
from utils import Grabber
from web.app import create_app
from web.assemble import Parts, assemble
from web.decoding import Decoders

DECODERS = Decoders()
"""One for all applications of the tests: its process takes most of a second to start."""
atexit.register(DECODERS.close)

FACE = Box(100, 80, 60, 60)


def fake_parts(config=None, spec=None, database=None, faces=(FACE,), recogniser=None):
    """Return parts as for `assemble`: the server's camera sees happy faces, a browser's sad ones.

    Args:
        spec: of the source; None for a camera that never ends.
        faces: what the server's camera sees.
        recogniser: of the server's camera.
    """
    recogniser = recogniser or FakeRecogniser()
    cameras = iter([(FakeDetector([*faces]), recogniser)])

    def open_face_models():
        return next(cameras, None) or (FakeDetector([FACE]), FakeRecogniser("sad"))

    return Parts(
        config=config or Config(),
        grabber=Grabber(spec or steady_spec(), retry=(0.01, 0.05)),
        database=database or open_in_memory(),
        sidecar=SIDECAR,
        open_face_models=open_face_models,
        photo_voice=PhotoVoicePipeline(
            lambda: PhotoReader(FakeRecogniser(), decode=DECODERS.photo),
            FakeListener,
            product_fusion,
            DECODERS.sound,
        ),
        decoders=DECODERS,
        seed=1,
    )


def make_services(*args, **options):
    """Assemble an Affectune as `main` does, from `fake_parts`."""
    return assemble(fake_parts(*args, **options))


@pytest.fixture
def recogniser():
    """Of the server's camera in `services`."""
    return FakeRecogniser()


@pytest.fixture
def services(recogniser):
    """Not started: no thread runs, no camera is open."""
    return make_services(recogniser=recogniser)


@pytest.fixture
def client(services):
    return create_app(services).test_client()


@pytest.fixture
def live_client(services, eventually):
    """With the camera running and a mood in force."""
    with services.live:
        eventually(lambda: services.live.state().status == "live")
        yield create_app(services).test_client()
