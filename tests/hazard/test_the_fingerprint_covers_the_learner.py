"""A posterior is used only while the code that learned it stands: the fingerprint must miss none of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import grimp

import sim
from sim.hazard.shelf import SOURCES, learner_version

TELLS_ONLY = {"disk", "errors", "hazard/shelf", "history/checks", "history/oddities"}
"""What the learner imports to write files, to complain and to find posteriors: none of it changes a number."""


def test_everything_that_the_learner_imports_is_in_the_fingerprint() -> None:
    found = grimp.build_graph("sim").find_upstream_modules("sim.hazard.learn")
    names = {name.removeprefix("sim.").replace(".", "/") for name in found} | {"hazard/learn"}
    assert names - TELLS_ONLY == set(SOURCES)


def test_what_an_older_install_left_behind_is_not_read(tmp_path: Path) -> None:
    """Numba's files outlive a package that pip takes away, and their folder bears its name."""
    (tmp_path / "sim" / "__pycache__").mkdir(parents=True)
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        f"sys.path.append({str(Path(sim.__file__).parents[1])!r})\n"
        "from sim.hazard.shelf import learner_version; print(learner_version())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert ran.stdout.strip() == learner_version()
