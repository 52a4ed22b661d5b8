"""Where a browser to drive is found on this machine."""

import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
HOW_TO_GET_ONE = (
    "no Chromium that starts: 'sudo apt-get install chromium libatomic1' on Debian and Ubuntu, or "
    "'.venv/bin/playwright install chromium' anywhere"
)


def find_browser(bundled: str) -> str | None:
    """Return a Chromium or Chrome to drive: the system's, or the one Playwright installed."""
    executable = next(filter(None, map(shutil.which, NAMES)), None)
    if executable is None and MAC.exists():
        return str(MAC)
    return executable or (bundled if Path(bundled).exists() else None)
