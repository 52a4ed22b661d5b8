"""The same application on other WSGI servers, for comparison with cheroot."""

import argparse
import contextlib
import socket
from typing import Any

from flask import Flask

from benchmarks.process import MAIN
from config import Config
from main import open_source
from store.database import open_in_memory
from web.app import create_app
from web.assemble import assemble, load_parts
from web.services import Services
from web.serving.server import THREADS

SERVERS = ("cheroot", "waitress", "gunicorn")


def command(server: str) -> list[str]:
    """Return the arguments of `python` that serve the demo on `server`."""
    if server == "cheroot":
        return [*MAIN, "demo"]
    return ["-m", "benchmarks.servers", server]


def _services() -> Services:
    config = Config(source="demo")
    return assemble(load_parts(config, open_source(config), open_in_memory()))


def _free_port() -> int:
    with contextlib.closing(socket.socket()) as link:
        link.bind(("127.0.0.1", 0))
        return int(link.getsockname()[1])


def _tell(port: int) -> None:
    print(f"Affectune is at http://127.0.0.1:{port}/", flush=True)


def serve_waitress() -> None:
    """Serve in threads of one process, as many as cheroot has."""
    from waitress.server import create_server  # type: ignore[import-untyped]

    services = _services()
    server = create_server(
        create_app(services), host="127.0.0.1", port=0, threads=THREADS, connection_limit=200
    )
    with services.live:
        _tell(server.effective_port)
        server.run()


def serve_gunicorn() -> None:
    """Serve with one worker of class gthread, as many threads as cheroot has.

    The camera is opened in the worker: its threads would not survive the fork.
    """
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

    port = _free_port()

    class Application(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            settings: dict[str, Any] = {
                "bind": f"127.0.0.1:{port}",
                "workers": 1,
                "worker_class": "gthread",
                "threads": THREADS,
                "loglevel": "error",
                "graceful_timeout": 1,
                "post_worker_init": lambda _: _tell(port),
            }
            for name, value in settings.items():
                self.cfg.set(name, value)

        def load(self) -> Flask:
            services = _services()
            services.live.start()
            return create_app(services)

    Application().run()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server", choices=SERVERS[1:])
    serve = {"waitress": serve_waitress, "gunicorn": serve_gunicorn}
    serve[parser.parse_args().server]()


if __name__ == "__main__":
    main()
