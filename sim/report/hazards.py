"""The law of one channel under many coefficients at once, without playing worlds.

The kernel times a clock under one posterior draw; explanations and rules ask what a thousand draws, or a
thousand modes without a case, say of the same channel. The terms, delay pieces and covariates are
those of the kernel's world, so both compute the same hazard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sim import kernel
from sim.hazard.terms import Terms

Matrix = npt.NDArray[np.float64]
Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Channel:
    """What drives a channel, before its coefficients are known.

    Parameters
    ----------
    slot, phase : int
        Which rule, and which of its delay profiles.
    since : float
        Days that its clock has been running.
    fixed, late : tuple of arrays
        Position and value of each fixed term, and of those that hold in late pieces only.
    z : array, shape (Q,)
        Endogenous covariates.
    """

    slot: int
    phase: int
    since: float
    fixed: tuple[npt.NDArray[np.int64], Vector]
    late: tuple[npt.NDArray[np.int64], Vector]
    z: Vector

    @classmethod
    def middling(cls, w: kernel.WorldArrays, channels: Sequence[int], now: float) -> Channel:
        """Return the channel with the median covariates of several of one rule and context.

        Of a single one that is the channel itself. Effects of their own (of different actors) are
        left out: the middling actor's is zero.

        Parameters
        ----------
        w : WorldArrays
        channels : sequence of int
            At least one, all of one column or of one rung of a front.
        now : float
            Days since the world's as-of date began.
        """
        clocks = [_clock(w, k) for k in channels]
        k = channels[0]
        answer = kernel.CONDEMN <= kernel.act_of(w, k)[0] <= kernel.SEVER
        phase = int(clocks[0][0])
        origin = float(np.median([at for _, at in clocks]))
        since = 0.0 if answer else max(0.0, now - origin)
        z = w.z[[kernel.driven_by(w, k) for k in channels]]
        fixed, late = (_median_terms(w, row, channels) for row in (0, 1))
        return cls(int(w.slot[k]), phase, since, fixed, late, np.median(z, axis=0))

    @classmethod
    def of(cls, w: kernel.WorldArrays, k: int, now: float) -> Channel:
        """Return a channel that is open, with the days that its own clock has run.

        Parameters
        ----------
        w : WorldArrays
        k : int
        now : float
        """
        found = cls.middling(w, [k], now)
        return replace(found, since=max(0.0, now - _clock(w, k)[1]))

    def terms_now(self, terms: Terms) -> tuple[npt.NDArray[np.int64], Vector]:
        """Return position and value of every term of the log hazard at the delay `since`.

        The log hazard under some coefficients is ``coefficients[at] @ value``.
        """
        edges = terms.edges[self.slot]
        piece = int(np.searchsorted(edges, self.since, side="right")) - 1
        found = [self.fixed, self.late] if piece >= terms.late_from[self.slot] else [self.fixed]
        for (slot, q), moving in terms.moving.items():
            if slot == self.slot:
                found.append((np.array(moving), np.full(len(moving), self.z[q])))
        paced = terms.pace.get((self.slot, self.phase, piece), [])
        found.append((np.array(paced, dtype=np.int64), np.ones(len(paced))))
        at, value = zip(*found, strict=True)
        return np.concatenate(at), np.concatenate(value)

    def log_rate(self, terms: Terms, coefficients: Matrix, z: Vector | None = None) -> Vector:
        """Return the log hazard without its delay factor under each row of coefficients, shape (D,)."""
        z = self.z if z is None else z
        at, value = self.fixed
        eta = coefficients[:, at] @ value
        for (slot, q), positions in terms.moving.items():
            if slot == self.slot:
                eta = eta + coefficients[:, positions].sum(axis=1) * z[q]
        return np.asarray(eta)

    def factors(self, terms: Terms, coefficients: Matrix) -> Matrix:
        """Return the factor of each delay piece under each row of coefficients, shape (D, B)."""
        at, value = self.late
        late = np.exp(coefficients[:, at] @ value)
        found = np.ones((len(coefficients), terms.edges.shape[1]))
        for b in range(found.shape[1]):
            if paced := terms.pace.get((self.slot, self.phase, b)):
                found[:, b] = np.exp(coefficients[:, paced].sum(axis=1))
            if b >= terms.late_from[self.slot]:
                found[:, b] *= late
        return found

    def by_day(self, terms: Terms, coefficients: Matrix, days: Sequence[float]) -> Matrix:
        """Return the probability that the channel rings within so many days, shape (D, len(days)).

        Alone: nothing else closes it or changes its covariates.
        """
        edges = terms.edges[self.slot]
        lengths = np.array([days_in(edges, self.since, self.since + d) for d in days])
        mass = self.factors(terms, coefficients) @ lengths.T
        return np.asarray(-np.expm1(-np.exp(self.log_rate(terms, coefficients))[:, None] * mass))


def _clock(w: kernel.WorldArrays, k: int) -> tuple[int, float]:
    """Return the delay profile of a channel and the time from which it counts."""
    phase, origin = kernel.runs_since(w, k)
    return int(phase), float(origin)


def days_in(edges: Vector, since: float, until: float) -> Vector:
    """Return how many days between two delays fall into each delay piece.

    Examples
    --------
    >>> days_in(np.array([0.0, 1.0, 4.0]), 0.5, 10.0).tolist()
    [0.5, 3.0, 6.0]
    """
    right = np.minimum(np.append(edges[1:], np.inf), until)
    return np.asarray(np.maximum(0.0, right - np.maximum(edges, since)))


def _median_terms(
    w: kernel.WorldArrays, row: int, channels: Sequence[int]
) -> tuple[npt.NDArray[np.int64], Vector]:
    rows = [slice(int(w.start[row, k]), int(w.start[row, k + 1])) for k in channels]
    at = np.array([w.term[one] for one in rows], dtype=np.int64)
    value = np.median([w.value[one] for one in rows], axis=0)
    shared = (at == at[0]).all(axis=0)
    return at[0], np.where(shared, value, 0.0)
