"""The secret of an installation: what logins and the addresses of songs are derived from."""

import contextlib
import logging
import os
import secrets
import tempfile
from pathlib import Path

SECRET_BYTES = 32

log = logging.getLogger(__name__)


def load_secret(path: Path) -> bytes:
    """Return the secret in a file, made at the first start; only its owner may read it.

    Where it cannot be kept it lasts as long as the process, and so do logins.

    Returns:
        32 random bytes.
    """
    try:
        secret = path.read_bytes() if path.is_file() else b""
        return secret if len(secret) == SECRET_BYTES else _make(path)
    except OSError as error:
        log.warning("Logins end with this process: '%s' cannot be kept: %s", path, error.strerror)
        return secrets.token_bytes(SECRET_BYTES)


def _make(path: Path) -> bytes:
    secret = secrets.token_bytes(SECRET_BYTES)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)  # readable by its owner alone
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secret)
        Path(name).replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    return secret
