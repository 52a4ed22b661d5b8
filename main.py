"""Affectune: see your emotion live on the picture, and a playlist that follows your mood."""

import os
import secrets

# A BLAS shares out a product of some size, and on busy cores waits 60 ms for its part of a
# millisecond's work. Nothing that serves has a larger one; NumPy reads this when it is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import contextlib
import logging
import signal
import sys
import webbrowser
from pathlib import Path

from flask import Flask

from camera import LiveCamera
from capture.spec import SourceSpec, find_webcam, parse_source
from config import ROOT, Config, load_config
from core.errors import AffectuneError, WeightsError
from core.labels import EMOTIONS
from core.threads import termination
from emotion.face.recogniser import LiteRTRecogniser
from emotion.face.tracker import FaceTracker, HaarDetector
from emotion.mood.session import MoodSession
from emotion.multimodal import open_photo_voice_pipeline
from music.catalogue.files import load_catalogue
from music.importers.judge import LazyJudge
from music.importers.scanner import Scanner
from music.listen.audio_files import MusicFolders
from music.listen.deezer import Deezer
from music.listen.previews import Previews
from music.recommend.jukebox import Jukebox
from store.database import Database, open_database
from store.songs import Library
from store.visitors import Feedback
from utils import Grabber
from web import errors, visitors
from web.cameras import BrowserCamera
from web.guard import host_and_site as security
from web.guard.secret import kept_secret
from web.services import Services
from web.serving.server import serving
from web.serving.tls import local_certificate
from web.views import analyse, assets, audio, frames, library, listen, me, metrics, pages, stream
from web.views import model_report as quality
from web.views import playlist_export as take_along
from web.views import state as api
from web.visitors import Visitor, Visitors

log = logging.getLogger("affectune")


def create_app(services: Services) -> Flask:
    """Return the web application; it opens no device and starts no thread."""
    app = Flask(__name__, root_path=str(ROOT), static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["affectune"] = services
    errors.register(app)
    security.register(app, services.config)
    visitors.register(app)
    for module in (
        pages,
        assets,
        stream,
        api,
        audio,
        take_along,
        analyse,
        frames,
        library,
        listen,
        me,
        quality,
        metrics,
    ):
        app.register_blueprint(module.blueprint)
    return app


def create_services(config: Config, grabber: Grabber, database: Database) -> Services:
    """Load the models and the songs, and wire them to a grabber that is not started.

    Args:
        config: as chosen at start.
        grabber: of the source.
        database: where songs, thumbs and moods are kept; left open.

    Raises:
        WeightsError: the model or the face cascade cannot be used.
        CatalogueError: there are no songs at all.
    """
    recogniser = LiteRTRecogniser(config.weights)
    cascade = own_cascade(ROOT / "haarcascade")
    tracker = FaceTracker(HaarDetector(cascade))
    catalogue = load_catalogue(config.songs, EMOTIONS)
    live = LiveCamera(grabber, tracker, recogniser, MoodSession(), config.stream_fps)

    def browser_camera(session: MoodSession) -> BrowserCamera:
        return BrowserCamera(recogniser, HaarDetector(cascade), session)

    def visitor(identity: str) -> Visitor:
        return Visitor(identity, config.mode, live, browser_camera, keep)

    def keep(visitor: Visitor, session: MoodSession) -> None:
        me.keep_last_moods(feedback, visitor, session)

    library = Library(database)
    feedback = Feedback(database)
    weights = ROOT / "weights"
    return Services(
        config,
        live,
        catalogue,
        Jukebox(catalogue, catalogue.moods, library, feedback),
        recogniser.sidecar,
        Visitors(visitor, lambda gone: keep(gone, gone.session)),
        Previews(Deezer(), config.previews),
        MusicFolders(config.music, library),
        open_photo_voice_pipeline(
            recogniser, cascade, weights / "speech.tflite", weights / "fusion.npz"
        ),
        library,
        feedback,
        LazyJudge(weights / "song_mood.npz"),
        _scanner(config),
        kept_secret(config.data_dir / "secret") if config.token else secrets.token_bytes(),
    )


def _scanner(config: Config) -> Scanner | None:
    """Return what reads the folder of `--music`, not started; None where none was named."""
    if config.music is None:
        return None
    store = {"AFFECTUNE_DATA_DIR": str(config.data_dir)}
    if config.database_url:
        store["AFFECTUNE_DATABASE_URL"] = config.database_url
    return Scanner(config.music, {**os.environ, **store})


def own_cascade(directory: Path) -> Path | None:
    """Return the cascade a user has put into `directory`; None where there is none.

    Raises:
        WeightsError: there are several.
    """
    found = sorted(directory.glob("*.xml"))
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise WeightsError(f"face cascade: expected one XML file in haarcascade/, found {names}")
    return found[0] if found else None


def open_source(config: Config) -> Grabber:
    """Return a grabber for what `--source` names, opened and checked.

    Raises:
        SourceError: it cannot be opened, or delivers no frame.
    """
    size, fps, mirror = (config.width, config.height), config.fps, config.mirror
    if config.source != "auto":
        spec = parse_source(config.source, size, fps, mirror)
        return Grabber(spec, spec.open() if spec.has_camera else None)
    found = find_webcam(SourceSpec("webcam", "0", *size, fps, mirror))
    if found is None:
        log.warning("No webcam found. The page offers its own; --source demo draws a face.")
        return Grabber(SourceSpec("none"))
    return Grabber(*found)


def run(config: Config) -> None:
    """Serve until Ctrl-C or SIGTERM, then release everything."""
    certificate = local_certificate(config.data_dir / "tls", config.host) if config.tls else None
    with contextlib.ExitStack() as running:
        grabber = open_source(config)
        running.callback(grabber.stop)
        database = running.enter_context(open_database(config.store))
        services = create_services(config, grabber, database)
        running.callback(services.visitors.close)
        ended = running.enter_context(termination(signal.SIGINT, signal.SIGTERM))
        app = create_app(services)
        if services.scanner:
            running.enter_context(services.scanner)
        with serving(app, config.host, config.port, certificate) as address, services.live:
            print(f"Affectune is at {address} (Ctrl-C ends it)", flush=True)
            if config.open and _has_desktop():
                webbrowser.open(address)
            while not ended.wait(1.0):  # Windows delivers signals between waits only
                pass


def _has_desktop() -> bool:
    """Return whether a browser can open here; elsewhere `webbrowser` would take the terminal."""
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def main() -> int:
    """Run Affectune and return the exit code: 0, or that of the error that stopped it."""
    # Opening a stream can take OpenCV seconds, and Python's own handler would wait for it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        config = load_config(sys.argv[1:], os.environ)
        logging.basicConfig(
            level=config.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
        )
        run(config)
    except AffectuneError as error:
        print(f"affectune: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
