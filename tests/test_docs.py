"""The pages of this repository: what they link to and what they name is there."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
IMAGE = re.compile(r'<img src="([^"]+)"')
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
NAMED = re.compile(r"(?:[\w.-]+/)+[\w.-]+\.(?:py|md|js|css|html|csv|json|npz|tflite|txt|toml|png)")
"""A path with a folder in it; a bare name may be a user's own file."""
MODULE = re.compile(r"python3? -m ((?:benchmarks|music|training)(?:\.\w+)*)")


def tracked() -> set[str]:
    """Return what a fresh clone holds, and what is about to be added."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    files = {name for name in listing.stdout.splitlines() if (ROOT / name).exists()}
    folders = {str(parent) for name in files for parent in Path(name).parents}
    return files | folders


TRACKED = tracked()
PAGES = sorted(name for name in TRACKED if name.endswith(".md"))
ROOMS = {name.split("/")[0] for name in TRACKED if "/" in name}


def anchors(text: str) -> set[str]:
    """Return the anchors GitHub gives to the headings of a page."""
    slugs: dict[str, int] = {}
    names = set()
    for heading in HEADING.findall(FENCE.sub("", text)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        count = slugs.get(slug, 0)
        slugs[slug] = count + 1
        names.add(f"{slug}-{count}" if count else slug)
    return names


def relative(path: Path) -> str:
    """Return a path as git names it, whatever dots were in it."""
    return path.resolve().relative_to(ROOT).as_posix()


def links(text: str) -> list[str]:
    """Return what a page links to in its own repository."""
    prose = CODE.sub("", FENCE.sub("", text))
    targets = LINK.findall(prose) + IMAGE.findall(prose)
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def broken_links(page: str) -> list[str]:
    """Return the links of a page that lead nowhere; other hosts are not asked."""
    text = (ROOT / page).read_text(encoding="utf-8")
    broken = []
    for target in links(text):
        path, _, anchor = target.partition("#")
        name = relative((ROOT / page).parent / path) if path else page
        there = name in TRACKED
        if there and anchor:
            there = anchor in anchors((ROOT / name).read_text(encoding="utf-8"))
        if not there:
            broken.append(target)
    return broken


def missing_files(page: str) -> list[str]:
    """Return the paths a page names, from the root or its folder, that are not there."""
    text = (ROOT / page).read_text(encoding="utf-8")
    beside = Path(page).parent
    return [
        name
        for name in CODE.findall(FENCE.sub("", text))
        if NAMED.fullmatch(name)
        and name.split("/")[0] in ROOMS
        and name not in TRACKED
        and (beside / name).as_posix() not in TRACKED
    ]


def missing_modules(page: str) -> list[str]:
    """Return the modules that a page says to run and that are not there."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [
        module
        for module in MODULE.findall(text)
        if TRACKED.isdisjoint(
            module.replace(".", "/") + ending for ending in (".py", "/__main__.py")
        )
    ]


@pytest.mark.parametrize("page", PAGES)
def test_its_links_lead_somewhere(page: str) -> None:
    assert broken_links(page) == []


@pytest.mark.parametrize("page", [page for page in PAGES if page != "CHANGELOG.md"])
def test_the_files_and_modules_it_names_are_there(page: str) -> None:
    assert missing_files(page) + missing_modules(page) == []


def test_no_picture_is_tracked_that_no_page_shows() -> None:
    shown = {
        relative((ROOT / page).parent / target.partition("#")[0])
        for page in PAGES
        for target in links((ROOT / page).read_text(encoding="utf-8"))
    }
    pictures = (name for name in TRACKED if name.endswith((".png", ".jpg", ".gif")))
    assert [name for name in pictures if name not in shown] == []


def test_anchors_are_those_of_github() -> None:
    text = "# A *door*, `make check`\n```\n# no heading\n```\n## Twice\n## Twice\n"
    assert anchors(text) == {"a-door-make-check", "twice", "twice-1"}
