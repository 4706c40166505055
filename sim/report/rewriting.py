"""History written anew, told: what was changed, what would have come of it, on history's own luck."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from sim.report.comparison import Told, cascade_row, difference_parts, difference_rows
from sim.report.comparison_folder import write_differences
from sim.report.folder import provenance
from sim.report.text import provenance_line
from sim.report.words import clean, day
from sim.world.counterfactual import Counterfactual
from sim.world.results import MARKER, ResultFolder

HAPPENED, WRITTEN = "history", "what if"


def told_of(found: Counterfactual) -> Told:
    """Return the comparison with what happened."""
    return Told(HAPPENED, WRITTEN, found.pair)


def rewriting_page(
    found: Counterfactual, removed: Sequence[str], added: Sequence[str], top: int
) -> RenderableType:
    """Build the page for a rich console.

    Parameters
    ----------
    found : Counterfactual
    removed, added : sequence of str
        The edit, as the user wrote it.
    top : int
        How many acts to list.
    """
    pair = found.pair
    first, last = pair.window
    lines = [Text(clean(pair.base.assembly.scenario.title), style="bold")]
    lines += [Text(f"Without: {clean(text)}", style="dim") for text in removed]
    lines += [Text(f"With: {clean(text)}", style="dim") for text in added]
    lines.append(Text(f"Played from {day(first)} to {day(last)}; before, all is as it was."))
    replayed = (
        f"Played again without an edit, {found.worlds_equal_history:,} of {pair.worlds:,} worlds "
        f"are the real history to the moment. Acts that no rule brings and that stand as they "
        f"happened: {found.kept:,}; that change nothing in the worlds, left out: {found.idle:,}."
    )
    parts = [*lines, Text(), *difference_parts(told_of(found), top), Text()]
    foot = [Text(replayed, style="dim"), Text(provenance_line(pair.other), style="dim")]
    return Group(*parts, *foot)


def rewriting_summary(
    dispute: str, found: Counterfactual, removed: Sequence[str], added: Sequence[str]
) -> dict[str, object]:
    """Return the object that ``counterfactual --format json`` prints."""
    first, last = found.pair.window
    return {
        "history": clean(dispute),
        "removed": [clean(text) for text in removed],
        "added": [clean(text) for text in added],
        "from": first.isoformat(),
        "to": last.isoformat(),
        "worlds": found.pair.worlds,
        "seed": found.pair.base.seed,
        "worlds_equal_history": found.worlds_equal_history,
        "acts_kept": found.kept,
        "acts_left_out": found.idle,
        "differing_events": found.pair.differing_events,
        "cascade": cascade_row(found.pair),
        "differences": difference_rows(told_of(found)),
        "provenance": provenance(found.pair.other).as_dict(),
    }


def write_rewriting(
    folder: ResultFolder,
    dispute: str,
    found: Counterfactual,
    removed: Sequence[str],
    added: Sequence[str],
) -> None:
    """Fill an open result folder: ``differences.csv``, ``differences.png`` and ``provenance.json``.

    Raises
    ------
    ResultError
        If the disk refuses.
    """
    write_differences(folder, [told_of(found)])
    told = rewriting_summary(dispute, found, removed, added)
    told.pop("differences")
    made = told.pop("provenance")
    folder.write_json(MARKER, {**(made if isinstance(made, dict) else {}), "told": told})
