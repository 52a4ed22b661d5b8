"""The page's own files: styles and scripts, compressed once for whoever takes them so."""

import functools
import gzip
from pathlib import Path

from flask import Blueprint, Response, abort, request
from werkzeug.security import safe_join

from config import ROOT

STATIC = ROOT / "static"
# Not left to `mimetypes`: Windows lets any program change what it says of .js.
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

blueprint = Blueprint("assets", __name__)


@blueprint.get("/static/<path:filename>")
def static(filename: str) -> Response:
    """Answer a file of static/; 304 where the browser has it already."""
    name = safe_join(str(STATIC), filename)
    if name is None or Path(name).suffix not in TYPES or not _is_file(name):
        abort(404)
    compressed = bool(request.accept_encodings["gzip"])
    content = _content(name, Path(name).stat().st_mtime_ns, compressed)
    response = Response(content, mimetype=TYPES[Path(name).suffix])
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = "no-cache"
    if compressed:
        response.content_encoding = "gzip"
    response.add_etag()
    return response.make_conditional(request)  # type: ignore[return-value]


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except OSError:  # a name longer than any file's
        return False


@functools.lru_cache(maxsize=64)
def _content(name: str, mtime_ns: int, compressed: bool) -> bytes:
    """Return a file as it goes out; `mtime_ns` makes an edited one be read anew."""
    content = Path(name).read_bytes()
    return gzip.compress(content, mtime=0) if compressed else content
