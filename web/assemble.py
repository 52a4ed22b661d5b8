"""How the parts of an Affectune are put together: by `main`, by the tests and by benchmarks."""

import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from camera import LiveCamera
from config import ROOT, Config
from core.admission import AdmissionControl
from core.errors import WeightsError
from core.labels import EMOTIONS
from core.status import LiveStatus
from emotion.face.detector import FaceDetector, HaarDetector
from emotion.face.recogniser import LiteRTRecogniser, Recogniser
from emotion.face.sidecar import FaceSidecar
from emotion.face.tracker import FaceTracker
from emotion.mood.session import MoodSession
from emotion.multimodal import PhotoVoicePipeline, open_photo_voice_pipeline
from music.catalogue.files import load_catalogue
from music.importers.classifier import LazySongMoodClassifier
from music.importers.run import SongMoodClassifier
from music.importers.scanner import Scanner
from music.listen.audio_files import MusicFolders
from music.listen.deezer import Deezer
from music.listen.previews import Previews
from music.recommend.jukebox import Jukebox
from music.recommend.listener import Listener
from store.database import Database
from store.songs import Library
from store.visitors import VisitorRecords
from utils import Grabber
from web.admission import Admissions
from web.cameras import BrowserCamera, NoCamera
from web.decoding import Decoders
from web.guard.secret import load_secret
from web.mood_log import MoodLog
from web.services import Services
from web.visitors import Visitor, Visitors


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What lies at the edges: `load_parts` opens the real ones, tests make fakes."""

    config: Config
    grabber: Grabber
    """Of the source; not started."""
    database: Database
    """Where songs, thumbs and moods are kept; left open."""
    sidecar: FaceSidecar
    """Of the face model."""
    open_face_models: Callable[[], tuple[FaceDetector, Recogniser]]
    """Gives each camera a detector of its own, and a recogniser that they may share."""
    photo_voice: PhotoVoicePipeline
    decoders: Decoders
    """Of uploads; left open."""
    song_mood_classifier: SongMoodClassifier | None = None
    scanner: Scanner | None = None
    """What reads the folder of `--music`; None where none was named."""
    secret: bytes = field(default_factory=secrets.token_bytes, repr=False)
    """What logins and the addresses of songs are derived from."""
    seed: int | None = None
    """Makes lists repeatable; None takes a new one each start."""


def load_parts(config: Config, grabber: Grabber, database: Database) -> Parts:
    """Load the models that ship or were named, and what is kept of this installation.

    Raises:
        WeightsError: the model or the face cascade cannot be used.
    """
    recogniser = LiteRTRecogniser(config.weights)
    decoders = Decoders()
    cascade = find_cascade(ROOT / "haarcascade")
    weights = ROOT / "weights"
    return Parts(
        config=config,
        grabber=grabber,
        database=database,
        sidecar=recogniser.sidecar,
        open_face_models=lambda: (HaarDetector(cascade), recogniser),
        photo_voice=open_photo_voice_pipeline(
            recogniser,
            cascade,
            weights / "speech.tflite",
            weights / "fusion.npz",
            decode_photo=decoders.photo,
            decode_sound=decoders.sound,
        ),
        decoders=decoders,
        song_mood_classifier=LazySongMoodClassifier(weights / "song_mood.npz"),
        scanner=_scanner(config),
        secret=load_secret(config.data_dir / "secret") if config.token else secrets.token_bytes(),
    )


def assemble(parts: Parts) -> Services:
    """Wire the parts to each other; nothing is started.

    Raises:
        WeightsError: the face cascade cannot be used.
        CatalogueError: there are no songs at all.
    """
    config, database = parts.config, parts.database
    detector, recogniser = parts.open_face_models()
    live = LiveCamera(
        grabber=parts.grabber,
        tracker=FaceTracker(detector),
        recogniser=recogniser,
        session=MoodSession(),
        stream_fps=config.stream_fps,
    )
    library = Library(database)
    records = VisitorRecords(database)
    mood_log = MoodLog(records)
    catalogue = load_catalogue(config.songs, EMOTIONS)
    admissions = Admissions()

    return Services(
        config=config,
        live=live,
        catalogue=catalogue,
        jukebox=Jukebox(catalogue, catalogue.moods, library, records, seed=parts.seed),
        model=parts.sidecar,
        visitors=_visitors(parts, live, mood_log, admissions.pictures),
        previews=Previews(Deezer(), config.previews),
        music_folders=MusicFolders(config.music, library),
        photo_voice=parts.photo_voice,
        decoders=parts.decoders,
        library=library,
        records=records,
        mood_log=mood_log,
        admissions=admissions,
        song_mood_classifier=parts.song_mood_classifier,
        scanner=parts.scanner,
        secret=parts.secret,
    )


def _visitors(
    parts: Parts, live: LiveCamera, mood_log: MoodLog, pictures: AdmissionControl
) -> Visitors:
    """Return where browsers become visitors: with the server's camera, or none until theirs."""
    has_camera = parts.grabber.spec.has_camera

    def make_visitor(listener: Listener) -> Visitor:
        session = MoodSession()
        session.interrupt(LiveStatus.NO_CAMERA, time.monotonic())

        def open_browser_camera() -> BrowserCamera:
            detector, recogniser = parts.open_face_models()
            return BrowserCamera(recogniser, detector, session, pictures)

        return Visitor(
            listener=listener,
            mode=parts.config.mode,
            camera=live if has_camera else NoCamera(session, parts.grabber.status),
            open_camera=open_browser_camera,
            keep=mood_log.record_last,
        )

    return Visitors(make_visitor, lambda visitor: mood_log.record_last(visitor, visitor.session))


def find_cascade(directory: Path) -> Path | None:
    """Return the cascade a user has put into `directory`; None where there is none.

    Raises:
        WeightsError: there are several.
    """
    cascades = sorted(directory.glob("*.xml"))
    if len(cascades) > 1:
        names = ", ".join(path.name for path in cascades)
        raise WeightsError(f"face cascade: expected one XML file in haarcascade/, found {names}")
    return cascades[0] if cascades else None


def _scanner(config: Config) -> Scanner | None:
    """Return what reads the folder of `--music`, not started; None where none was named."""
    if config.music is None:
        return None
    store = {"AFFECTUNE_DATA_DIR": str(config.data_dir)}
    if config.database_url:
        store["AFFECTUNE_DATABASE_URL"] = config.database_url
    return Scanner(config.music, {**os.environ, **store})
