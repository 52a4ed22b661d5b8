"""Files that a form sends: held in memory, never on disk, or refused in one sentence."""

import io
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from werkzeug.formparser import FormDataParser

from web.errors import RequestError, size_in_words

MEGABYTE = 1024 * 1024
MAX_OVERHEAD = 64 * 1024
"""Bytes of a form beside its files: boundaries, headers, text fields."""
MAX_BUFFERED = 128 * 1024
"""Bytes of a form that the parser holds: pieces of 64 kB, and what is left of the one before."""
MAX_PARTS = 16


@dataclass(frozen=True)
class Upload:
    """One file of a form."""

    name: str
    """What its sender calls it; to be shown, never to be used as a path."""
    data: bytes


@dataclass(frozen=True)
class Form:
    """What a multipart form brought."""

    files: Mapping[str, Upload]
    """By field; fields without a file are left out."""
    texts: Mapping[str, str]


def read_form(limits: Mapping[str, int], texts: Collection[str] = ()) -> Form:
    """Read the `multipart/form-data` of the request at hand.

    Werkzeug's own `request.files` would put files above 500 kB into temporary files.

    Args:
        limits: the fields that may bring a file, and the most bytes of each.
        texts: the fields that may bring a text.

    Raises:
        RequestError: 400, it is damaged, has unknown or repeated fields or an empty file; 413,
            a file is too large; 415, it is no multipart form.
        werkzeug.exceptions.RequestEntityTooLarge: all together are.
    """
    request.max_content_length = sum(limits.values()) + MAX_OVERHEAD
    expected = " and ".join(
        [*(f"'{field}' (a file)" for field in limits), *(f"'{field}' (a text)" for field in texts)]
    )
    if request.mimetype != "multipart/form-data":
        raise RequestError(
            f"Expected a form sent as multipart/form-data, with {expected}.",
            "unsupported_media_type",
            415,
        )
    parser = FormDataParser(
        stream_factory=_in_memory,
        max_content_length=request.max_content_length,
        max_form_memory_size=MAX_BUFFERED,
        max_form_parts=MAX_PARTS,
        silent=False,
    )
    try:
        _, form, files = parser.parse_from_environ(request.environ)
    except (ValueError, OSError) as error:  # OSError: the sender hung up, or fell silent
        raise RequestError(
            "The form is damaged or ended early; send it again.", "bad_upload"
        ) from error
    for kind, fields, allowed in (("file", files, limits), ("text", form, texts)):
        for field, values in fields.lists():
            if field not in allowed:
                name = str(field)[:40]  # a part may come without a name
                raise RequestError(
                    f"Unknown {kind} field '{name}'; expected {expected}.", "unknown_field"
                )
            if len(values) > 1:
                raise RequestError(f"Expected '{field}' once, got it {len(values)} times.")
    uploads = {field: file for field, file in files.items() if file.filename or file.stream.read(1)}
    return Form(
        {field: _upload(field, file, limits[field]) for field, file in uploads.items()},
        form.to_dict(),
    )


def _in_memory(*_: Any, **__: Any) -> io.BytesIO:
    return io.BytesIO()


def _upload(field: str, file: Any, limit: int) -> Upload:
    """Return a file that is neither empty nor larger than `limit` bytes."""
    data = file.stream.getvalue()
    if not data:
        raise RequestError(f"The file in '{field}' is empty.", "empty_file")
    if len(data) > limit:
        size = math.ceil(10 * len(data) / MEGABYTE) / 10  # so that it is more than the limit
        raise RequestError(
            f"The file in '{field}' has {size:.1f} MB; expected at most {size_in_words(limit)}.",
            "too_large",
            413,
        )
    return Upload(file.filename or "", data)
