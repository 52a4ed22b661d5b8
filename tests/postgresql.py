"""A PostgreSQL server of the tests' own, from the system's binaries, gone when they end."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

BINARIES = Path("/usr/lib/postgresql")
"""Where Debian and Ubuntu keep them; elsewhere they are looked for on the PATH."""


def find(name: str) -> str | None:
    """Return the newest version's binary."""
    versions = sorted(BINARIES.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    return str(versions[-1]) if versions else shutil.which(name)


def unavailable(why: str) -> None:
    """Skip, saying why; fail in CI, where passing unseen would be a lie."""
    if os.environ.get("CI"):
        pytest.fail(f"needs a PostgreSQL server: {why}")
    pytest.skip(f"needs a PostgreSQL server: {why}")


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Yield the URL of a server that only this computer's socket reaches."""
    initdb, pg_ctl = find("initdb"), find("pg_ctl")
    if not initdb or not pg_ctl:
        unavailable("no initdb and pg_ctl here; apt-get install postgresql")
    # Not pytest's folder: a socket's path has to be short, and `postgres` could not enter it.
    folder = Path(tempfile.mkdtemp(prefix="affectune-"))
    try:
        user = None
        if hasattr(os, "geteuid") and os.geteuid() == 0:  # as root it refuses to run
            user = "postgres"
            try:
                shutil.chown(folder, user)
            except LookupError:
                unavailable("root may not run one, and there is no user postgres")

        def run(*command: str) -> None:
            with (folder / "output").open("a") as output:
                subprocess.run(
                    command, user=user, cwd=folder, check=True, stdout=output, stderr=output
                )

        data = str(folder / "data")
        run(initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-k {folder} -c listen_addresses= -c fsync=off"
        run(pg_ctl, "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
        finally:
            run(pg_ctl, "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)
