"""Which acts the state of relations permits between whom, kept up as history is replayed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import numpy.typing as npt

from sim.history.corpus import Corpus
from sim.world.standing import Standing

__all__ = ["Standings"]

Levels = npt.NDArray[np.int8]
_NOT, _USUAL, _OTHERWISE = np.int8(0), np.int8(1), np.int8(2)


class Standings:
    """`Standing`, for all pairs of actors at once and from the beginning of history on.

    Parameters
    ----------
    known : Corpus
        History as of `day`; its events are applied by whoever replays it.
    day : date
        Relations that the tables state for it hold throughout: few rows, most of them without a start.
    """

    def __init__(self, known: Corpus, day: date) -> None:
        self._actors = known.actors
        self.standing = Standing(replace(known, events=known.events.iloc[:0]), day)
        self._stated = known.ties.relations_overrides(day)
        self._rivals = {
            code: [c for d in known.disputes.values() if code in d.contested for c in d.contested]
            for code in known.actors
        }
        codes = known.actors.codes
        n = len(codes)
        standing = self.standing
        plain = np.array([not standing.is_contested(code) for code in codes])
        self._contested = ~plain
        self._related = plain[:, None] & plain
        self._recognises = np.zeros((n, n), dtype=bool)
        self._away = np.zeros((n, n), dtype=np.int8)
        self._left = np.zeros((n, n), dtype=bool)
        for j in np.flatnonzero(~plain):
            for i in range(n):
                self._note(codes[i], codes[j])
        pairs = zip(*np.nonzero(np.triu(self._stated >= 0)), strict=True)
        for one, other in [*standing.stated, *((codes[i], codes[j]) for i, j in pairs)]:
            self._note(one, other)

    def _note(self, one: str, other: str) -> None:
        """Write down how two actors stand."""
        i, j, standing = self._actors.row(one), self._actors.row(other), self.standing
        stated = self._stated[i, j]
        related = stated > 0 if stated >= 0 else standing.has_relations(one, other)
        self._related[i, j] = self._related[j, i] = related
        for a, b, x, y in ((one, other, i, j), (other, one, j, i)):
            self._recognises[x, y] = standing.recognises(a, b)
            recalled, none = standing.has_recalled(a, b), standing.has_no_ambassador(a, b)
            self._away[x, y] = _USUAL if recalled else _OTHERWISE if none else _NOT
            self._left[x, y] = standing.was_left(a, b)

    def apply(self, sender: str, kind: str, receiver: str) -> None:
        """Take note of an act."""
        self.standing.apply(sender, kind, receiver)
        for other in {receiver, *self._rivals[receiver]} - {sender}:
            self._note(sender, other)

    def possible(self, family: str) -> Levels:
        """Return how acts of a family are possible between whom, shape (n, n), sender by receiver.

        0 for not at all, 1 for the usual way; 2 for otherwise: the sender has no ambassador there since it
        lowered relations, not by a recall (returns), or the other side ended relations (breaks).
        """
        match family:
            case "sever":
                return np.where(self._related, _USUAL, np.where(self._left, _OTHERWISE, _NOT))
            case "return":
                return self._away
            case "lower" | "expel":
                found = self._related
            case "restore" | "establish":
                found = ~self._related
            case "recognise" | "refuse":
                found = self._contested[None, :] & ~self._recognises
            case "withdraw":
                found = self._recognises
            case _:
                return np.full_like(self._away, _USUAL)
        return np.where(found, _USUAL, _NOT)
