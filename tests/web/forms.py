"""Forms with files as a browser sends them, encoded in memory."""

import io

from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart


def file(data: bytes, name: str = "file") -> FileStorage:
    return FileStorage(io.BytesIO(data), name)


def form(fields) -> dict:
    """Return what a test client's `post` takes; its own way to encode is a temporary file."""
    boundary, body = encode_multipart(fields)
    return {"data": body, "content_type": f"multipart/form-data; boundary={boundary}"}
