"""What is known of a pair of actors on a day, in bands: the features from which base rates are learned.

For each *family* of acts, a pair (sender, receiver) stands on a day in one *cell*: how long ago the one was
hostile to the other and the reverse; how long ago the receiver was last the target of such an act by anyone
(a wave), and of any act against it, or for it (a storm); whether an ally or neighbour of the sender took part
in the storm; how active the sender and how often the target the receiver has been of late; and whether, and
in which of two ways, the act is possible as relations stand.

Which features earn their place was asked of rolling forecasts of 1988-2013, two years ahead at a time, by
the log score of 1,177 acts at four leads. Against one rate for each family (-73,148 nats) all features gain
15,363. Without one of them the gain is: possible 10,031, wave 14,743, sender's past 14,843, drawn 14,913,
receiver's past 15,040, storm 15,159, sender's hostility 15,195, receiver's hostility 15,325. Tried and left
out: whether the two are neighbours or rivals (-1), a rate of its own for what is not possible instead of the
feature (-108). The half-life of what is learned, before storms were told: 10 years 15,083, 20 years 15,205,
without end 15,172.

Since then a return of an envoy is possible after relations were lowered too, and a break by one who was left
("otherwise"): 3 of 56 returns and 6 of 100 breaks since 1985 had been given chances as of what cannot be. The
meaning of the words decided, not the score: breaks gain 0.4 nats, returns lose 55 of 1,149, since 24 of the
35 scored are one decision of Belgrade, all of them after recalls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sim.history.corpus import Corpus
from sim.history.events import RUNG_OF, EventKind

FAMILIES: Mapping[str, tuple[EventKind, ...]] = MappingProxyType(
    {
        "protest": (EventKind.CONDEMN, EventKind.PROTEST_NOTE, EventKind.SUMMON_AMBASSADOR),
        "lower": (EventKind.RECALL_AMBASSADOR, EventKind.DOWNGRADE_RELATIONS),
        "expel": (EventKind.EXPEL_DIPLOMATS,),
        "sever": (EventKind.SEVER_RELATIONS,),
        "sanction": (EventKind.SANCTION,),
        "return": (EventKind.RETURN_AMBASSADOR,),
        "restore": (EventKind.RESTORE_RELATIONS,),
        "establish": (EventKind.ESTABLISH_RELATIONS,),
        "embassy": (EventKind.OPEN_EMBASSY, EventKind.TREATY),
        "recognise": (EventKind.RECOGNISE,),
        "withdraw": (EventKind.WITHDRAW_RECOGNITION,),
        "talks": (EventKind.SIGNAL_TALKS,),
        "refuse": (EventKind.NON_RECOGNITION_STATEMENT,),
    }
)
"""Kinds of act that share what makes them likelier; within a family each kind has its share."""

FAMILY_OF: Mapping[str, str] = MappingProxyType(
    {str(kind): family for family, kinds in FAMILIES.items() for kind in kinds}
)
NAMES = tuple(FAMILIES)

HOSTILE = frozenset({*map(str, RUNG_OF), str(EventKind.SANCTION)})
AGAINST = ("protest", "lower", "expel", "sever", "sanction", "withdraw", "refuse")
"""Families of acts against their receiver; the others are for it. A storm is of either."""

AGES = (10, 30, 180, 1095, 3650)
"""Days since the last act: right edges of the bands; the last band is longer ago, or never."""
RATES = (0.05, 0.3, 1.0, 3.0)
"""Acts of late, each halved with every `HALVED` days: right edges of the bands."""
HALVED = 5 * 365.25
LATELY = 180
"""For so many days who took part in a wave draws its allies and neighbours."""

FEATURES = (
    "receiver hostile", "sender hostile", "wave", "storm", "sender active", "receiver target",
    "drawn", "otherwise", "possible",
)  # fmt: skip
SIZES = (6, 6, 6, 6, 5, 5, 2, 2, 2)
CELLS = int(np.prod(SIZES))

COLD = SIZES[0] * SIZES[1] - 1
"""Bands of a pair between whom nothing hostile is on record of late."""

Flags = npt.NDArray[np.bool_]
Levels = npt.NDArray[np.int8]
Cells = npt.NDArray[np.int64]

_LONG_AGO = -(10**6)
_BAND = np.searchsorted(np.array(AGES), np.arange(AGES[-1] + 2), side="left")


class Ground(Protocol):
    """What the state of relations permits, kept up with the acts that happen."""

    def apply(self, sender: str, kind: str, receiver: str) -> None:
        """Take note of an act."""

    def possible(self, family: str) -> Levels:
        """Return how acts of a family are possible between whom, shape (n, n): 0 not at all, 1, or 2."""


class Dyads:
    """Every pair of actors, on a day that moves on.

    Parameters
    ----------
    known : Corpus
        As of the last day that is asked about.
    ground : Ground
        At the beginning of history.
    """

    def __init__(self, known: Corpus, ground: Ground) -> None:
        self.known = known
        self.ground = ground
        n = len(known.actors)
        self.hostile = np.full((n, n), _LONG_AGO)
        self.target = np.full((len(NAMES), n), _LONG_AGO)
        self.stirred = np.full((2, n), _LONG_AGO)
        self.lately = np.full((2, n, n), _LONG_AGO)
        self.sent = np.zeros((len(NAMES), n))
        self.got = np.zeros((len(NAMES), n))
        self.day = 0
        self._ties: tuple[int, npt.NDArray[np.float32]] = (0, np.zeros((n, n), np.float32))
        self._forget()

    def move(self, day: int) -> None:
        """Let time pass until a day (its ordinal)."""
        fade = 0.5 ** ((day - self.day) / HALVED) if self.day else 1.0
        self.sent *= fade
        self.got *= fade
        self.day = day
        self._forget()

    def apply(self, sender: str, kind: str, receiver: str) -> None:
        """Take note of an act of the day."""
        actors = self.known.actors
        i, j, f = actors.row(sender), actors.row(receiver), NAMES.index(FAMILY_OF[kind])
        if kind in HOSTILE:
            self.hostile[i, j] = self.day
        self.target[f, j] = self.day
        side = int(NAMES[f] in AGAINST)
        self.stirred[side, j] = self.day
        self.lately[side, i, j] = self.day
        self.sent[f, i] += 1
        self.got[f, j] += 1
        self.ground.apply(sender, kind, receiver)
        self._forget()

    def _forget(self) -> None:
        """Forget what was worked out for the day as it stood."""
        self._pairs: Cells | None = None
        self._among: Flags | None = None
        self._stands: dict[str, _Stand] = {}
        self._drawns: dict[int, Flags] = {}

    def alive(self) -> Flags:
        """Return who there is on the day: also claims to be a state, while their dispute is open."""
        day = date.fromordinal(self.day)
        found = self.known.actors.alive(day)
        for dispute in self.known.disputes.values():
            if dispute.is_open(day):
                found[[self.known.actors.row(code) for code in dispute.contested]] = True
        return found

    def cells(self, family: str, sender: Cells, receiver: Cells) -> Cells:
        """Return the cells in which some pairs stand, given by their rows (which are broadcast)."""
        return self._stand(family).cells(sender, receiver)

    def tally(self, family: str) -> tuple[Cells, Cells]:
        """Return the cells in which pairs of those alive stand, and how many pairs in each."""
        return self._stand(family).tally(self.among())

    def among(self) -> Flags:
        """Return the pairs of those alive, shape (n, n)."""
        if self._among is None:
            alive = self.alive()
            self._among = alive[:, None] & alive
            np.fill_diagonal(self._among, False)
        return self._among

    def _stand(self, family: str) -> _Stand:
        if family not in self._stands:
            self._stands[family] = self._standing(NAMES.index(family))
        return self._stands[family]

    def _standing(self, f: int) -> _Stand:
        side = int(NAMES[f] in AGAINST)
        if self._pairs is None:
            last = _band(self.day - self.hostile)
            self._pairs = np.asarray(last.T * SIZES[1] + last)
        wave, storm = _band(self.day - self.target[f]), _band(self.day - self.stirred[side])
        often = np.searchsorted(RATES, self.got[f])
        return _Stand(
            self._pairs,
            (wave * SIZES[3] + storm) * SIZES[5] + often,
            np.searchsorted(RATES, self.sent[f]),
            self._drawn(side, storm),
            self.ground.possible(NAMES[f]),
        )

    def _drawn(self, side: int, storm: Cells) -> Flags:
        """Return whether an ally or neighbour of the sender acted toward the receiver of late."""
        if side not in self._drawns:
            drawn = np.zeros(self.hostile.shape, dtype=bool)
            columns = np.flatnonzero(storm <= AGES.index(LATELY))
            if len(columns):
                acted = (self.day - self.lately[side][:, columns] <= LATELY).astype(np.float32)
                drawn[:, columns] = self._kin() @ acted > 0
            self._drawns[side] = drawn
        return self._drawns[side]

    def _kin(self) -> npt.NDArray[np.float32]:
        """Return allies and neighbours as of the year before: series are told in whole years."""
        year = date.fromordinal(self.day).year
        if self._ties[0] != year:
            eve, ties = date(year, 1, 1) - timedelta(days=1), self.known.ties
            tied = ties.matrix("alliance", eve) | ties.matrix("contiguity", eve)
            self._ties = year, tied.astype(np.float32)
        return self._ties[1]


@dataclass(frozen=True, eq=False)
class _Stand:
    """How pairs stand toward one family on a day.

    Parameters
    ----------
    pairs : array, shape (n, n)
        Bands of the two's hostility.
    target : array, shape (n,)
        Bands of the receiver: wave, storm and how often it was the target.
    active : array, shape (n,)
        Band of the sender's past.
    drawn : array of bool, shape (n, n)
    possible : array of int8, shape (n, n)
    """

    pairs: Cells
    target: Cells
    active: Cells
    drawn: Flags
    possible: Levels

    def cells(self, i: Cells, j: Cells) -> Cells:
        """Return the cells of some pairs."""
        return _cell(
            self.pairs[i, j], self.active[i], self.target[j], self.drawn[i, j], self.possible[i, j]
        )

    def tally(self, among: Flags) -> tuple[Cells, Cells]:
        """Count the pairs of each cell: one by one where something is going on, the rest by classes."""
        plain = among & (self.pairs == COLD) & ~self.drawn
        i, j = np.divmod(np.flatnonzero(among & ~plain), len(among))
        counts = [np.unique(self.cells(i, j), return_counts=True)]
        every = np.arange(len(self.target))
        sender = np.zeros((SIZES[4], len(every)), np.float32)
        sender[self.active, every] = 1
        targets, at = np.unique(self.target, return_inverse=True)
        receiver = np.zeros((len(every), len(targets)), np.float32)
        receiver[every, at] = 1
        active = np.arange(SIZES[4])[:, None]
        for possible in range(3):
            flags = plain & (self.possible == possible)
            table = (sender @ flags.astype(np.float32) @ receiver).astype(np.int64)
            cells = _cell(COLD, active, targets, 0, possible)
            counts.append((cells[table > 0], table[table > 0]))
        cells, pairs = (np.concatenate(part) for part in zip(*counts, strict=True))
        return cells, pairs


def _cell(
    pair: Cells | int, active: Cells, target: Cells, drawn: Flags | int, possible: Levels | int
) -> Cells:
    rest, often = np.divmod(target, SIZES[5])
    code = (pair * (SIZES[2] * SIZES[3]) + rest) * SIZES[4] + active
    code = (code * SIZES[5] + often) * SIZES[6] + drawn
    return np.asarray((code * SIZES[7] + (possible == 2)) * SIZES[8] + (possible > 0))


def _band(age: Cells) -> Cells:
    return np.asarray(_BAND[np.minimum(age, AGES[-1] + 1)])


def bands_of(cells: Cells) -> Cells:
    """Return the band of each feature in some cells, shape (cells, features)."""
    return np.stack(np.unravel_index(cells, SIZES), axis=1)
