"""Add a user's tables to the shipped ones without counting anything twice.

Rows are added. A row that is there already is passed over and reported; a row that contradicts
a shipped one is refused, except that a dispute may be closed or widened and an open tie ended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.errors import quoted
from sim.history.checks import Checks, place, shown
from sim.history.disputes import Dispute, split
from sim.history.events import ENDS_RECOGNITION, IMPLIES_RECOGNITION

SAME_EVENT_DAYS = 3
"""Two reports of the same act may differ by this many days beyond their precision."""


@dataclass(frozen=True)
class Repeated:
    """A user's row that stands in the shipped tables already."""

    file: str
    line: int
    shipped: str

    def __str__(self) -> str:
        return f"{self.file}: line {self.line}: the same as the shipped {self.shipped}"


def _content(table: pd.DataFrame) -> list[tuple[str, ...]]:
    columns = [c for c in table.columns if c not in ("line", "file")]
    return list(zip(*(table[c] for c in columns), strict=True))


def add_rows(
    shipped: pd.DataFrame, extra: pd.DataFrame | None, name: str, repeated: list[Repeated]
) -> pd.DataFrame:
    """Append a user's rows, passing over those that are identical to a shipped one."""
    if extra is None:
        return shipped
    there = set(_content(shipped))
    known = np.array([row in there for row in _content(extra)], dtype=np.bool_)
    rows = zip(extra["file"][known], extra["line"][known], strict=True)
    repeated += [Repeated(file, int(line), f"row of {name}") for file, line in rows]
    return pd.concat([shipped, extra[~known]], ignore_index=True)


def add_disputes(
    shipped: pd.DataFrame, extra: pd.DataFrame | None, checks: Checks, repeated: list[Repeated]
) -> pd.DataFrame:
    """Append a user's disputes; one that closes or widens a shipped dispute replaces it."""
    if extra is None:
        return shipped
    merged = add_rows(shipped, extra, "disputes.csv", repeated)
    first = {key: i for i, key in reversed(list(enumerate(shipped["dispute"])))}
    replaced = []
    for i in range(len(shipped), len(merged)):
        row = merged.iloc[i]
        if row["dispute"] not in first:
            continue
        old = merged.iloc[first[row["dispute"]]]
        if _widens(old, row, place(merged, i), checks):
            checks.odd(place(merged, i), f"replaces the shipped dispute {old['dispute']}")
            replaced.append(first[row["dispute"]])
    return merged.drop(index=replaced).reset_index(drop=True)


def _widens(
    old: Mapping[str, str], new: Mapping[str, str], at: tuple[str, int], checks: Checks
) -> bool:
    for column in ("kind", "parent", "opened", "incumbent"):
        if new[column] != old[column]:
            right = f"{shown(old[column])}, as shipped (a dispute may be closed or widened)"
            checks.wrong(at, column, shown(new[column]), right)
    for column in ("entities", "patrons", "parent_backers"):
        if not set(split(old[column])) <= set(split(new[column])):
            checks.wrong(at, column, shown(new[column]), f"at least {old[column]}, as shipped")
    led = split(old["entities"])  # the first entity answers for its side
    if set(led) <= set(split(new["entities"])) and split(new["entities"])[: len(led)] != led:
        right = f"{old['entities']} first, as shipped"
        checks.wrong(at, "entities", shown(new["entities"]), right)
    if new["closed"] and old["closed"] and new["closed"] < old["closed"]:
        checks.wrong(at, "closed", quoted(new["closed"]), f"{old['closed']}, as shipped, or later")
    return True


def add_ties(
    shipped: pd.DataFrame, extra: pd.DataFrame | None, checks: Checks, repeated: list[Repeated]
) -> pd.DataFrame:
    """Append a user's ties; one that ends an open shipped tie replaces it."""
    if extra is None:
        return shipped
    merged = add_rows(shipped, extra, "ties.csv", repeated)
    key = ["kind", "actor", "partner", "level", "start"]
    ended = set(zip(*(extra.loc[extra["end"] != "", c] for c in key), strict=True))
    replaced = [
        i
        for i, row in enumerate(zip(*(shipped[c] for c in (*key, "end")), strict=True))
        if row[-1] == "" and row[:-1] in ended
    ]
    for i in replaced:
        row = merged.iloc[i]
        found = merged.index[(merged[key] == row[key]).all(axis=1)][-1]
        text = f"ends the shipped {row['kind']} of {row['actor']} and {row['partner']}"
        checks.odd(place(merged, found), text)
    _tell_ends_of_nothing(shipped.drop(index=replaced), merged.iloc[len(shipped) :], checks)
    return merged.drop(index=replaced).reset_index(drop=True)


