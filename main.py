"""Affectune: see your emotion live on the picture, and a playlist that follows your mood."""

import os

# A BLAS shares out a product of some size, and on busy cores waits 60 ms for its part of a
# millisecond's work. Nothing that serves has a larger one; NumPy reads this when it is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import contextlib
import logging
import signal
import sys
import webbrowser

from capture.spec import SourceSpec, find_webcam, parse_source
from config import Config, load_config
from core.errors import AffectuneError
from core.threads import termination
from sandbox.limits import forbid_core_dumps
from store.database import open_database
from utils import Grabber
from web.app import create_app
from web.assemble import assemble, load_parts
from web.serving.server import serving
from web.serving.tls import local_certificate

__all__ = ["main", "open_source", "run"]

log = logging.getLogger("affectune")


def open_source(config: Config) -> Grabber:
    """Return a grabber for what `--source` names, opened and checked.

    Raises:
        SourceError: it cannot be opened, or delivers no frame.
    """
    size, fps, mirror = (config.width, config.height), config.fps, config.mirror
    if config.source != "auto":
        spec = parse_source(config.source, size, fps, mirror)
        return Grabber(spec, spec.open() if spec.has_camera else None)
    webcam = find_webcam(SourceSpec("webcam", "0", *size, fps, mirror))
    if webcam is None:
        log.warning("No webcam found. The page offers its own; --source demo draws a face.")
        return Grabber(SourceSpec("none"))
    return Grabber(*webcam)


def run(config: Config) -> None:
    """Serve until Ctrl-C or SIGTERM, then release everything."""
    certificate = local_certificate(config.data_dir / "tls", config.host) if config.tls else None
    with contextlib.ExitStack() as running:
        grabber = open_source(config)
        running.callback(grabber.stop)
        database = running.enter_context(open_database(config.store))
        services = assemble(load_parts(config, grabber, database))
        running.callback(services.visitors.close)
        ended = running.enter_context(termination(signal.SIGINT, signal.SIGTERM))
        app = create_app(services)
        if services.scanner:
            running.enter_context(services.scanner)
        with (
            serving(app, config.host, config.port, certificate) as address,
            services.live,
            contextlib.closing(services.decoders),  # first, for the server waits for its answers
        ):
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
    forbid_core_dumps()
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
