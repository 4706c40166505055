"""What ends must have begun: withdrawals and breaks with an entity that was never recognised are refused."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sim.history.checks import Checks, place
from sim.history.disputes import Dispute
from sim.history.events import ENDS_RECOGNITION, IMPLIES_RECOGNITION, EventKind

ENDING = ENDS_RECOGNITION | {EventKind.SEVER_RELATIONS}


def check_endings(events: pd.DataFrame, disputes: Mapping[str, Dispute], checks: Checks) -> None:
    """Refuse an end of recognition, or of relations, where the record holds no beginning.

    Only in secessions: between rival governments the record of old ties with either is not complete, and
    ordinary states are taken to have relations.

    Parameters
    ----------
    events : DataFrame
        Placed and in order, see `Corpus`.
    """
    begun: set[tuple[str, str]] = set()
    columns = ("sender", "kind", "receiver", "dispute")
    for i, values in enumerate(zip(*(events[c] for c in columns), strict=True)):
        sender, kind, receiver, key = values
        dispute = disputes.get(key)
        if dispute is None or dispute.kind != "secession" or receiver not in dispute.entities:
            continue
        if kind in IMPLIES_RECOGNITION:
            begun.add((sender, receiver))
        elif kind in ENDING and (sender, receiver) not in begun:
            found = (
                f"{kind.replace('_', ' ')} by {sender}, which has not recognised {receiver} before"
            )
            checks.wrong(place(events, i), "kind", found, "a recognition or relations to end")