def _tell_ends_of_nothing(shipped: pd.DataFrame, own: pd.DataFrame, checks: Checks) -> None:
    """Tell which of a user's ties end while a shipped one of the same pair goes on."""
    goes_on = shipped[shipped["end"] == ""]
    sides = ["kind", "actor", "partner"]
    ended = own[own["end"] != ""].merge(goes_on, on=sides, suffixes=("", "_shipped"))
    for row in ended[ended["end"] >= ended["start_shipped"]].itertuples():
        text = f"leaves the shipped {row.kind} of {row.actor} and {row.partner} as it is: "
        text += f"level {shown(row.level_shipped)}, start {shown(row.start_shipped)}, no end"
        checks.odd((str(row.file), int(row.line)), text)


def drop_repeated(
    atoms: pd.DataFrame, n_shipped_rows: int, checks: Checks, repeated: list[Repeated]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Pass over a user's atomic events that are shipped already, and refuse other doubles.

    A user's event is a shipped one if sender, kind and receiver are the same and the dates
    agree within their precision or `SAME_EVENT_DAYS`. What answers it then answers the
    shipped one.

    Returns
    -------
    DataFrame
        The events that are left.
    dict of str to str
        The shipped id of each event that was passed over whole, for `answer_shipped`.
    """
    first = atoms["first"].to_numpy().astype("datetime64[D]").astype(np.int64)
    last = atoms["last"].to_numpy().astype("datetime64[D]").astype(np.int64)
    acts = list(zip(atoms["sender"], atoms["kind"], atoms["receiver"], strict=True))
    ids = atoms["event_id"].tolist()
    extra = (atoms["row"] >= n_shipped_rows).to_numpy()
    shipped: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for i in np.flatnonzero(~extra):
        shipped[acts[i]].append(int(i))
    same = np.full(len(atoms), -1)
    for i in np.flatnonzero(extra):
        gaps = {
            j: max(int(first[i] - last[j]), int(first[j] - last[i]), 0) for j in shipped[acts[i]]
        }
        near = [j for j in gaps if gaps[j] <= SAME_EVENT_DAYS]
        if near:
            same[i] = min(near, key=lambda j: (ids[j] != ids[i], gaps[j]))
    told = [Repeated(*place(atoms, int(i)), ids[same[i]]) for i in np.flatnonzero(same >= 0)]
    repeated += dict.fromkeys(told)  # a joint act once
    kept = atoms[same < 0].reset_index(drop=True)
    _refuse_doubles(kept, n_shipped_rows, checks)
    alias = {ids[i]: ids[same[i]] for i in np.flatnonzero(same >= 0)}
    for name in set(kept["event_id"]) & set(alias):
        del alias[name]
    return answer_shipped(kept, n_shipped_rows, alias), alias


def answer_shipped(
    atoms: pd.DataFrame, n_shipped_rows: int, alias: Mapping[str, str]
) -> pd.DataFrame:
    """Let what a user says answers a repeated event answer the shipped one."""
    users = (atoms["row"] >= n_shipped_rows).to_numpy()
    answered = [
        "+".join(alias.get(name, name) for name in split(cell)) if mine else cell
        for cell, mine in zip(atoms["in_response_to"], users, strict=True)
    ]
    return atoms.assign(in_response_to=np.array(answered, dtype=object))


def _refuse_doubles(atoms: pd.DataFrame, n_shipped_rows: int, checks: Checks) -> None:
    ids: dict[str, int] = {}
    acts: dict[tuple[object, ...], int] = {}
    columns = ("event_id", "row", "sender", "kind", "receiver", "first", "last")
    rows = atoms["row"].tolist()
    for i, values in enumerate(zip(*(atoms[c].tolist() for c in columns), strict=True)):
        name, row, act = values[0], values[1], values[2:]
        other = ids.setdefault(name, i)
        if rows[other] != row:
            file, line = place(atoms, other)
            found = f"{quoted(name)}, another event in {file} line {line}"
            checks.wrong(place(atoms, i), "event_id", found, "an identifier of its own")
            continue
        other = acts.setdefault(act, i)
        if rows[other] != row:
            file, line = place(atoms, other)
            found = f"{quoted(name)}, the same act as in {file} line {line}"
            checks.wrong(place(atoms, i), "event_id", found, "each act once")
    _tell_likely_doubles(atoms[(atoms["row"] >= n_shipped_rows).to_numpy()], checks)


def _tell_likely_doubles(own: pd.DataFrame, checks: Checks) -> None:
    """Tell which of a user's acts may be one act under two dates."""
    for _, same in own.groupby(["sender", "kind", "receiver"], sort=False):
        by_day = same.sort_values(["first", "last"], kind="stable")
        rows = list(by_day[["event_id", "row", "first", "last"]].itertuples(index=False, name=None))
        longest = rows[0]
        for i, row in enumerate(rows[1:], 1):
            if row[1] != longest[1] and (row[2] - longest[3]).days <= SAME_EVENT_DAYS:
                text = f"{row[0]} may be the same act as {longest[0]}: their dates allow it"
                checks.odd(place(by_day, i), text)
            longest = max(longest, row, key=lambda r: r[3])


def refuse_shared_ids(
    atoms: pd.DataFrame, missing: pd.DataFrame, n_shipped_rows: int, checks: Checks
) -> None:
    """Require that no act that did not happen bears the name of one that did: both can be left out."""
    rows = {name: i for i, name in reversed(list(enumerate(atoms["event_id"])))}
    names = {name: i for i, name in reversed(list(enumerate(missing["nonevent_id"])))}
    for name in sorted(rows.keys() & names.keys()):
        if atoms["row"].iat[rows[name]] >= n_shipped_rows:
            at, column, found = place(atoms, rows[name]), "event_id", "the id of a non-event"
        else:
            at, column, found = place(missing, names[name]), "nonevent_id", "the id of an event"
        checks.wrong(at, column, f"{quoted(name)}, {found}", "an identifier of its own")


def resolve_disputes(atoms: pd.DataFrame, disputes: Mapping[str, Dispute]) -> pd.DataFrame:
    """Give acts without a dispute the one they belong to, where there is exactly one.

    It is the one open dispute that the act touches most closely: that over the recognition of its
    receiver, for an act that recognises or withdraws; else that which both sides touch as entity, parent
    or patron; else that in which one of them is entity or parent (in a rupture or boycott: the receiver
    is shunned). Disputes over recognition go before ruptures and boycotts. Otherwise the act stands for
    the dyad alone and its dispute stays empty.
    """
    keys = list(atoms["dispute"])
    columns = ("kind", "sender", "receiver", "first", "last")
    for i, values in enumerate(zip(*(atoms[c] for c in columns), strict=True)):
        if not keys[i]:
            kind, sender, receiver, first, last = values
            # Open on any day of the interval: the day an act is placed on depends on later events.
            stand = [
                d
                for d in disputes.values()
                if d.opened <= last.date() and (d.closed is None or d.closed >= first.date())
            ]
            keys[i] = _resolve(kind, sender, receiver, stand)
    return atoms.assign(dispute=np.array(keys, dtype=object))


def _is_party(dispute: Dispute, *codes: str) -> bool:
    sides = (*dispute.contested, dispute.parent) if not dispute.shunned else ()
    return any(code in sides for code in codes if code)


def _resolve(kind: str, sender: str, receiver: str, stand: Sequence[Dispute]) -> str:
    for disputes in ([d for d in stand if not d.shunned], [d for d in stand if d.shunned]):
        recognises = kind in IMPLIES_RECOGNITION | ENDS_RECOGNITION
        closest: tuple[list[Dispute], ...] = (
            [d for d in disputes if recognises and receiver in d.contested],
            [d for d in disputes if d.touches(sender) and d.touches(receiver)],
            [d for d in disputes if receiver in d.shunned or _is_party(d, sender, receiver)],
        )
        found = next((some for some in closest if some), [])
        if found:
            return found[0].dispute if len(found) == 1 else ""
    return ""
