"""What the record says: where silence means that nothing was done, and where it means nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.hazard.riskset import CUTS, MEND_KINDS, RUNGS, Front, Layout
from sim.history.corpus import Corpus
from sim.history.coverage import holds_for
from sim.history.disputes import split
from sim.history.events import (
    ENDS_RECOGNITION,
    IMPLIES_RECOGNITION,
    LADDER,
    UNKNOWN,
    EventKind,
    rung_of,
)
from sim.history.precedents import WINDOW_DAYS


def covered_from(corpus: Corpus) -> date | None:
    """Return the first day from which anything is covered; None if nothing is."""
    starts = corpus.coverage["first"]
    return starts.min().date() if len(starts) else None


def record_ends(corpus: Corpus) -> pd.Series:
    """Last day of each window of the record."""
    return corpus.coverage["last"].fillna(pd.Timestamp(corpus.last_known))


def covered(corpus: Corpus, layout: Layout, day: date) -> npt.NDArray[np.bool_]:
    """Which channels' record is complete on a day: silence there means that nothing happened.

    Where acts of several kinds stand for the same (a recall and an expulsion), the record is complete
    while that of each kind is that the table speaks of at all.
    """
    mask = np.zeros(layout.channels, dtype=bool)
    recognitions, undone = layout.by_column(mask), layout.by_column(mask, undone=True)
    windows = _windows(corpus, day)
    for c, (entity, dispute) in enumerate(layout.columns):
        if entity in dispute.shunned:
            mine = windows.get(("solidarity", dispute.dispute), [])
            recognitions[c] = _told_of(layout, mine, CUTS)
            undone[c] = _told_of(layout, mine, {EventKind.RESTORE_RELATIONS})
            continue
        mine = windows.get(("recognise", dispute.dispute), [])
        recognitions[c] = _whole([w for w in mine if w.kind in IMPLIES_RECOGNITION])
        undone[c] = _whole([w for w in mine if w.kind in ENDS_RECOGNITION])
    answers, mendings = layout.by_rung(mask), layout.by_mend(mask)
    for f, front in enumerate(layout.fronts):
        mine = windows.get(("respond", front.dispute), [])
        mine = [w for w in mine if holds_for(w.senders, front.responder)]
        for r, kinds in enumerate(LADDER.values()):
            answers[f, :, r] = _answered(corpus, layout, front, mine, kinds)
        for r, kind in enumerate(MEND_KINDS):
            mendings[f, :, r] = _answered(corpus, layout, front, mine, (kind,))
    return mask


def _answered(
    corpus: Corpus,
    layout: Layout,
    front: Front,
    windows: Sequence[_Window],
    kinds: Collection[EventKind],
) -> npt.NDArray[np.bool_]:
    """Tell of which actors it is known now whether a front did an act of some kinds to them, shape (n,)."""
    own = [w for w in windows if w.kind in kinds]
    known = np.full(layout.n, _whole([w for w in own if not w.coded]))
    if _whole([w for w in own if w.coded]):
        known[_coded(corpus, layout, front, kinds)] = True
    return known


def _told_of(
    layout: Layout, windows: Sequence[_Window], kinds: Collection[EventKind]
) -> npt.NDArray[np.bool_]:
    """Tell of which actors it is known now whether they did an act of some kinds, shape (n,)."""
    known = np.zeros(layout.n, dtype=bool)
    for window in windows:
        if window.kind in kinds and window.now and not window.coded:
            named = split(window.senders)
            known[[layout.actors.row(code) for code in named] if named else slice(None)] = True
    return known


class _Window(NamedTuple):
    """One row of the coverage, on a day."""

    kind: str
    senders: str  # as the cell tells them
    coded: bool
    now: bool


def _windows(corpus: Corpus, day: date) -> dict[tuple[str, str], list[_Window]]:
    """Group the rows of the coverage by process and dispute."""
    on, found = pd.Timestamp(day), defaultdict(list)
    for row, end in zip(corpus.coverage.itertuples(), record_ends(corpus), strict=True):
        now = bool(row.first <= on <= end)
        window = _Window(row.kind, row.sender, row.pairs == "coded", now)
        found[row.process, row.dispute].append(window)
    return found


def _whole(windows: Sequence[_Window]) -> bool:
    """Tell whether every kind of act in some windows is covered now."""
    kinds = {w.kind for w in windows}
    return bool(kinds) and kinds == {w.kind for w in windows if w.now}


def _coded(corpus: Corpus, layout: Layout, front: Front, kinds: Collection[str]) -> list[int]:
    """Rows of those of whom it is coded, either way, whether a responder answered them on a rung."""
    found: set[str] = set()
    told = corpus.nonevents[~corpus.nonevents["reason"].isin(UNKNOWN)]
    for rows in (corpus.events, told):
        mine = (rows["sender"] == front.responder) & rows["dispute"].isin(["", front.dispute])
        found |= set(rows.loc[mine & rows["kind"].isin(kinds), "receiver"])
    return [layout.actors.row(code) for code in sorted(found)]


class Silence(NamedTuple):
    """A non-event that closes or mutes the answer to one trigger, and the days it holds (end excluded)."""

    begin: date
    end: date
    sender: str
    receiver: str
    dispute: str
    rung: str


def silences(corpus: Corpus, reasons: Collection[str]) -> list[Silence]:
    """Gather the non-events of some reasons.

    Such a row speaks of the answer to one trigger: it holds from the trigger on, as long as an answer
    would be told to belong to it.
    """
    placed = dict(zip(corpus.events["event_id"], corpus.events["placed"], strict=True))
    found = []
    for row in corpus.nonevents.itertuples():
        rung = rung_of(row.kind)
        if row.reason in reasons and rung:
            named = [placed[t] for t in split(row.in_response_to) if t in placed]
            begin = min([*named, row.placed]).date()
            end = begin + timedelta(days=WINDOW_DAYS)
            found.append(Silence(begin, end, row.sender, row.receiver, row.dispute, rung))
    return found


def without(said: Sequence[Silence], layout: Layout, day: date) -> npt.NDArray[np.int8]:
    """0 for the channels that a silence holds on a day, 1 elsewhere."""
    mask = np.ones(layout.channels, dtype=np.int8)
    answers = layout.by_rung(mask)
    for one in said:
        if one.begin <= day < one.end:
            for f, front in enumerate(layout.fronts):
                if front.responder == one.sender and one.dispute in ("", front.dispute):
                    answers[f, layout.actors.row(one.receiver), RUNGS.index(one.rung)] = 0
    return mask
