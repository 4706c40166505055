"""What may be a mistake in the record or only messy history: collected, never refused."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sim.history.actors import Actors
from sim.history.checks import Checks, place
from sim.history.disputes import Dispute, split
from sim.history.events import (
    CANDIDATE,
    EARLY_DAYS,
    IMPLIES_RECOGNITION,
    UNKNOWN,
    EventKind,
)
from sim.history.merge import SAME_EVENT_DAYS


def find_oddities(
    events: pd.DataFrame, actors: Actors, disputes: Mapping[str, Dispute], checks: Checks
) -> None:
    """Collect what may be a mistake or only messy history."""
    placed = events["placed"].to_numpy().astype("datetime64[D]")
    last = events["last"].to_numpy().astype("datetime64[D]")
    when = dict(zip(events["event_id"], placed, strict=True))
    first = events["first"].to_numpy().astype("datetime64[D]")
    start = dict(zip(actors.codes, actors.start, strict=True))
    end = dict(zip(actors.codes, actors.end, strict=True))
    notes = zip(events["event_id"], events["note"], strict=True)
    for i, (name, note) in enumerate(notes):
        if note.startswith(CANDIDATE):
            text = f"{name} is a candidate that nobody has checked, by its note"
            checks.odd(place(events, i), text)
    cut: set[tuple[str, str]] = set()
    columns = ("event_id", "sender", "kind", "receiver", "in_response_to", "dispute")
    for i, values in enumerate(zip(*(events[c] for c in columns), strict=True)):
        name, sender, kind, receiver, answered, key = values
        dispute = disputes.get(key)
        claimed = dispute is not None and receiver in dispute.contested  # before it was a state
        for code in (sender,) if claimed else (sender, receiver):
            if start[code] > last[i]:
                checks.odd(place(events, i), f"{name} comes before {code} began ({start[code]})")
        for code in (sender, receiver):
            if end[code] < first[i]:
                checks.odd(place(events, i), f"{name} comes after {code} ended ({end[code]})")
        if kind == EventKind.SEVER_RELATIONS:
            if (sender, receiver) in cut:
                text = f"{name}: {sender} severs relations with {receiver} twice in a row"
                checks.odd(place(events, i), text)
            cut.add((sender, receiver))
        elif kind in IMPLIES_RECOGNITION:
            cut -= {(sender, receiver), (receiver, sender)}
        for other in split(answered):
            early = (when[other] - placed[i]).astype(int)
            if early > EARLY_DAYS:
                text = f"{name} comes {early} days before {other}, which it answers"
                checks.odd(place(events, i), text)


def tell_reach(windows: pd.DataFrame, tables: Mapping[str, pd.DataFrame], checks: Checks) -> None:
    """Tell when a user's rows make the open windows of the shipped coverage longer.

    An open window reaches to the last day that the record speaks of: a single later row then says that
    nothing else happened until its day.

    Parameters
    ----------
    windows : DataFrame
        The shipped rows of the coverage.
    tables : dict of str to DataFrame
        Events and non-events, placed, by the name of the shipped file.
    """
    columns = ["file", "line", "known_from"]
    own = pd.concat([t.loc[t["file"] != file, columns] for file, t in tables.items()])
    theirs = [t.loc[t["file"] == file, "known_from"].max() for file, t in tables.items()]
    known = [day for day in theirs if not pd.isna(day)]
    still_open = sorted(set(windows.loc[windows["last"].isna(), "dispute"]))
    if not known or not still_open or not own["known_from"].max() > max(known):
        return
    latest = own.sort_values("known_from", kind="stable").iloc[[-1]]
    until = latest["known_from"].iat[0].date()
    checks.odd(
        place(latest, 0),
        f"lies after the shipped record, which ends on {max(known).date()}: open windows of coverage, "
        f"those of {', '.join(still_open)}, now reach to {until}, and what is missing until then "
        "counts as not done",
    )


def tell_contradictions(
    events: pd.DataFrame, nonevents: pd.DataFrame, shipped: str, checks: Checks
) -> None:
    """Tell which of a user's non-events are on record as done.

    Parameters
    ----------
    events, nonevents : DataFrame
    shipped : str
        How the shipped file of non-events is named.
    """
    act = ["sender", "kind", "receiver"]
    own = nonevents[(nonevents["file"] != shipped) & ~nonevents["reason"].isin(UNKNOWN)]
    both = own.reset_index(drop=True).reset_index().merge(events, on=act, suffixes=("", "_done"))
    near = pd.Timedelta(days=SAME_EVENT_DAYS)
    meet = (both["first"] <= both["last_done"] + near) & (both["first_done"] <= both["last"] + near)
    for row in both[meet].drop_duplicates("index").itertuples():
        text = f"{row.nonevent_id} says that was not done which {row.event_id} says was"
        checks.odd((str(row.file), int(row.line)), text)
