"""The rungs of an answer as competing hazards: the probability of each, by day, without playing worlds.

An answer climbs: a rung may be skipped, none is stepped back, severance ends it. Its state is therefore the
last rung reached, a Markov chain in which the hazards of the rungs still open compete. Between whole
days and the edges of the delay pieces they are constant, so that a step is a matrix exponential and the
probabilities are exact: those of the worlds that `sim.kernel` plays, without their luck. Which rungs are
open in which state is asked of the kernel, by playing the answer once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.linalg

from sim import kernel
from sim.hazard.terms import Terms
from sim.report.hazards import Channel, Matrix, days_in

FASTEST = 1e6  # acts a day; beyond, an act is as good as immediate


@dataclass(frozen=True)
class Ladder:
    """An answer that is due, before its coefficients are known.

    Parameters
    ----------
    rungs : tuple of Channel
        Lowest first.
    is_open : array of bool, shape (RUNGS + 1, RUNGS)
        Which rungs may follow once none, or each, has been reached last.
    z : array, shape (RUNGS + 1, RUNGS, Q)
        Endogenous covariates of each rung in each state.
    """

    rungs: tuple[Channel, ...]
    is_open: npt.NDArray[np.bool_]
    z: npt.NDArray[np.float64]

    @classmethod
    def of(
        cls,
        w: kernel.WorldArrays,
        act: tuple[int, int],
        front: int,
        rungs: tuple[Channel, ...],
        now: float,
    ) -> Ladder:
        """Read the risk sets off the kernel: let the recognition happen, then each rung after it.

        Parameters
        ----------
        w : WorldArrays
            On the day; it is not changed.
        act : tuple of int
            Recogniser and column.
        front : int
            Who answers.
        rungs : tuple of Channel
            As driven by the recogniser's covariates, or by those of a middling one.
        now : float
        """
        actor, column = act
        due = kernel.copy_state(w)
        kernel.apply_event(due, kernel.RECOGNISE, actor, column, now, kernel.NO_CAUSE, 0, 0)
        first = kernel.channel_of(w, kernel.CONDEMN, actor, front)
        own = slice(first, first + kernel.RUNGS)
        states = [due]
        for r in range(kernel.RUNGS):
            after = kernel.copy_state(due)
            kernel.apply_event(after, kernel.CONDEMN + r, actor, front, now, kernel.NO_CAUSE, 0, 0)
            states.append(after)
        is_open = np.array([s.is_open[own] == 1 for s in states])
        return cls(rungs, is_open, np.array([s.z[own] for s in states]))

    def by_day(self, terms: Terms, coefficients: Matrix, days: int) -> npt.NDArray[np.float64]:
        """Return the probability that each rung has been reached by the end of each day.

        Returns
        -------
        array, shape (D, days + 1, RUNGS)
            Under each row of coefficients; day 0 is the moment of the recognition. That the answer
            passed the rung, wherever it went from there.
        """
        rates, factors = self._rates(terms, coefficients), self._factors(terms, coefficients)
        edges = terms.edges[self.rungs[0].slot]
        steps: dict[tuple[float, ...], npt.NDArray[np.float64]] = {}
        state = np.zeros((len(coefficients), 2 * kernel.RUNGS + 1))
        state[:, 0] = 1.0
        found = np.zeros((len(coefficients), days + 1, kernel.RUNGS))
        for day in range(days):
            pieces = days_in(edges, day, day + 1.0)
            for b in np.flatnonzero(pieces):
                key = (float(b), float(pieces[b]))
                if key not in steps:
                    steps[key] = _step(rates * factors[:, None, :, b], pieces[b])
                state = (state[:, None, :] @ steps[key])[:, 0]
            found[:, day + 1] = state[:, kernel.RUNGS + 1 :]
        return np.clip(found, 0.0, 1.0)

    def _rates(self, terms: Terms, coefficients: Matrix) -> npt.NDArray[np.float64]:
        """Hazard of each rung in each state, without the delay factor, shape (D, RUNGS + 1, RUNGS)."""
        found = np.zeros((len(coefficients), *self.is_open.shape))
        for s, r in zip(*np.nonzero(self.is_open), strict=True):
            found[:, s, r] = np.exp(self.rungs[r].log_rate(terms, coefficients, self.z[s, r]))
        return found

    def _factors(self, terms: Terms, coefficients: Matrix) -> npt.NDArray[np.float64]:
        return np.stack([rung.factors(terms, coefficients) for rung in self.rungs], axis=1)


def _step(rates: npt.NDArray[np.float64], days: float) -> npt.NDArray[np.float64]:
    """Return the transitions of so many days at constant hazards, shape (D, 2 R + 1, 2 R + 1).

    States are the last rung reached (none first), then for each rung the expected number of times that
    it was reached: its probability, since none is reached twice.
    """
    rates = np.minimum(rates, FASTEST)
    D, states, R = rates.shape
    generator = np.zeros((D, states + R, states + R))
    generator[:, :states, 1:states] = rates
    generator[:, :states, states:] = rates
    own = np.arange(states)
    generator[:, own, own] -= rates.sum(axis=2)
    return np.asarray(scipy.linalg.expm(generator * days))
