"""Acts that a user names in words: ``UKR sever_relations PRK``, with a day where one is meant."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from sim.errors import InputError, did_you_mean, quoted
from sim.hazard.riskset import Layout
from sim.history.actors import Actors
from sim.history.checks import read_day
from sim.history.events import EventKind
from sim.world.lookalikes import plain, shown_word


@dataclass(frozen=True)
class NamedAct:
    """An act as a user wrote it.

    Parameters
    ----------
    text : str
        As written, for messages.
    sender, kind : str
    receivers : tuple of str
        Several where they were joined by ``+``.
    date : date or None
        None where none was asked for.
    """

    text: str
    sender: str
    kind: EventKind
    receivers: tuple[str, ...]
    date: dt.date | None


def read_act(option: str, text: str, actors: Actors, dated: bool) -> NamedAct:
    """Read an act.

    Parameters
    ----------
    option : str
        Where it was given, for the message.
    text : str
        ``SENDER KIND RECEIVER``, and ``YYYY-MM-DD`` if `dated`.
    actors : Actors
        Who there is.
    dated : bool
        Whether it stands on a day.

    Raises
    ------
    InputError
        Naming the word that is wrong and what may have been meant.

    Examples
    --------
    >>> from sim.history.corpus import load_corpus
    >>> act = read_act("--event", "UKR sever_relations PRK", load_corpus().actors, dated=False)
    >>> act.sender, act.receivers, act.date
    ('UKR', ('PRK',), None)
    """
    right = '"UKR sever_relations PRK"'
    if dated:
        right = '"SYR recognise DPR 2022-06-29"'
    words = text.split()
    if len(words) != (4 if dated else 3):
        shape = "sender, kind, receiver and day" if dated else "sender, kind and receiver"
        raise InputError(option, "", quoted(text), f"{shape}, such as {right}")
    sender, kind, joined, *rest = words
    day = read_day(rest[0]) if rest else None
    if rest and day is None:
        raise InputError(option, "day", quoted(rest[0]), "a date such as 2022-06-29")
    kinds = [k.value for k in EventKind]
    if kind not in kinds:
        word = plain(kind).casefold()
        near = did_you_mean(word, kinds) or [k for k in kinds if _begins(k, word)]
        raise InputError(option, "kind", shown_word(kind), f"one of {', '.join(kinds)}", near)
    receivers = tuple(dict.fromkeys(joined.split("+")))
    for place, code in (("sender", sender), *(("receiver", code) for code in receivers)):
        _check_actor(option, place, code, actors)
        if place == "receiver" and code == sender:
            raise InputError(option, place, f"{quoted(code)}, the sender itself", "another actor")
    return NamedAct(text, sender, EventKind(kind), receivers, day)


def _begins(kind: str, word: str) -> bool:
    """Tell whether a word is the beginning of a kind, or a form of its verb ("severs")."""
    return bool(word) and (kind.startswith(word) or word.startswith(kind.partition("_")[0]))


def simulated_acts(option: str, act: NamedAct, layout: Layout) -> frozenset[tuple[int, int, int]]:
    """Return what an act means to the kernel in the disputes that run.

    Raises
    ------
    InputError
        If it means nothing there.
    """
    found = [
        meant
        for receiver in act.receivers
        for meant in layout.translate(act.sender, act.kind, receiver, layout.active)
    ]
    if not found:
        keys = " or ".join(sorted(layout.active))
        contested = dict.fromkeys(e for e, d in layout.columns if d.dispute in layout.active)
        answering = dict.fromkeys(front.responder for front in layout.fronts)
        right = f"an act toward {' or '.join(contested)}"
        right += f", or an answer by {' or '.join(answering)}" if answering else ""
        raise InputError(option, "", f"{quoted(act.text)}, which is no act of {keys}", right)
    return frozenset(found)


def _check_actor(option: str, place: str, code: str, actors: Actors) -> None:
    if code not in actors:
        as_code = plain(code).upper()
        near: Collection[str] = (as_code,) if as_code in actors else actors.near(plain(code))
        raise InputError(option, place, shown_word(code), "the code of an actor", tuple(near))
