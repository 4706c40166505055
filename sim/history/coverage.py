"""Where silence means something: windows in which the record of a kind of act is complete."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from sim.history.actors import Actors
from sim.history.checks import CONFIDENCE, Checks
from sim.history.disputes import split
from sim.history.events import EventKind
from sim.history.tables import header

COLUMNS = header("dispute,process,kind,sender,first,last,rule,source,confidence")
OPTIONAL = ("pairs",)
PAIRS = ("all", "coded")
"""Of whom silence means "did not act": all at risk, or only those of whom an act or a non-event is coded."""

PROCESSES = ("recognise", "respond", "retaliate", "solidarity")


def holds_for(cell: str, *senders: str) -> bool:
    """Tell whether a row whose senders are told in a cell speaks of all of some actors.

    Without any it is asked about anyone: that takes an empty cell.

    Examples
    --------
    >>> holds_for("", "SRB"), holds_for("UKR+GEO", "GEO"), holds_for("UKR+GEO", "GEO", "SRB")
    (True, True, False)
    >>> holds_for(""), holds_for("UKR+GEO")
    (True, False)
    """
    named = split(cell)
    return not named or (bool(senders) and set(senders) <= set(named))


def parse_coverage(
    table: pd.DataFrame, actors: Actors, disputes: Collection[str], checks: Checks
) -> pd.DataFrame:
    """Check the rows of coverage.csv; ``first`` and ``last`` become days (NaT: open)."""
    checks.one_of(table, "dispute", tuple(disputes))
    checks.one_of(table, "process", PROCESSES)
    checks.one_of(table, "kind", tuple(EventKind))
    checks.codes(table, "sender", actors, empty=True, joined=True)
    checks.one_of(table, "confidence", CONFIDENCE, empty=True)
    checks.one_of(table, "pairs", PAIRS, empty=True)
    first, last = checks.days(table, "first"), checks.days(table, "last", empty=True)
    checks.in_order(table, ("first", "last"), first, last)
    checks.cells(table, "rule", bool, "the rule that says why the record is complete")
    pairs = table["pairs"].where(table["pairs"] != "", PAIRS[0])
    return table.assign(first=first, last=last, pairs=pairs)
