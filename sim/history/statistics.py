"""What the corpus holds, counted: by dispute, by confidence, by who answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from sim.history.corpus import Corpus
from sim.history.events import IMPLIES_RECOGNITION, IMPOSSIBLE, RUNGS, UNKNOWN, rung_of
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
        verified_days, the number of rows known to the day. A response is an act of a precedent, a
        recognition any act that implies it toward a contested actor; joint acts count once.
    """
    events = corpus.events.drop_duplicates("event_id")
    answers = {r.event_id for p in found for r in p.reactions}
    contested = [
        key in corpus.disputes and receiver in corpus.disputes[key].contested
        for key, receiver in zip(events["dispute"], events["receiver"], strict=True)
    ]
    groups = {
        "events": events,
        "responses": events[events["event_id"].isin(answers)],
        "recognitions": events[np.array(contested) & events["kind"].isin(IMPLIES_RECOGNITION)],
        "non-events": corpus.nonevents.drop_duplicates("nonevent_id"),
    }
    return pd.DataFrame(
        {
            name: {
                "rows": len(rows),
                "verified": (rows["confidence"] == "verified").mean(),
                "day": (rows["first"] == rows["last"]).mean(),
                "days": (rows["first"] == rows["last"]).sum(),
            }
            for name, rows in groups.items()
        }
    ).T


def by_dispute(corpus: Corpus, found: Sequence[Precedent]) -> pd.DataFrame:
    """Count by dispute: events, recognitions, severances, non-events, precedents and how they ended."""
    events = corpus.events.drop_duplicates("event_id")
    missing = corpus.nonevents.drop_duplicates("nonevent_id")
    reasons = _reasons(corpus)
    rows = {}
    for key, dispute in corpus.disputes.items():
        mine = events[events["dispute"] == key]
        own = [p for p in found if p.dispute == key]
        rows[key] = {
            "kind": dispute.kind,
            "events": len(mine),
            "recognitions": int(
                (
                    mine["kind"].isin(IMPLIES_RECOGNITION)
                    & mine["receiver"].isin(dispute.contested)
                ).sum()
            ),
            "severances": int((mine["kind"] == "sever_relations").sum()),
            "non_events": int((missing["dispute"] == key).sum()),
            "precedents": len(own),
            "answered": sum(p.highest is not None for p in own),
            "coded_none": sum(p.highest is None and bool(_said(p, reasons)) for p in own),
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
        highest rung reached), none (coded as not severing), impossible (nothing to sever) and uncoded (no
        source either way: not "did nothing"); median_days from the trigger to the first act.
    """
    reasons = _reasons(corpus)
    rows = [
        (p.responder, p.dispute, *_ended(p, _said(p, reasons)))
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


def _reasons(corpus: Corpus) -> dict[str, str]:
    return dict(zip(corpus.nonevents["nonevent_id"], corpus.nonevents["reason"], strict=True))


def _said(p: Precedent, reasons: Mapping[str, str]) -> set[str]:
    """Return the reasons for which something is coded as not done; that it is not known is no coding."""
    return {reasons[name] for name in p.nonevents} - set(UNKNOWN)


def _ended(p: Precedent, said: set[str]) -> tuple[str, float]:
    """How an affair ended, one of `OUTCOMES`, and the days to the first act on the ladder."""
    if p.highest:
        days = min(r.days for r in p.reactions if rung_of(r.kind))
        return OUTCOMES[len(RUNGS) - 1 - RUNGS.index(p.highest)], float(days)
    return ("impossible" if said & set(IMPOSSIBLE) else "none" if said else "uncoded"), np.nan
