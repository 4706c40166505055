"""What may be a mistake in the record or only messy history: collected, never refused."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sim.history.actors import Actors
from sim.history.checks import Checks, place
from sim.history.disputes import Dispute, split
from sim.history.events import EARLY_DAYS, IMPLIES_RECOGNITION, EventKind


def find_oddities(
    events: pd.DataFrame, actors: Actors, disputes: Mapping[str, Dispute], checks: Checks
) -> None:
    """Collect what may be a mistake or only messy history."""
    placed = events["placed"].to_numpy().astype("datetime64[D]")
    last = events["last"].to_numpy().astype("datetime64[D]")
    when = dict(zip(events["event_id"], placed, strict=True))
    start = dict(zip(actors.codes, actors.start, strict=True))
    cut: set[tuple[str, str]] = set()
    columns = ("event_id", "sender", "kind", "receiver", "in_response_to", "dispute")
    for i, values in enumerate(zip(*(events[c] for c in columns), strict=True)):
        name, sender, kind, receiver, answered, key = values
        dispute = disputes.get(key)
        claimed = dispute is not None and receiver in dispute.contested  # before it was a state
        for code in (sender,) if claimed else (sender, receiver):
            if start[code] > last[i]:
                checks.odd(place(events, i), f"{name} comes before {code} began ({start[code]})")
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
