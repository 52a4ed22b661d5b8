"""What happens where there is no browser to look with."""

import pytest

from tests.browser import chromium, conftest


def test_it_says_how_to_get_one_and_passes_for_nothing_in_ci(monkeypatch):
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt-get install chromium"):
        conftest.give_up(chromium.HOW_TO_GET_ONE)


def test_elsewhere_it_is_a_skip_that_says_why(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install chromium"):
        conftest.give_up(chromium.HOW_TO_GET_ONE)


def test_nothing_is_found_where_nothing_is(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chromium, "MAC", tmp_path / "none")
    assert chromium.find_browser(str(tmp_path / "none")) is None
