"""What the result folder of a comparison holds: the differences, a figure of each, and what made them."""

from __future__ import annotations

from collections.abc import Sequence

from sim.report.comparison import Told, comparison_summary, difference_rows
from sim.report.comparison_figure import comparison_png
from sim.report.words import clean
from sim.world.paired import COLUMNS
from sim.world.results import MARKER, ResultFolder
from sim.world.scenario import resolved_toml


def write_comparison(folder: ResultFolder, told: Sequence[Told]) -> None:
    """Fill an open result folder.

    ``differences.csv``, ``differences.png`` (``differences-2.png`` and so on for further what-ifs),
    ``scenario.toml`` (the base, every default spelled out) and ``provenance.json``, which holds what
    ``--format json`` tells beside the differences, and the what-ifs as TOML.

    Raises
    ------
    ResultError
        If the disk refuses.
    """
    write_differences(folder, told)
    base = told[0].pair.base
    ran = base.assembly.scenario.model_copy(update={"seed": base.seed})
    folder.write_text("scenario.toml", resolved_toml(ran))
    summary = comparison_summary(told)
    made = summary.pop("provenance")
    summary.pop("differences")
    texts = {clean(one.other): resolved_toml(one.pair.other.assembly.scenario) for one in told}
    folder.write_json(MARKER, {**_facts(made), "told": summary, "scenarios": texts})


def write_differences(folder: ResultFolder, told: Sequence[Told]) -> None:
    """Write the table of differences and a figure of each comparison."""
    rows = (row.values() for one in told for row in difference_rows(one))
    folder.write_csv("differences.csv", ("other", *COLUMNS), rows)
    for number, one in enumerate(told, start=1):
        name = "differences.png" if number == 1 else f"differences-{number}.png"
        folder.write_bytes(name, comparison_png(one))


def _facts(made: object) -> dict[str, object]:
    return dict(made) if isinstance(made, dict) else {}
