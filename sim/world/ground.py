"""Which acts the state of relations permits between whom, kept up as history is replayed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import numpy.typing as npt

from sim.history.corpus import Corpus
from sim.world.standing import Standing

__all__ = ["Standings"]

Flags = npt.NDArray[np.bool_]


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
        self._away = np.zeros((n, n), dtype=bool)
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
            self._away[x, y] = standing.has_recalled(a, b)

    def apply(self, sender: str, kind: str, receiver: str) -> None:
        """Take note of an act."""
        self.standing.apply(sender, kind, receiver)
        for other in {receiver, *self._rivals[receiver]} - {sender}:
            self._note(sender, other)

    def possible(self, family: str) -> Flags:
        """Return between whom acts of a family are possible, shape (n, n), sender by receiver."""
        match family:
            case "sever" | "lower" | "expel":
                return np.asarray(self._related)
            case "return":
                return np.asarray(self._away)
            case "restore" | "establish":
                return np.asarray(~self._related)
            case "recognise" | "refuse":
                return np.asarray(self._contested[None, :] & ~self._recognises)
            case "withdraw":
                return np.asarray(self._recognises)
        return np.ones_like(self._related)
