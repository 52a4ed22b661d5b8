"""The secret that logins and songs' addresses are derived from."""

import sys
import tempfile

import pytest

from web.guard.secret import load_secret


def test_it_lasts(tmp_path):
    first = load_secret(tmp_path / "data" / "secret")
    assert len(first) == 32
    assert load_secret(tmp_path / "data" / "secret") == first
    other = load_secret(tmp_path / "other" / "folder" / "secret")
    assert other != first
    assert load_secret(tmp_path / "other" / "folder" / "secret") == other


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_only_its_owner_may_read_it(tmp_path):
    folder = tmp_path / "data"
    load_secret(folder / "secret")
    assert (folder / "secret").stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0
    assert list(folder.iterdir()) == [folder / "secret"]


def test_it_is_made_where_it_will_lie(tmp_path, monkeypatch):
    """A file can be put in place in one step on its own disk only."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "another disk"))
    assert load_secret(tmp_path / "secret") == load_secret(tmp_path / "secret")


@pytest.mark.parametrize("content", [b"", b"half of it"])
def test_a_damaged_one_is_replaced(tmp_path, content):
    (tmp_path / "secret").write_bytes(content)
    made = load_secret(tmp_path / "secret")
    assert len(made) == 32
    assert load_secret(tmp_path / "secret") == made


def test_where_it_cannot_be_kept_that_is_said(tmp_path, caplog):
    (tmp_path / "data").write_text("a file where the folder should be")
    assert len(load_secret(tmp_path / "data" / "secret")) == 32
    assert "Logins end with this process" in caplog.text
    assert str(tmp_path / "data" / "secret") in caplog.text


def test_nothing_is_left_behind_where_it_cannot_be_kept(tmp_path):
    place = tmp_path / "secret"
    (place / "a folder where the file should be").mkdir(parents=True)
    assert len(load_secret(place)) == 32
    assert list(tmp_path.iterdir()) == [place]
