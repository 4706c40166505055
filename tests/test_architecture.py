"""The shape of the project: the order of its rooms, its linters, and what stands in no file."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted((ROOT / "sim").rglob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))

LONGEST, LONGEST_KERNEL = 400, 1620

# Written in parts, so that this file may be searched too.
MACHINE = ["/ho" + "me/", "/ro" + "ot/", "/Us" + "ers/", "/wo" + "rk/", "/o" + "pt/", "/t" + "mp/"]
ELSEWHERE = [
    "../sha" + "red",
    "py" + "pi.org",
    "python" + "hosted",
    "ana" + "conda.org",
    "index" + "-url",
]


def told(*command: str) -> None:
    """Run a linter; fail with what it says."""
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def imports(path: Path, package: str) -> bool:
    text = path.read_text("utf-8")
    return re.search(rf"^\s*(import|from) {package}\b", text, flags=re.MULTILINE) is not None


def test_ruff() -> None:
    told("-m", "ruff", "check", "--quiet", ".")


@pytest.mark.slow
def test_mypy() -> None:
    told("-m", "mypy", "--no-error-summary")


def test_import_contracts() -> None:
    told("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()")


def test_only_the_kernel_compiles() -> None:
    assert [p.name for p in MODULES if imports(p, "numba")] == ["kernel.py"]


def test_only_the_watched_world_is_a_mesa_model() -> None:
    assert [p.name for p in MODULES if imports(p, "mesa")] == ["agents.py", "model.py"]


def test_the_mesa_contract_names_every_other_module_of_its_room() -> None:
    (contract,) = (
        c
        for c in PROJECT["tool"]["importlinter"]["contracts"]
        if c.get("forbidden_modules") == ["mesa"]
    )
    room = {f"sim.world.{p.stem}" for p in (ROOT / "sim" / "world").glob("*.py")}
    allowed = {"sim.world.__init__", "sim.world.agents", "sim.world.model"}
    named = {m for m in contract["source_modules"] if m.startswith("sim.world.")}
    assert named == room - allowed


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_are_short(path: Path) -> None:
    most = LONGEST_KERNEL if path.name == "kernel.py" else LONGEST
    assert len(path.read_text("utf-8").splitlines()) <= most


def test_no_file_is_called_utils() -> None:
    assert not [p for p in MODULES if p.stem in ("utils", "helpers", "misc", "common")]


@pytest.fixture(scope="module")
def kept() -> list[Path]:
    """Every file that is, or would be, committed."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        done = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a clone")
    found = [ROOT / name for name in done.stdout.split("\0") if name]
    return [path for path in found if path.is_file()]


def test_no_machine_and_no_registry_is_named(kept: list[Path]) -> None:
    """Tables are let off: their sources are addresses in the open web."""
    for path in kept:
        if path.suffix in (".png", ".npz", ".parquet", ".csv"):
            continue
        text = path.read_text("utf-8", errors="replace")
        for word in ELSEWHERE:
            assert word not in text, f"{path.relative_to(ROOT)} names {word}"
        for word in MACHINE:  # as the start of a path, not inside an address
            where = re.search(rf"(?<![\w.:/-]){re.escape(word)}\w", text)
            assert where is None, f"{path.relative_to(ROOT)} names a path: {word}"


def test_no_file_is_huge(kept: list[Path]) -> None:
    for path in kept:
        assert path.stat().st_size < 5_000_000, path.name
