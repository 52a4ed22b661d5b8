"""A real browser and a real server for the page's tests."""

import contextlib
import os
import re

import pytest
from playwright.sync_api import Error, sync_playwright

from core.labels import EMOTIONS
from tests.browser.chromium import HOW_TO_GET_ONE, find_browser
from tests.conftest import ROOT
from tests.fakes import steady_spec
from tests.web import conftest as web
from web.app import create_app
from web.serving.server import serving

ARTEFACTS = ROOT / "artefacts"
"""Where screenshots are kept for people to look at; git ignores it."""
FAKE_PERMISSION = "--use-fake-ui-for-media-stream"
FAKE_CAMERA = (FAKE_PERMISSION, "--use-fake-device-for-media-stream")
"""A camera and a microphone that need not be allowed: a green picture, and a beep each second."""

FPS = 15
"""Of the server's camera: a browser paints each picture of its stream, and they are all alike."""

EXPECTED = re.compile("Failed to load resource|The Cross-Origin-Opener-Policy header")
"""What the console says of every refusal, and of a header that counts over https only."""


@pytest.fixture(scope="session")
def start_browser():
    """Start browsers, each with its own command line, and keep them for whoever asks again."""
    try:
        playwright = sync_playwright().start()
    except Exception as error:  # its driver, a Node.js of its own, lacks a library
        give_up(f"{HOW_TO_GET_ONE} ({error})")
    with contextlib.ExitStack() as running:
        running.callback(playwright.stop)
        executable = find_browser(playwright.chromium.executable_path)
        if executable is None:
            give_up(HOW_TO_GET_ONE)

        browsers = {}

        def start(*arguments):
            if arguments not in browsers or not browsers[arguments].is_connected():  # crashed
                browsers[arguments] = playwright.chromium.launch(
                    executable_path=executable, args=["--no-sandbox", "--disable-gpu", *arguments]
                )
                running.callback(browsers[arguments].close)
            return browsers[arguments]

        yield start


def give_up(reason: str) -> None:
    """Skip the browser's tests, saying why; fail in CI, where passing unseen would be a lie."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def launch(start_browser):
    """Open an empty page in a fresh context of a browser started with these arguments.

    The test fails on any complaint of the browser's console.
    """
    complaints = []
    with contextlib.ExitStack() as contexts:

        def take_message(message):
            if message.type == "error" and not EXPECTED.match(message.text):
                complaints.append(message.text)

        def launch_it(*arguments, width=1280, height=800, **options):
            options["viewport"] = {"width": width, "height": height}
            browser = start_browser(*arguments)
            try:
                context = browser.new_context(**options)
            except Error:
                if browser.is_connected():
                    raise
                context = start_browser(*arguments).new_context(**options)  # it had crashed
            contexts.callback(context.close)
            page = context.new_page()
            page.on("console", take_message)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            return page

        yield launch_it
    assert complaints == []


@pytest.fixture
def open_page(launch):
    """Open an address in a fresh context."""

    def open_it(address, width=1440, height=900, **options):
        page = launch(width=width, height=height, **options)
        page.goto(address)
        return page

    return open_it


@pytest.fixture
def serve():
    """Serve services on a free port of loopback, their camera running."""
    with contextlib.ExitStack() as servers:

        def serve_them(services, port=0):
            address = servers.enter_context(serving(create_app(services), "127.0.0.1", port))
            servers.enter_context(services.live)
            return address

        yield serve_them


def make_services(*args, spec=None, **options):
    """Assemble an Affectune from `fake_parts`, with a camera that leaves the browser time."""
    return web.make_services(*args, spec=spec or steady_spec(fps=FPS), **options)


def visitor_of(page, services):
    """Return the session that belongs to a page's browser."""
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    return services.visitors.get(cookies["affectune_visitor"])


def short_catalogue(folder, each):
    """Write the beginning of each shipped list into a new folder, `each` songs an emotion."""
    folder.mkdir()
    for emotion in EMOTIONS:
        text = (ROOT / "songs" / f"{emotion}.csv").read_text(encoding="utf-8")
        lines = text.splitlines(keepends=True)[: each + 1]
        (folder / f"{emotion}.csv").write_text("".join(lines), encoding="utf-8")
    return folder
