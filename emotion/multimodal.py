"""What a photo shows, what a voice tells, and what both say together."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from audio.clip import decode
from audio.frames import Samples
from core.status import AnalysisStatus
from emotion.face.recogniser import Recogniser
from emotion.fusion import Fused, Fusion, Opinion, fuse, load_fusion
from emotion.photo.file import Photo, decode_photo
from emotion.photo.reader import PhotoReader, PhotoResult
from emotion.voice.recogniser import SpeechEmotionRecogniser, SpeechResult

T = TypeVar("T")


class Listener(Protocol):
    """Judge voices, from any thread; see `SpeechEmotionRecogniser`."""

    def listen(self, samples: Samples) -> SpeechResult: ...


@dataclass(frozen=True, eq=False)
class Analysis:
    """What one photo, one clip, or both of the same moment say."""

    photo: PhotoResult | None
    voice: SpeechResult | None
    fused: Fused


class PhotoVoicePipeline:
    """Read photos and voices, with models that are loaded when the first one comes.

    Safe to share between threads.

    Args:
        open_photos, open_voices, open_fusion: make the parts; each is called once.
        decode_sound: what decodes a sound file; as `audio.clip.decode`.
    """

    def __init__(
        self,
        open_photos: Callable[[], PhotoReader],
        open_voices: Callable[[], Listener],
        open_fusion: Callable[[], Fusion],
        decode_sound: Callable[[bytes], Samples] = decode,
    ) -> None:
        self._decode_sound = decode_sound
        self._photos = _Lazy(open_photos)
        self._voices = _Lazy(open_voices)
        self._fusion = _Lazy(open_fusion)

    @property
    def fusion(self) -> Fusion:
        """How a face and a voice are combined.

        Raises:
            WeightsError: its file cannot be used.
        """
        return self._fusion.get()

    def look(self, photo: bytes) -> PhotoResult:
        """Tell the faces of a JPEG, PNG, WebP or HEIC file.

        Raises:
            PhotoError: it is none, damaged, or too large.
            WeightsError: the cascade cannot be used.
        """
        return self._photos.get().read(photo)

    def hear(self, sound: bytes) -> SpeechResult:
        """Judge the voice in a sound file.

        Raises:
            SoundError: it is none, damaged, too long or too large.
            WeightsError: the model cannot be used.
        """
        samples = self._decode_sound(sound)
        return self._voices.get().listen(samples)

    def analyse(self, photo: bytes | None, voice: bytes | None) -> Analysis:
        """Look at a photo, hear a voice, and say what those of them that are given tell.

        Raises:
            PhotoError, SoundError, WeightsError: as `look` and `hear`.
        """
        face = None if photo is None else self.look(photo)
        speech = None if voice is None else self.hear(voice)
        return Analysis(face, speech, fuse(self.fusion, _of_face(face), _of_voice(speech)))


def open_photo_voice_pipeline(
    recogniser: Recogniser,
    cascade: Path | None,
    speech: Path,
    fusion: Path,
    *,
    decode_photo: Callable[[bytes, int], Photo] = decode_photo,
    decode_sound: Callable[[bytes], Samples] = decode,
) -> PhotoVoicePipeline:
    """Return a pipeline that opens these files once it needs them.

    Args:
        recogniser: of faces, shared with the live picture.
        cascade: an XML file of your own; None takes OpenCV's.
        speech: the voice model, its sidecar beside it.
        fusion: what `training.fusion.evaluate` wrote, its sidecar beside it.
        decode_photo, decode_sound: what decodes files.
    """
    return PhotoVoicePipeline(
        partial(PhotoReader, recogniser, cascade, decode_photo),
        partial(SpeechEmotionRecogniser, speech),
        partial(load_fusion, fusion),
        decode_sound,
    )


def _of_face(result: PhotoResult | None) -> Opinion | None:
    if result is None or not result.faces:
        return None
    return Opinion(result.faces[0].probabilities, result.faces[0].sure)


def _of_voice(result: SpeechResult | None) -> Opinion | None:
    if result is None or result.probabilities is None:
        return None
    return Opinion(result.probabilities, result.status is AnalysisStatus.OK)


class _Lazy(Generic[T]):
    """Something that is made when it is first asked for; made again after a failure."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: T | None = None
        self._lock = threading.Lock()

    def get(self) -> T:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made
