"""The shipped models, a real face and a real voice."""

from dataclasses import replace

import numpy as np
import pytest

from emotion.face.recogniser import LiteRTRecogniser
from emotion.multimodal import open_photo_voice_pipeline
from tests.audio import sounds
from tests.conftest import ROOT, shared_data
from tests.web.conftest import DECODERS, make_services
from tests.web.views.test_analyse import ask
from web.app import create_app


@pytest.fixture(scope="module")
def real_client():
    """With the models that ship."""
    weights = ROOT / "weights"
    photo_voice = open_photo_voice_pipeline(
        LiteRTRecogniser(weights / "efficientnetb3.tflite"),
        None,
        weights / "speech.tflite",
        weights / "fusion.npz",
        decode_photo=DECODERS.photo,
        decode_sound=DECODERS.sound,
    )
    return create_app(replace(make_services(), photo_voice=photo_voice)).test_client()


class TestReal:
    """The shipped models, a real face and a real voice."""

    def test_a_smile_and_a_happy_voice(self, real_client, faces_dir):
        clip = "03-01-03-02-01-01-01.flac"
        voice = shared_data("RAVDESS", "ravdess", clip).read_bytes()
        photo = (faces_dir / "astronaut.png").read_bytes()
        document = ask(real_client, photo=photo, voice=voice).json
        assert (document["status"], document["emotion"]) == ("ok", "happy")
        assert document["sources"] == ["photo", "voice"]
        assert document["confidence"] > 0.8

    @pytest.mark.parametrize("sound", ["silence", "noise", "tone", "music"])
    def test_what_is_no_voice_leaves_the_word_to_the_photo(self, real_client, faces_dir, sound):
        samples = {
            "silence": np.zeros(32_000, np.float32),
            "noise": np.random.default_rng(0).normal(0, 0.1, 32_000).astype(np.float32),
            "tone": sounds.tone(),
            "music": sounds.melody(),
        }[sound]
        photo = (faces_dir / "astronaut.png").read_bytes()
        alone = ask(real_client, photo=photo).json
        document = ask(real_client, photo=photo, voice=sounds.encode(samples)).json
        assert document["voice"]["status"] == "unsure"
        assert document["voice"]["message"]
        assert document["sources"] == ["photo"]
        assert document["probabilities"] == alone["probabilities"]
