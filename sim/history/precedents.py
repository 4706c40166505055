"""Precedents: what a responder did after a trigger, derived from the events each time.

Three processes make precedents. *respond*: someone recognised a contested actor while the dispute
was open (between rival governments: or left the one it had recognised) and the hurt side answered.
*retaliate*: the target of a hostile act answered in kind, or the hurt side of a dispute turned on a
backer of the other. *solidarity*: a third actor joined a rupture, a boycott or a condemnation. A
precedent gathers the triggers, the responder's acts toward the target, and what it pointedly did not do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from sim.history.corpus import Corpus
from sim.history.disputes import Dispute, split
from sim.history.events import (
    EARLY_DAYS,
    ENDS_RECOGNITION,
    IMPLIES_RECOGNITION,
    RUNGS,
    EventKind,
    rung_of,
)

JOINT_DAYS = 30
"""Triggers of one recogniser toward one responder within this many days are one affair."""

WINDOW_DAYS = 1000
"""An act that names no trigger answers the last one within this many days."""

NOT_REACTIONS = frozenset(
    {EventKind.RETURN_AMBASSADOR, EventKind.NON_RECOGNITION_STATEMENT} | IMPLIES_RECOGNITION
)
"""What a responder does to mend relations, or to say what it always said."""


_Columns = dict[str, list[Any]]


@dataclass(frozen=True)
class Reaction:
    """One act of the responder toward the recogniser.

    `rung` is None for acts beside the ladder (sanctions, threats, withdrawals). `days` counts
    from the first trigger and is negative for an answer given before the formal act.
    """

    event_id: str
    kind: str
    rung: str | None
    date: date
    days: int


@dataclass(frozen=True)
class Precedent:
    """A trigger and its answers.

    Parameters
    ----------
    id : str
        ``RESPONDER-TARGET-YEAR``; a second one of the same year ends in ``b``.
    process : str
        respond, retaliate or solidarity.
    dispute, responder, target : str
        The target is whom the responder acts toward: of a response the recogniser.
    trigger_ids : tuple of str
        Event ids of the triggers; none where the opening of the dispute set the responder off.
    date : date
        Day of the first trigger (placed within its interval where that is wider).
    reactions : tuple of Reaction
        In the order in which they happened.
    nonevents : tuple of str
        Ids of the acts that are recorded as not done.
    sources : tuple of str
    confidence : str
        ``verified`` if every event and non-event is, else ``recalled``.
    """

    id: str
    process: str
    dispute: str
    responder: str
    target: str
    trigger_ids: tuple[str, ...]
    date: date
    reactions: tuple[Reaction, ...]
    nonevents: tuple[str, ...]
    sources: tuple[str, ...]
    confidence: str

    @property
    def event_ids(self) -> tuple[str, ...]:
        """Ids of triggers and reactions."""
        return tuple(dict.fromkeys([*self.trigger_ids, *(r.event_id for r in self.reactions)]))

    @property
    def highest(self) -> str | None:
        """The highest rung reached, None if no rung was."""
        reached = [RUNGS.index(r.rung) for r in self.reactions if r.rung]
        return RUNGS[max(reached)] if reached else None

    def days_to(self, rung: str) -> int | None:
        """Return the days from the trigger to the first act on a rung; None if there was none."""
        return next((r.days for r in self.reactions if r.rung == rung), None)


@dataclass
class _Affair:
    """A precedent in the making: positions of its events in the corpus' tables."""

    process: str
    dispute: str
    responder: str
    target: str
    day: pd.Timestamp
    triggers: list[int]
    reactions: list[int] = field(default_factory=list)
    nonevents: list[int] = field(default_factory=list)


def precedents(corpus: Corpus) -> list[Precedent]:
    """Derive all precedents of a corpus, by date.

    Events come before their answers, and each act counts once: as a response if a recognition
    explains it, else as a retaliation or an act of solidarity.

    Examples
    --------
    >>> from sim.history.corpus import load_corpus
    >>> syria = find_precedent(precedents(load_corpus()), "UKR-SYR-2022")
    >>> syria.highest, syria.days_to("sever")
    ('sever', 0)
    """
    affairs = _affairs(corpus)
    by_pair: dict[tuple[str, str, str], list[_Affair]] = defaultdict(list)
    for affair in affairs:
        by_pair[affair.dispute, affair.responder, affair.target].append(affair)
    events: _Columns = corpus.events.to_dict("list")
    missing: _Columns = corpus.nonevents.to_dict("list")
    answers, unanswered = set(), set()
    for i, affair in _answers(events, events["event_id"], by_pair):
        answers.add(i)
        if events["kind"][i] not in NOT_REACTIONS and i not in affair.triggers:
            affair.reactions.append(i)
    for i, affair in _answers(missing, events["event_id"], by_pair):
        unanswered.add(i)
        affair.nonevents.append(i)
    affairs += _joined(corpus, events, missing, answers, unanswered)
    affairs.sort(key=lambda a: (a.day, a.process != "respond"))
    used: dict[str, int] = defaultdict(int)
    made = []
    for affair in affairs:
        name = f"{affair.responder}-{affair.target}-{affair.day.year}"
        used[name] += 1
        suffix = "" if used[name] == 1 else chr(ord("a") + used[name] - 1)
        made.append(_precedent(events, missing, affair, name + suffix))
    return made


def _affairs(corpus: Corpus) -> list[_Affair]:
    """Group the triggers, in the order in which they happened."""
    affairs: list[_Affair] = []
    last: dict[tuple[str, str, str], _Affair] = {}
    for i, day, dispute, responder, recogniser in _triggers(corpus):
        key = (dispute, responder, recogniser)
        if key in last and (day - last[key].day).days <= JOINT_DAYS:
            last[key].triggers.append(i)
            continue
        last[key] = _Affair("respond", dispute, responder, recogniser, day, [i])
        affairs.append(last[key])
    return affairs


