"""For everybody: no serious finding of axe-core on any page, in any of its states."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.test_main import started
from tests.web.conftest import make_services


@pytest.fixture(scope="module")
def address():
    with started("--source", "demo") as (_, address):
        yield address


def serious(page):
    """Return what axe-core finds serious or critical, in a line each."""
    findings = Axe().run(page).response["violations"]
    return [
        f"{finding['id']}: {node['html'][:120]}"
        for finding in findings
        if finding["impact"] in ("serious", "critical")
        for node in finding["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["", "kiosk", "how-good"])
def test_each_page(open_page, address, path, scheme):
    page = open_page(address + path, color_scheme=scheme, bypass_csp=True)
    page.wait_for_function(
        "() => document.title !== 'Starting' && document.readyState === 'complete'"
    )
    if not path:
        expect(page.locator("#playlist li")).to_have_count(10, timeout=30_000)
    assert serious(page) == []


@pytest.mark.parametrize("button", ["How this works", "Your music", "Photo or voice"])
def test_each_dialog(open_page, address, button):
    page = open_page(address, bypass_csp=True)
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert serious(page) == []


def test_on_a_phone(open_page, serve):
    page = open_page(serve(make_services()), 390, 844, bypass_csp=True)
    expect(page.locator("#playlist li")).to_have_count(10)
    assert serious(page) == []
