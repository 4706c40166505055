"""The tutorials run from the first cell to the last, and say what they claim to say."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_runs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    few = [re.subn(r"^WORLDS = .*$", "WORLDS = 500", c.source, flags=re.M) for c in notebook.cells]
    simulates = any(c.cell_type == "code" and "sim.run(" in c.source for c in notebook.cells)
    assert sum(count for _, count in few) == simulates, "one cell says how many worlds, if any run"
    for cell, (source, _) in zip(notebook.cells, few, strict=True):
        cell.source = source
    resources = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources).execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            assert output.get("name") != "stderr", output.get("text")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_is_kept_without_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert all(not cell.get("outputs") for cell in notebook.cells)
    assert all(cell.get("execution_count") is None for cell in notebook.cells)


def test_there_is_a_first_scenario() -> None:
    assert "01_first_scenario" in [path.stem for path in NOTEBOOKS]
