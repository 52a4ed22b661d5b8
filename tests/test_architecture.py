"""The rules of who may import whom, and that serving starts light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

LAYERS = {
    "errors": set(),
    "threads": set(),
    "emotion": {"errors"},
    "music": {"errors", "threads"},
    "music/__main__": {"config", "errors", "music"},
    "demo": {"emotion"},
    "utils": {"demo", "emotion", "errors", "threads"},
    "drawing": {"emotion"},
    "config": {"errors", "music"},
    "camera": {"drawing", "emotion", "threads", "utils"},
    "web": {"camera", "config", "drawing", "emotion", "errors", "music", "utils"},
    "main": {"camera", "config", "emotion", "errors", "music", "threads", "utils", "web"},
}
"""For each part, the parts it may import; nothing that serves may import `training`."""


def files_of(part: str) -> list[Path]:
    single = ROOT / f"{part}.py"
    if single.exists():
        return [single]
    own = (path for path in (ROOT / part).rglob("*.py") if path.name != "__main__.py")
    return sorted(own)


def imported_parts(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names & {*LAYERS, "training", "benchmarks", "tests"}


@pytest.mark.parametrize("part", LAYERS)
def test_imports_run_one_way(part):
    files = files_of(part)
    assert files, f"there is no {part}"
    for path in files:
        beyond = imported_parts(path) - LAYERS[part] - {part}
        assert not beyond, f"{path.relative_to(ROOT)} may not import {', '.join(beyond)}"


@pytest.mark.parametrize("part", ["emotion", "music", "camera", "utils"])
def test_only_the_web_knows_flask(part):
    for path in files_of(part):
        assert "flask" not in path.read_text(encoding="utf-8").lower()


def test_serving_imports_nothing_heavy():
    code = (
        "import sys, main; heavy = {'av', 'tensorflow', 'keras', 'torch', 'jax', 'pandas', "
        "'sklearn', 'matplotlib', 'scipy', 'training'}; print(*sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == ""


def test_no_frame_is_written():
    """Nothing that serves writes pictures: no frame may reach the disk."""
    for part in LAYERS:
        for path in files_of(part):
            text = path.read_text(encoding="utf-8")
            assert "imwrite" not in text
            assert "VideoWriter(" not in text