def _triggers(corpus: Corpus) -> Iterator[tuple[int, pd.Timestamp, str, str, str]]:
    """Yield position, day, dispute, responder and recogniser of each trigger."""
    recognised: dict[tuple[str, str], set[str]] = defaultdict(set)
    columns = ("placed", "sender", "kind", "receiver", "dispute")
    events = corpus.events
    for i, values in enumerate(zip(*(events[c] for c in columns), strict=True)):
        day, sender, kind, receiver, key = values
        dispute = corpus.disputes.get(key)
        if dispute is None or receiver not in dispute.contested:
            continue
        if (key, sender) not in recognised and dispute.incumbent:
            recognised[key, sender].add(dispute.incumbent)
        mine = recognised[key, sender]
        if kind in IMPLIES_RECOGNITION and receiver not in mine:
            if dispute.kind == "rival_government":
                mine.clear()
            mine.add(receiver)
            responder = dispute.responder(receiver)
        elif kind in ENDS_RECOGNITION:
            mine.discard(receiver)
            responder = _left(dispute, receiver)
        else:
            continue
        stands = dispute.is_open(day.date()) and sender not in dispute.contested
        if stands and responder and responder != sender:
            yield i, day, key, responder, sender


def _left(dispute: Dispute, receiver: str) -> str:
    """Return who answers a withdrawal: the government that is left, if it has a rival."""
    return receiver if dispute.kind == "rival_government" else ""


def _answers(
    rows: _Columns, ids: list[str], by_pair: dict[tuple[str, str, str], list[_Affair]]
) -> Iterator[tuple[int, _Affair]]:
    """Yield the acts (or missing acts) of responders with the affair each belongs to."""
    columns = ("dispute", "sender", "receiver", "in_response_to", "placed")
    for i, values in enumerate(zip(*(rows[c] for c in columns), strict=True)):
        dispute, sender, receiver, answered, day = values
        affairs = by_pair.get((dispute, sender, receiver), [])
        named = set(split(answered))
        for affair in affairs:
            early = (affair.day - day).days
            if early <= EARLY_DAYS and named & {ids[j] for j in affair.triggers}:
                yield i, affair
                break
        else:
            before = [a for a in affairs if 0 <= (day - a.day).days <= WINDOW_DAYS]
            if before:
                yield i, before[-1]


def _joined(
    corpus: Corpus, events: _Columns, missing: _Columns, taken: set[int], not_taken: set[int]
) -> list[_Affair]:
    """Gather the retaliations and the acts of solidarity: hostile acts that no recognition explains.

    They answer the event that they name; in a rupture or boycott an act toward the shunned side that
    names none answers the opening.
    """
    rows_of: dict[str, list[int]] = defaultdict(list)
    for i, name in enumerate(events["event_id"]):
        rows_of[name].append(i)
    found: dict[tuple[str, str, str, str, str], _Affair] = {}
    for rows, past in ((events, taken), (missing, not_taken)):
        for i, kind in enumerate(rows["kind"]):
            if i in past or (rung_of(kind) is None and kind != EventKind.SANCTION):
                continue
            key, sender, receiver = rows["dispute"][i], rows["sender"][i], rows["receiver"][i]
            named = split(rows["in_response_to"][i])
            triggers = sorted(j for name in named for j in rows_of.get(name, ()))
            dispute = corpus.disputes.get(key)
            hurt = (*dispute.contested, dispute.parent) if dispute and not dispute.shunned else ()
            struck = any(events["receiver"][j] == sender for j in triggers)
            if triggers:
                process = "retaliate" if struck or sender in hurt else "solidarity"
                day = events["placed"][triggers[0]]
            elif dispute and receiver in dispute.shunned:
                process, day = "solidarity", pd.Timestamp(dispute.opened)
            else:
                continue
            if not -EARLY_DAYS <= (rows["placed"][i] - day).days <= WINDOW_DAYS:
                continue
            place = (process, key, sender, receiver, "+".join(named))
            affair = found.setdefault(place, _Affair(process, key, sender, receiver, day, triggers))
            (affair.reactions if rows is events else affair.nonevents).append(i)
    return list(found.values())


def _precedent(events: _Columns, missing: _Columns, affair: _Affair, name: str) -> Precedent:
    ids, kinds, placed = events["event_id"], events["kind"], events["placed"]
    rows = affair.triggers + affair.reactions
    sources = [events["source"][i] for i in rows]
    sources += [missing["source"][i] for i in affair.nonevents]
    reactions = tuple(
        Reaction(
            event_id=ids[i],
            kind=kinds[i],
            rung=rung_of(kinds[i]),
            date=placed[i].date(),
            days=(placed[i] - affair.day).days,
        )
        for i in affair.reactions
    )
    confidence = [events["confidence"][i] for i in rows]
    confidence += [missing["confidence"][i] for i in affair.nonevents]
    return Precedent(
        id=name,
        process=affair.process,
        dispute=affair.dispute,
        responder=affair.responder,
        target=affair.target,
        trigger_ids=tuple(dict.fromkeys(ids[i] for i in affair.triggers)),
        date=affair.day.date(),
        reactions=reactions,
        nonevents=tuple(dict.fromkeys(missing["nonevent_id"][i] for i in affair.nonevents)),
        sources=tuple(dict.fromkeys(s for s in sources if s)),
        confidence="recalled" if "recalled" in confidence else "verified",
    )
