"""Leaving out: a fit that nothing of a dispute, or of a parent's answers, has reached.

What is left out is taken from the record and from the events before the fit, so that what happened
there cannot reach the forecast of it, not even through the state in which others acted. Unlike the
rolling backtest, the fit knows later years: the question is not what could be known on the day, but
whether what other disputes (other parents) teach carries over to one that the fit has never seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from sim.errors import InputError
from sim.hazard.posterior import Posterior
from sim.hazard.record import record_ends
from sim.hazard.riskset import Layout
from sim.hazard.shelf import posterior_for
from sim.history.corpus import Corpus
from sim.history.disputes import split
from sim.history.events import place_events, place_nonevents, rung_of

WITHIN = 365
Mask = npt.NDArray[np.bool_]


def without_dispute(corpus: Corpus, dispute: str) -> Corpus:
    """Return the corpus without the acts and the record of a dispute; that it was open stays known."""
    acts, missing = (
        (rows["dispute"] == dispute).to_numpy(bool) for rows in (corpus.events, corpus.nonevents)
    )
    kept = corpus.coverage["dispute"] != dispute
    return _without(replace(corpus, coverage=corpus.coverage[kept]), acts, missing)


def without_answers(corpus: Corpus, parent: str) -> Corpus:
    """Return the corpus without a parent's answers to recognitions, and without the record of them."""
    fronts = [f for f in Layout.of(corpus).fronts if f.responder == parent]
    mine = [f.dispute for f in fronts]
    acts, missing = (
        (rows["sender"] == parent).to_numpy(bool)
        & rows["dispute"].isin(mine).to_numpy(bool)
        & np.array([rung_of(kind) is not None for kind in rows["kind"]], bool)
        for rows in (corpus.events, corpus.nonevents)
    )
    return _without(_unrecorded(corpus, parent, mine), acts, missing)


def _unrecorded(corpus: Corpus, parent: str, disputes: list[str]) -> Corpus:
    """Drop a parent from the record of answers; what it says of others in the same dispute stands."""
    others = {
        key: [f.responder for f in Layout.of(corpus, {key}).fronts if f.responder != parent]
        for key in disputes
    }
    table = corpus.coverage.copy()
    answers = (table["process"] == "respond") & table["dispute"].isin(disputes)
    table["sender"] = [
        "+".join(s for s in split(sender) or others[key] if s != parent) if own else sender
        for own, key, sender in zip(answers, table["dispute"], table["sender"], strict=True)
    ]
    return replace(corpus, coverage=table[~answers | (table["sender"] != "")])


def _without(corpus: Corpus, acts: Mask, missing: Mask) -> Corpus:
    events = place_events(corpus.events[~acts])
    nonevents = place_nonevents(corpus.nonevents[~missing], events)
    coverage = corpus.coverage.reset_index(drop=True)
    return replace(corpus, events=events, nonevents=nonevents, coverage=coverage)


def only_of(kept: Corpus, process: str) -> Corpus:
    """Return the corpus with the record of one process: that of others only takes long to replay."""
    table = kept.coverage[kept.coverage["process"] == process].reset_index(drop=True)
    return replace(kept, coverage=table)


def learn_without(kept: Corpus, process: str, left_out: str) -> Posterior:
    """Learn one process on all that is kept; an InputError if that records nothing of it."""
    kept = only_of(kept, process)
    if kept.coverage.empty:
        found = f"{left_out}, without which nothing is on record"
        raise InputError("demarche backtest", "--leave-out", found, "tables that record another")
    return posterior_for(kept, kept.end, processes=(process,))


def recorded_days(
    corpus: Corpus, process: str, dispute: str, day: date, whole: Callable[[date], bool]
) -> int:
    """Return for how many days after a day, at most `WITHIN`, the record stays complete.

    Parameters
    ----------
    whole : callable
        Whether it is complete on a day; asked only where some window of the record ends.
    """
    mine = (corpus.coverage["process"] == process) & (corpus.coverage["dispute"] == dispute)
    ends = {end.date() for end in record_ends(corpus)[mine]}
    last = day + timedelta(days=WITHIN)
    changes = {end + timedelta(days=1) for end in ends if day <= end < last}
    for at in sorted({day + timedelta(days=1)} | changes):
        if not whole(at):
            return (at - day).days - 1
    return WITHIN
