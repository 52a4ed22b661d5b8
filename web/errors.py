"""One shape for every error: `{"error": {"code", "message"}}`, or a page for a person."""

import logging

from flask import Flask, Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException, RequestedRangeNotSatisfiable

from core.errors import AffectuneError, BusyError, StoreError

log = logging.getLogger(__name__)


class RequestError(AffectuneError):
    """A request that cannot be answered as asked.

    Args:
        message: what was expected, and what came.
        code: machine-readable name.
        status: HTTP status, 4xx, 502 or 503.
    """

    def __init__(self, message: str, code: str = "bad_request", status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


def register(app: Flask) -> None:
    """Answer every error of `app` in one shape."""
    app.register_error_handler(AffectuneError, handle_error)
    app.register_error_handler(HTTPException, handle_http_error)
    app.register_error_handler(Exception, handle_unexpected_error)


def handle_error(error: AffectuneError) -> Response:
    """Answer an error raised on purpose: 400 unless it says otherwise."""
    status = error.status if isinstance(error, RequestError) else 400
    if isinstance(error, BusyError):
        status = 503
    if isinstance(error, StoreError):  # nobody's request is to blame
        log.error("%s", error)
        status = 503
    response = make_response(*_answer(status, error.code, str(error)))
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if status == 503:
        response.headers["Retry-After"] = "2"
    return response


def handle_http_error(error: HTTPException) -> Response | HTTPException:
    """Answer what Flask or Werkzeug refuses, in a sentence of ours."""
    if error.code is None or error.code < 400:
        return error
    code = error.name.lower().replace(" ", "_")
    message = {
        404: f"There is nothing at {request.path}.",
        405: f"{request.path} does not take {request.method}; "
        f"expected {', '.join(sorted(getattr(error, 'valid_methods', None) or []))}.",
        413: f"The request is larger than {size_in_words(request.max_content_length)}.",
        415: "Expected a JSON body, sent as application/json.",
    }.get(error.code, error.description or error.name)
    answer, status = _answer(error.code, code, message)
    response = make_response(answer, status)
    if methods := getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(methods))
    if isinstance(error, RequestedRangeNotSatisfiable):
        response.headers["Content-Range"] = f"bytes */{error.length}"
    return response


def size_in_words(size: int | None) -> str:
    """Return a number of bytes as a person reads it, rounded down: `64 kB`, `20 MB`."""
    if size is None:
        return "allowed"
    kilo = size // 1024
    return f"{kilo // 1024} MB" if kilo >= 1024 else f"{kilo} kB"


def handle_unexpected_error(error: Exception) -> tuple[Response | str, int]:
    """Log a bug, and answer no more than that there is one."""
    log.exception("%s %s failed", request.method, request.path, exc_info=error)
    return _answer(500, "internal_error", "Something went wrong in Affectune; the log says what.")


def _answer(status: int, code: str, message: str) -> tuple[Response | str, int]:
    best = request.accept_mimetypes.best_match(["application/json", "text/html"])
    if best == "text/html" and not request.path.startswith("/api/"):
        return render_template("error.html", code=status, message=message), status
    return jsonify(error={"code": code, "message": message}), status
