"""The web application: what answers, and in which order requests are looked at."""

from flask import Flask

from config import ROOT
from web import errors, visitor_cookie
from web.guard import headers, host_and_site, token
from web.services import Services
from web.views import (
    analyse,
    assets,
    audio,
    frames,
    library,
    listen,
    metrics,
    model_report,
    pages,
    personal_data,
    playlist_export,
    state,
    stream,
)

MAX_BODY_BYTES = 64 * 1024
"""Bytes of a request; views that take files allow more for themselves."""
VIEWS = (
    analyse,
    assets,
    audio,
    frames,
    library,
    listen,
    metrics,
    model_report,
    pages,
    personal_data,
    playlist_export,
    state,
    stream,
)


def create_app(services: Services) -> Flask:
    """Return the web application; it opens no device and starts no thread."""
    app = Flask(__name__, root_path=str(ROOT), static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["affectune"] = services
    errors.register(app)
    host_and_site.register(app, services.config.host)
    token.register(app, services.config.token)
    headers.register(app)
    visitor_cookie.register(app)
    for view in VIEWS:
        app.register_blueprint(view.blueprint)
    return app
