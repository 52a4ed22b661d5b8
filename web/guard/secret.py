"""The secret of an installation: what logins and the addresses of songs are derived from."""

import contextlib
import logging
import os
import secrets
import tempfile
from pathlib import Path

BYTES = 32

log = logging.getLogger(__name__)


def kept_secret(path: Path) -> bytes:
    """Return the secret in a file, made at the first start; only its owner may read it.

    Where it cannot be kept it lasts as long as the process, and so do logins.

    Returns:
        32 random bytes.
    """
    try:
        found = path.read_bytes() if path.is_file() else b""
        return found if len(found) == BYTES else _make(path)
    except OSError as error:
        log.warning("Logins end with this process: '%s' cannot be kept: %s", path, error.strerror)
        return secrets.token_bytes(BYTES)


def _make(path: Path) -> bytes:
    made = secrets.token_bytes(BYTES)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)  # readable by its owner alone
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(made)
        Path(name).replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    return made
