"""What is known of a pair of actors on a day, in bands: the features from which base rates are learned.

For each *family* of acts, a pair (sender, receiver) stands on a day in one *cell*: how long ago the one was
hostile to the other and the reverse, how long ago the receiver was last the target of such an act by
anyone (a running wave), whether an ally or neighbour of the sender took part in it, how active the sender
and how often the target the receiver has been of late, and whether the act is possible at all as relations
stand.

Which features earn their place was asked of rolling forecasts of 1988-2013, two years ahead at a time, by
the log score of 1,177 acts at four leads. Against one rate for each family (-73,148 nats) the possible acts
alone gain 9,189, all features 15,051; without the wave 13,869, the sender's past 14,504, its kin in the wave
14,592, the receiver's past 14,670, the sender's hostility 14,950, the receiver's 15,023. Whether the two are
neighbours or rivals lost 1 and was left out. The half-life of what is learned: 10 years 15,083, 20 years
15,205, without end 15,172 (that feature still in).
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

AGES = (10, 30, 180, 1095, 3650)
"""Days since the last act: right edges of the bands; the last band is longer ago, or never."""
RATES = (0.05, 0.3, 1.0, 3.0)
"""Acts of late, each halved with every `HALVED` days: right edges of the bands."""
HALVED = 5 * 365.25
LATELY = 180
"""For so many days who took part in a wave draws its allies and neighbours."""

FEATURES = (
    "receiver hostile", "sender hostile", "wave", "sender active", "receiver target", "drawn",
)  # fmt: skip
SIZES = (6, 6, 6, 5, 5, 2)
CELLS = int(np.prod(SIZES)) * 2
"""Cells of a family; the last digit tells whether the act is possible."""

COLD = SIZES[0] * SIZES[1] - 1
"""Bands of a pair between whom nothing hostile is on record of late."""

Flags = npt.NDArray[np.bool_]
Cells = npt.NDArray[np.int64]

_LONG_AGO = -(10**6)
_BAND = np.searchsorted(np.array(AGES), np.arange(AGES[-1] + 2), side="left")
# Cells of cold pairs that no wave draws, by the bands of (sender, wave, receiver), without the last digit.
_PLAIN = (
    2
    * SIZES[5]
    * (
        (
            (COLD * SIZES[2] + np.arange(SIZES[2])[:, None]) * SIZES[3]
            + np.arange(SIZES[3])[:, None, None]
        )
        * SIZES[4]
        + np.arange(SIZES[4])
    )
)


class Ground(Protocol):
    """What the state of relations permits, kept up with the acts that happen."""

    def apply(self, sender: str, kind: str, receiver: str) -> None:
        """Take note of an act."""

    def possible(self, family: str) -> Flags:
        """Return between whom acts of a family are possible, shape (n, n)."""


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
        self.lately = np.full((len(NAMES), n, n), _LONG_AGO)
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
        self.lately[f, i, j] = self.day
        self.sent[f, i] += 1
        self.got[f, j] += 1
        self.ground.apply(sender, kind, receiver)
        self._forget()

    def _forget(self) -> None:
        """Forget what was worked out for the day as it stood."""
        self._pairs: Cells | None = None
        self._among: Flags | None = None
        self._stands: dict[str, _Stand] = {}

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
        if self._among is None:
            alive = self.alive()
            self._among = alive[:, None] & alive
            np.fill_diagonal(self._among, False)
        return self._stand(family).tally(self._among)

    def _stand(self, family: str) -> _Stand:
        if family not in self._stands:
            self._stands[family] = self._standing(NAMES.index(family))
        return self._stands[family]

    def _standing(self, f: int) -> _Stand:
        if self._pairs is None:
            last = _BAND[np.minimum(self.day - self.hostile, AGES[-1] + 1)]
            self._pairs = np.asarray(last.T * SIZES[1] + last)
        wave = _BAND[np.minimum(self.day - self.target[f], AGES[-1] + 1)]
        return _Stand(
            self._pairs,
            wave,
            np.searchsorted(RATES, self.sent[f]),
            np.searchsorted(RATES, self.got[f]),
            self._drawn(f, wave),
            self.ground.possible(NAMES[f]),
        )

    def _drawn(self, f: int, wave: Cells) -> Flags:
        """Return whether an ally or neighbour of the sender acted toward the receiver of late."""
        drawn = np.zeros(self.hostile.shape, dtype=bool)
        columns = np.flatnonzero(wave <= AGES.index(LATELY))
        if len(columns):
            acted = (self.day - self.lately[f][:, columns] <= LATELY).astype(np.float32)
            drawn[:, columns] = self._kin() @ acted > 0
        return drawn

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
    """How pairs stand toward one family on a day: bands of pairs, of receivers and of senders."""

    pairs: Cells
    wave: Cells
    active: Cells
    often: Cells
    drawn: Flags
    possible: Flags

    def cells(self, i: Cells, j: Cells) -> Cells:
        code = (self.pairs[i, j] * SIZES[2] + self.wave[j]) * SIZES[3] + self.active[i]
        code = (code * SIZES[4] + self.often[j]) * SIZES[5] + self.drawn[i, j]
        return np.asarray(code * 2 + self.possible[i, j])

    def tally(self, among: Flags) -> tuple[Cells, Cells]:
        """Count the pairs of each cell: one by one where something is going on, the rest by classes."""
        plain = among & (self.pairs == COLD) & ~self.drawn
        i, j = np.divmod(np.flatnonzero(among & ~plain), len(among))
        counts = np.bincount(self.cells(i, j), minlength=CELLS)
        every = np.arange(len(self.wave))
        sender = np.zeros((SIZES[3], len(every)), np.float32)
        sender[self.active, every] = 1
        receiver = np.zeros((len(every), SIZES[2] * SIZES[4]), np.float32)
        receiver[every, self.wave * SIZES[4] + self.often] = 1
        for digit, flags in enumerate((plain & ~self.possible, plain & self.possible)):
            table = sender @ flags.astype(np.float32) @ receiver
            counts[_PLAIN + digit] += table.reshape(SIZES[3], SIZES[2], SIZES[4]).astype(np.int64)
        found = np.flatnonzero(counts)
        return found, counts[found]


def bands_of(cells: Cells) -> Cells:
    """Return the band of each feature in some cells, shape (cells, features)."""
    return np.stack(np.unravel_index(cells // 2, SIZES), axis=1)
