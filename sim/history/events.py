"""What was done: dated acts of a sender toward a receiver, and acts expected but not done.

The words stand in `EventKind`; two ladders order them. Up the ladder of recognition goes
whoever deals with a contested actor, up the ladder of reaction goes whoever is hurt by it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from itertools import product
from types import MappingProxyType

import numpy as np
import pandas as pd

from sim.errors import did_you_mean, quoted
from sim.history.actors import Actors
from sim.history.checks import CONFIDENCE, Checks, place, shown
from sim.history.disputes import Dispute, split
from sim.history.placing import causal_order, place_days, read_intervals, sort_rows
from sim.history.tables import header


class EventKind(StrEnum):
    """Every kind of act, from talks to treaty, from condemnation to severance, and back."""

    SIGNAL_TALKS = "signal_talks"
    RECOGNISE = "recognise"
    ESTABLISH_RELATIONS = "establish_relations"
    OPEN_EMBASSY = "open_embassy"
    TREATY = "treaty"
    WITHDRAW_RECOGNITION = "withdraw_recognition"
    CONDEMN = "condemn"
    PROTEST_NOTE = "protest_note"
    SUMMON_AMBASSADOR = "summon_ambassador"
    RECALL_AMBASSADOR = "recall_ambassador"
    RETURN_AMBASSADOR = "return_ambassador"
    EXPEL_DIPLOMATS = "expel_diplomats"
    DOWNGRADE_RELATIONS = "downgrade_relations"
    SEVER_RELATIONS = "sever_relations"
    RESTORE_RELATIONS = "restore_relations"
    SANCTION = "sanction"
    NON_RECOGNITION_STATEMENT = "non_recognition_statement"


LADDER: Mapping[str, tuple[EventKind, ...]] = MappingProxyType(
    {
        "condemn": (EventKind.CONDEMN, EventKind.PROTEST_NOTE, EventKind.SUMMON_AMBASSADOR),
        "recall": (EventKind.RECALL_AMBASSADOR, EventKind.EXPEL_DIPLOMATS),
        "downgrade": (EventKind.DOWNGRADE_RELATIONS,),
        "sever": (EventKind.SEVER_RELATIONS,),
    }
)
"""The rungs of reaction, lowest first, with the acts that stand on each."""

RUNGS = tuple(LADDER)
RUNG_OF: Mapping[EventKind, str] = MappingProxyType(
    {kind: rung for rung, kinds in LADDER.items() for kind in kinds}
)

IMPLIES_RECOGNITION = frozenset(
    {
        EventKind.RECOGNISE,
        EventKind.ESTABLISH_RELATIONS,
        EventKind.OPEN_EMBASSY,
        EventKind.TREATY,
        EventKind.RESTORE_RELATIONS,
    }
)
"""Acts that recognise their receiver, where the receiver is contested."""

ENDS_RECOGNITION = frozenset({EventKind.WITHDRAW_RECOGNITION})

REASONS = header(
    "did_not_sever,refused_recognition,refused_call,refused_patron,request_unanswered,"
    "support_without_recognition,patron_withheld_recognition,conditional_refusal,"
    "delayed_recognition,condemnation_only,protest_only,recall_only,downgrade_only,played_down,"
    "courted_instead,exception_made,not_known,no_resident_envoy,no_relations_to_cut,no_retaliation,"
    "parent_consented"
)
"""Why an act that might have been expected did not happen, or that it is not known whether it did."""

IMPOSSIBLE = ("no_relations_to_cut", "no_resident_envoy")
"""Those of the reasons that mean: there was nothing to do it with."""

UNFORESEEN = ("no_resident_envoy",)
"""Of these, what nobody who forecasts knows of a pair beforehand."""

UNKNOWN = ("not_known",)
"""Those that mean: no source tells whether it was done, so the row teaches nothing."""

COLUMNS = header(
    "event_id,date,date_precision,sender,kind,receiver,dispute,in_response_to,source,"
    "confidence,note"
)
OPTIONAL = ("date_confidence",)

NONEVENT_COLUMNS = header(
    "nonevent_id,date,date_precision,sender,kind,receiver,dispute,in_response_to,reason,"
    "source,confidence,note"
)

ATOM_COLUMNS = header(
    "event_id,sender,kind,receiver,dispute,in_response_to,placed,first,last,known_from,"
    "source,confidence,date_confidence,note,order,file,line"
)
NONEVENT_ATOM_COLUMNS = header(
    "nonevent_id,sender,kind,receiver,dispute,in_response_to,reason,placed,first,last,"
    "known_from,source,confidence,note,order,file,line"
)

NO_DISPUTE = "none"
"""In the column ``dispute``: the act belongs to none, whatever disputes it may touch."""

CANDIDATE = "candidate:"
"""So begins the note of an act that was taken from event data and that nobody has checked yet."""

EARLY_DAYS = 20
"""An answer may precede the formal act by this many days (a switch that was announced)."""

_ID = re.compile(r"[A-Za-z0-9_.:-]{1,60}")
_MUST_BE_CONTESTED = ("recognise", "withdraw_recognition")


def rung_of(kind: str) -> str | None:
    """Return the rung of a kind of act; None if it stands on no rung.

    Examples
    --------
    >>> rung_of("expel_diplomats"), rung_of("sanction")
    ('recall', None)
    """
    return RUNG_OF.get(EventKind(kind))


def parse_rows(
    table: pd.DataFrame,
    id_column: str,
    actors: Actors,
    disputes: Mapping[str, Dispute],
    checks: Checks,
) -> pd.DataFrame:
    """Check the cells of events.csv or nonevents.csv and split joint acts into atomic ones.

    Returns
    -------
    DataFrame
        One row for each sender and receiver, with ``first`` and ``last`` (the interval),
        ``known_from`` (its last day) and ``order`` (place in the files), not yet placed.
    """
    right = "an identifier of letters, digits and _ . : -"
    checks.cells(table, id_column, lambda v: _ID.fullmatch(v) is not None, right)
    checks.one_of(table, "kind", tuple(EventKind))
    for column in ("sender", "receiver"):
        checks.codes(table, column, actors, joined=True)
    checks.one_of(table, "dispute", (*disputes, NO_DISPUTE), empty=True)
    checks.one_of(table, "confidence", CONFIDENCE, empty=True)
    first, last = read_intervals(table, checks)
    table = table.assign(first=first, last=last, known_from=last, row=np.arange(len(table)))
    table["confidence"] = table["confidence"].where(table["confidence"] != "", "recalled")
    if "date_confidence" in table:
        checks.one_of(table, "date_confidence", CONFIDENCE, empty=True)
        own = table["date_confidence"]
        table["date_confidence"] = own.where(own != "", table["confidence"])
    _check_sides(table, actors, disputes, checks)
    return _atoms(table)


def _check_sides(
    table: pd.DataFrame, actors: Actors, disputes: Mapping[str, Dispute], checks: Checks
) -> None:
    columns = ("sender", "kind", "receiver", "dispute", "source")
    for i, values in enumerate(zip(*(table[c] for c in columns), strict=True)):
        sender, kind, receiver, key, source = values
        for code in set(split(sender)) & set(split(receiver)):
            found = f"{quoted(code)}, the sender itself"
            checks.wrong(place(table, i), "receiver", found, "another actor")
        if not source:
            checks.odd(place(table, i), "no source is given")
        dispute = disputes.get(key)
        if dispute and dispute.kind == "secession" and kind in _MUST_BE_CONTESTED:
            for code in split(receiver):
                if code in actors and code not in dispute.contested:
                    right = f"one of {'+'.join(dispute.contested)}, contested in {key}"
                    checks.wrong(place(table, i), "receiver", quoted(code), right)


def _atoms(table: pd.DataFrame) -> pd.DataFrame:
    rows, senders, receivers = [], [], []
    for i, (sender, receiver) in enumerate(zip(table["sender"], table["receiver"], strict=True)):
        for one, other in product(split(sender), split(receiver)):
            rows.append(i)
            senders.append(one)
            receivers.append(other)
    atoms = table.iloc[rows].reset_index(drop=True)
    atoms["sender"] = np.array(senders, dtype=object)
    atoms["receiver"] = np.array(receivers, dtype=object)
    atoms["order"] = np.arange(len(atoms))
    return atoms


def links_of(atoms: pd.DataFrame, ids: pd.Series) -> list[tuple[int, ...]]:
    """Return for each atomic act the positions in `ids` of what it answers."""
    at: dict[str, int] = {}
    for position, name in enumerate(ids):
        at.setdefault(name, position)
    return [
        tuple(at[name] for name in split(answered) if name in at)
        for answered in atoms["in_response_to"]
    ]


def check_answers(
    atoms: pd.DataFrame, ids: Collection[str], checks: Checks, id_column: str = "event_id"
) -> None:
    """Require that every act answers a known one, and none itself by way of others."""
    known = set(ids)
    seen = set()
    for i, (name, answered) in enumerate(
        zip(atoms[id_column], atoms["in_response_to"], strict=True)
    ):
        if name in seen:
            continue
        seen.add(name)
        for other in split(answered):
            if other not in known:
                near = did_you_mean(other, known)
                right = "the event_id of an event"
                checks.wrong(place(atoms, i), "in_response_to", shown(other), right, near)
    if id_column != "event_id":
        return
    links = links_of(atoms, atoms["event_id"])
    for i in sorted(set(range(len(atoms))) - set(causal_order(links))):
        found = f"{quoted(atoms['in_response_to'].iat[i])}, which answers this event in turn"
        checks.wrong(place(atoms, i), "in_response_to", found, "an event that came before")


def place_events(atoms: pd.DataFrame) -> pd.DataFrame:
    """Give each atomic event its day and sort them by it.

    An answer to an act that is not in the table (not known yet on the as-of date, or left
    out) stands by itself.
    """
    ids = set(atoms["event_id"])
    answered = [
        "+".join(name for name in split(cell) if name in ids) for cell in atoms["in_response_to"]
    ]
    atoms = atoms.assign(in_response_to=np.array(answered, dtype=object))
    links = links_of(atoms, atoms["event_id"])
    first = atoms["first"].to_numpy().astype("datetime64[D]")
    last = atoms["last"].to_numpy().astype("datetime64[D]")
    atoms["placed"] = place_days(first, last, links)
    placed = atoms["placed"].to_numpy()
    order = sort_rows(placed, atoms["order"].to_numpy(), links)
    return _as_text(atoms[list(ATOM_COLUMNS)]).iloc[order].reset_index(drop=True)


def place_nonevents(atoms: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Give each missing act its day, not before the event it would have answered."""
    links = links_of(atoms, events["event_id"])
    known = events["event_id"].tolist()
    low = atoms["first"].to_numpy().astype("datetime64[D]")
    high = atoms["last"].to_numpy().astype("datetime64[D]")
    days = events["placed"].to_numpy().astype("datetime64[D]")
    for i, answered in enumerate(links):
        for j in answered:
            if low[i] < days[j] <= high[i]:
                low[i] = days[j]
    atoms = atoms.assign(
        placed=low + (high - low) // 2,
        in_response_to=np.array(["+".join(known[j] for j in row) for row in links], dtype=object),
    )
    order = np.lexsort((atoms["order"].to_numpy(), atoms["placed"].to_numpy()))
    return _as_text(atoms[list(NONEVENT_ATOM_COLUMNS)]).iloc[order].reset_index(drop=True)


def _as_text(atoms: pd.DataFrame) -> pd.DataFrame:
    """Make every column of text dtype object, the same on pandas 2 and 3."""
    kept = ("placed", "first", "last", "known_from", "order", "line")
    return atoms.astype({c: object for c in atoms.columns if c not in kept})
