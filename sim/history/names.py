"""Names that reports print and options take: of precedents, recognitions and single acts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sim.errors import InputError, did_you_mean, quoted
from sim.history.corpus import Corpus
from sim.history.events import IMPLIES_RECOGNITION
from sim.history.precedents import Precedent, precedents

_DROPPABLE = "a precedent (RESPONDER-TARGET-YEAR), a recognition (SENDER>RECEIVER-YEAR) or the id of an event"


def find_case(corpus: Corpus, name: str, file: str = "precedents") -> Precedent | tuple[str, ...]:
    """Return what any name stands for that reports print: a precedent, or rows of the tables by their ids.

    Returns
    -------
    Precedent or tuple of str
        As `find_precedent` returns it; else the ids of the events of a recognition
        (``SENDER>RECEIVER-YEAR``), of a single event, or of a non-event, which belong to no precedent.

    Raises
    ------
    InputError
        If it stands for nothing, with suggestions.
    """
    owner = _owners(precedents(corpus))
    if name in owner:
        return owner[name]
    named = {i: (i,) for i in corpus.nonevents["nonevent_id"]} | named_events(corpus)
    if name in named:
        return named[name]
    right = f"{_DROPPABLE}, or of an act not done"
    raise InputError(file, "", quoted(name), right, did_you_mean(name, [*owner, *named]))


def find_precedent(known: Sequence[Precedent], name: str, file: str = "precedents") -> Precedent:
    """Return the precedent with this id, or the one that an event or non-event of this id belongs to.

    Raises
    ------
    InputError
        If there is none, with suggestions.
    """
    owner = _owners(known)
    if name in owner:
        return owner[name]
    words = [p.id for p in known] + [e for p in known for e in (*p.event_ids, *p.nonevents)]
    right = "a precedent such as UKR-SYR-2022, or the id of one of its events"
    raise InputError(file, "", quoted(name), right, did_you_mean(name, words))


def _owners(known: Sequence[Precedent]) -> dict[str, Precedent]:
    """Return the first precedent that each event or non-event belongs to, and each by its own id."""
    owner = {i: p for p in reversed(known) for i in (*p.event_ids, *p.nonevents)}
    return owner | {p.id: p for p in known}


def forgotten_events(
    corpus: Corpus, names: Iterable[str], file: str = "--drop", whole: Corpus | None = None
) -> frozenset[str]:
    """Return the ids of the events that go when some precedents, or single events, are dropped.

    Parameters
    ----------
    corpus : Corpus
        What is known, ``whole.as_of(day)``.
    names : iterable of str
        Ids of precedents (their triggers and reactions go), of events, or of recognitions as
        ``SENDER>RECEIVER-YEAR`` (all that the sender did in that year and that implies one).
    file : str
        Where the user wrote them.
    whole : Corpus, optional
        The history that `corpus` is a part of, to tell a name that is wrong from one of later days.

    Raises
    ------
    InputError
        One line for each name that is none of these, with suggestions, or its date if it is later.
    """
    known = named_events(corpus)
    gone: set[str] = set()
    errors = []
    for name in names:
        if name in known:
            gone.update(known[name])
        else:
            errors.append(_not_known(name, file, known, corpus, whole))
    if errors:
        raise errors[0].together(errors[1:])
    return frozenset(gone)


def named_events(corpus: Corpus) -> dict[str, tuple[str, ...]]:
    """Return the event ids that each name stands for: recognitions, precedents, single events."""
    contested = {code for d in corpus.disputes.values() for code in d.contested}
    recognitions: dict[str, tuple[str, ...]] = defaultdict(tuple)
    columns = ("event_id", "sender", "kind", "receiver", "placed")
    for event, sender, kind, receiver, day in zip(
        *(corpus.events[c] for c in columns), strict=True
    ):
        if kind in IMPLIES_RECOGNITION and receiver in contested:
            recognitions[recognition_id(sender, receiver, day.year)] += (event,)
    by_precedent = {p.id: p.event_ids for p in precedents(corpus)}
    # A precedent's name goes before an event's of the same name, as in `find_precedent`.
    return {e: (e,) for e in corpus.events["event_id"]} | recognitions | by_precedent


def recognition_id(sender: str, receiver: str, year: int) -> str:
    """Return the name of a recognition as reports print it.

    Examples
    --------
    >>> recognition_id("TUV", "ABK", 2011)
    'TUV>ABK-2011'
    """
    return f"{sender}>{receiver}-{year}"


def _not_known(
    name: str, file: str, known: Iterable[str], corpus: Corpus, whole: Corpus | None
) -> InputError:
    """Tell a name that is wrong from one of what has not happened yet."""
    later = set(named_events(whole).get(name, ())) if whole else set()
    later -= set(corpus.events["event_id"])
    if whole and later:
        days = whole.events.loc[whole.events["event_id"].isin(later), "known_from"]
        found = f"{quoted(name)}, dated {days.min().date()}, after as_of {corpus.end}"
        return InputError(file, "", found, "what was known by then")
    return InputError(file, "", quoted(name), _DROPPABLE, did_you_mean(name, known))
