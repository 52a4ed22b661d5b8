"""A real browser and a real server for the page's tests."""

import contextlib
import os

import pytest
from playwright.sync_api import sync_playwright

from main import create_app
from tests.browser.chromium import HOW_TO_GET_ONE, find_browser
from tests.conftest import ROOT
from web.server import serving

ARTEFACTS = ROOT / "artefacts"
"""Where screenshots are kept for people to look at; git ignores it."""


@pytest.fixture(scope="session")
def browser():
    try:
        playwright = sync_playwright().start()
    except Exception as error:  # its driver, a Node.js of its own, lacks a library
        give_up(f"{HOW_TO_GET_ONE} ({error})")
    with contextlib.ExitStack() as running:
        running.callback(playwright.stop)
        executable = find_browser(playwright.chromium.executable_path)
        if executable is None:
            give_up(HOW_TO_GET_ONE)
        browser = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-gpu"]
        )
        running.callback(browser.close)
        yield browser


def give_up(reason: str) -> None:
    """Skip the browser's tests, saying why; fail in CI, where passing unseen would be a lie."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def open_page(browser):
    """Open addresses in fresh contexts; fail on any complaint of the browser's console."""
    complaints = []
    with contextlib.ExitStack() as contexts:

        def open_it(address, width=1440, height=900, wait=True, **options):
            context = browser.new_context(viewport={"width": width, "height": height}, **options)
            contexts.callback(context.close)
            page = context.new_page()
            page.on(
                "console",
                lambda message: (
                    complaints.append(message.text)
                    if message.type == "error" and "Failed to load resource" not in message.text
                    else None
                ),
            )
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(address)
            return page

        yield open_it
    assert complaints == []


@pytest.fixture
def serve():
    """Serve services on a free port of loopback, their camera running."""
    with contextlib.ExitStack() as servers:

        def serve_them(services, port=0):
            address = servers.enter_context(serving(create_app(services), "127.0.0.1", port))
            servers.enter_context(services.live)
            return address

        yield serve_them
