"""What the corpus holds, counted: by dispute, by confidence, by who answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.history.corpus import Corpus
from sim.history.events import (
    IMPLIES_RECOGNITION,
    IMPOSSIBLE,
    RUNGS,
    UNKNOWN,
    EventKind,
    rung_of,
)
from sim.history.precedents import Precedent
from sim.history.tables import header

OUTCOMES = header("severed,downgraded,recalled,condemned,none,impossible,uncoded")
"""How an affair may end, by the highest rung reached or by what is coded in its place."""


def totals(corpus: Corpus, found: Sequence[Precedent]) -> pd.DataFrame:
    """Count the rows of events and non-events, with the shares that are verified and known to the day.

    Returns
    -------
    DataFrame
        By group (events, responses, recognitions, non-events): rows, verified and day, both shares, and
        days, the number of rows known to the day. A response is an act of a precedent, a
        recognition any act that implies it toward a contested actor; joint acts count once.
    """
    events = corpus.events.drop_duplicates("event_id")
    answers = {r.event_id for p in found for r in p.reactions}
    recognitions = corpus.events[_recognises(corpus)]
    groups = {
        "events": events,
        "responses": events[events["event_id"].isin(answers)],
        "recognitions": recognitions.drop_duplicates("event_id"),
        "non-events": corpus.nonevents.drop_duplicates("nonevent_id"),
    }
    return pd.DataFrame({name: _shares(rows) for name, rows in groups.items()}).T


def by_kind(corpus: Corpus) -> pd.DataFrame:
    """Count events by the kind of act, in the columns of `totals`; joint acts count once."""
    events = corpus.events.drop_duplicates("event_id")
    kinds = [kind for kind in EventKind if (events["kind"] == kind).any()]
    return pd.DataFrame({str(k): _shares(events[events["kind"] == k]) for k in kinds}).T


def _shares(rows: pd.DataFrame) -> dict[str, float]:
    to_the_day = rows["first"] == rows["last"]
    return {
        "rows": len(rows),
        "verified": (rows["confidence"] == "verified").mean(),
        "day": to_the_day.mean(),
        "days": to_the_day.sum(),
    }


def _recognises(corpus: Corpus) -> npt.NDArray[np.bool_]:
    """Return which atomic events imply the recognition of a contested actor in their dispute."""
    columns = (corpus.events[c] for c in ("kind", "receiver", "dispute"))
    return np.array(
        [
            kind in IMPLIES_RECOGNITION
            and key in corpus.disputes
            and receiver in corpus.disputes[key].contested
            for kind, receiver, key in zip(*columns, strict=True)
        ],
        dtype=np.bool_,
    )


def by_dispute(corpus: Corpus, found: Sequence[Precedent]) -> pd.DataFrame:
    """Count by dispute: events, recognitions, severances, non-events, precedents and how they ended.

    Answered are those with an act on the ladder; coded_none are, of the others, those of which a source
    tells that something was not done.
    """
    # Parts of a joint act may belong to different disputes: it counts once in each.
    events = corpus.events.assign(recognises=_recognises(corpus))
    events = events.sort_values("recognises", ascending=False, kind="stable")
    events = events.drop_duplicates(["event_id", "dispute"])
    missing = corpus.nonevents.drop_duplicates(["nonevent_id", "dispute"])
    reasons = reasons_of(corpus)
    rows = {}
    for key, dispute in corpus.disputes.items():
        mine = events[events["dispute"] == key]
        own = [p for p in found if p.dispute == key]
        rows[key] = {
            "kind": dispute.kind,
            "events": len(mine),
            "recognitions": int(mine["recognises"].sum()),
            "severances": int((mine["kind"] == "sever_relations").sum()),
            "non_events": int((missing["dispute"] == key).sum()),
            "precedents": len(own),
            "answered": sum(p.highest is not None for p in own),
            "coded_none": sum(p.highest is None and bool(coded_reasons(p, reasons)) for p in own),
        }
    return pd.DataFrame(rows).T


def by_responder(
    corpus: Corpus, found: Sequence[Precedent], process: str = "respond"
) -> pd.DataFrame:
    """Count a process's precedents by who had to answer.

    Returns
    -------
    DataFrame
        By responder: dispute, triggers; of them severed, downgraded, recalled, condemned (the
        highest rung reached), none (something is coded as not done), impossible (nothing to sever) and
        uncoded (no source either way: not "did nothing"); median_days from the trigger to the first act.
    """
    reasons = reasons_of(corpus)
    rows = [
        (p.responder, p.dispute, *_ended(p, coded_reasons(p, reasons)))
        for p in found
        if p.process == process
    ]
    table = pd.DataFrame(rows, columns=["responder", "dispute", "outcome", "days"])
    grouped = table.groupby(["responder", "dispute"], sort=True)
    counts = grouped["outcome"].value_counts().unstack(fill_value=0)
    counts = counts.reindex(columns=list(OUTCOMES), fill_value=0)
    counts.insert(0, "triggers", counts.sum(axis=1))
    counts["median_days"] = grouped["days"].median()
    return counts.sort_values("triggers", ascending=False, kind="stable")


def reasons_of(corpus: Corpus) -> dict[str, str]:
    """Return why each act that is coded as not done was not done, by nonevent_id."""
    return dict(zip(corpus.nonevents["nonevent_id"], corpus.nonevents["reason"], strict=True))


def coded_reasons(p: Precedent, reasons: Mapping[str, str]) -> set[str]:
    """Return the reasons for which something is coded as not done; that it is not known is no coding."""
    return {reasons[name] for name in p.nonevents} - set(UNKNOWN)


def _ended(p: Precedent, said: set[str]) -> tuple[str, float]:
    """How an affair ended, one of `OUTCOMES`, and the days to the first act on the ladder."""
    if p.highest:
        days = min(r.days for r in p.reactions if rung_of(r.kind))
        return OUTCOMES[len(RUNGS) - 1 - RUNGS.index(p.highest)], float(days)
    return ("impossible" if said & set(IMPOSSIBLE) else "none" if said else "uncoded"), np.nan
