"""How acts like the one asked about went on record, and which command scores forecasts of them.

A forecast of a past case needs a fit to what was known before it, a minute each; so here it is only
counted, and the scores are left to ``demarche backtest``.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.history.corpus import Corpus
from sim.history.events import RUNGS, EventKind, rung_of
from sim.history.precedents import precedents
from sim.history.statistics import OUTCOMES, by_responder

OPEN = ("impossible", "uncoded")
"""Ends of a precedent that tell nothing of what its responder does."""


@dataclass(frozen=True)
class Track:
    """What is on record of one kind of act.

    Parameters
    ----------
    command : str
        What prints how forecasts of this kind of act scored; empty if nothing does yet.
    cases, acted : int
        Precedents of which it is on record how they ended, and those that went as far as this act.
    own_cases, own_acted : int
        Those of the same actor.
    """

    command: str
    cases: int = 0
    acted: int = 0
    own_cases: int = 0
    own_acted: int = 0


def track(known: Corpus, process: str, sender: str, kind: str) -> Track:
    """Return what is on record of an act's kind.

    Parameters
    ----------
    known : Corpus
        Read as of the day.
    process, sender, kind : str

    Examples
    --------
    >>> from sim.history.corpus import load_corpus
    >>> found = track(load_corpus(), "respond", "TWN", "sever_relations")
    >>> found.command, 0 < found.own_acted <= found.own_cases < found.cases
    ('demarche backtest', True)
    """
    rung = rung_of(kind)
    if rung is None:
        return Track("demarche backtest --leave-out dispute" if process == "recognise" else "")
    command = ""
    if process == "respond":
        severs = kind == EventKind.SEVER_RELATIONS
        command = "demarche backtest" if severs else "demarche backtest --leave-out parent"
    counts = by_responder(known, precedents(known), process).drop(
        columns=[*OPEN, "triggers", "median_days"]
    )
    reached = counts[list(OUTCOMES[: len(RUNGS) - RUNGS.index(rung)])].sum(axis=1)
    cases = counts.sum(axis=1)
    own = counts.index.get_level_values("responder") == sender
    sums = (cases.sum(), reached.sum(), cases[own].sum(), reached[own].sum())
    return Track(command, *map(int, sums))
