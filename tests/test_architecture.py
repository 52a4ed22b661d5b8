"""The rules of who may import whom, and that serving starts light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = {"core", "inference", "audio", "sandbox", "capture", "store", "emotion", "music", "web"}
ROOT_MODULES = {
    "config": {"core"},
    "utils": {"capture", "core"},
    "camera": {"capture", "core", "emotion", "utils"},
    "main": {"camera", "config", "utils", *PACKAGES},
}
"""For each module at the root, what of ours it may import; pyproject.toml holds the packages'."""


def imported_parts(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("module", ROOT_MODULES)
def test_the_root_imports_what_it_may(module):
    ours = {*ROOT_MODULES, *PACKAGES, "training", "benchmarks", "tests"}
    beyond = imported_parts(ROOT / f"{module}.py") & ours - ROOT_MODULES[module] - {module}
    assert not beyond, f"{module}.py may not import {', '.join(beyond)}"


def test_every_file_that_serves_is_under_a_rule():
    modules = {path.stem for path in ROOT.glob("*.py")}
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert modules == set(ROOT_MODULES)
    assert packages == PACKAGES | {"training", "benchmarks"}


def test_the_packages_keep_the_layers_of_pyproject():
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command as lint; lint()",
    ]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


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
    paths = [
        *ROOT.glob("*.py"),
        *(path for part in PACKAGES for path in (ROOT / part).rglob("*.py")),
    ]
    assert len(paths) > len(ROOT_MODULES)
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert "imwrite" not in text
        assert "VideoWriter(" not in text
