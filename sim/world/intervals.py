"""How sure a probability is: its interval from worlds that share posterior draws.

Worlds under one draw ``d`` share the probability ``p_d``, so the number of them in which an act happens is
binomial, and over draws beta-binomial (Skellam, 1948)::

    x_d ~ Binomial(n_d, p_d),   p_d ~ Beta(1 / (s^2 (1 - m)), 1 / (s^2 m))

with mean ``m`` and correlation ``r = s^2 m (1 - m) / (1 + s^2 m (1 - m))`` of two worlds under one draw.
To first order the spread ``s`` is the standard deviation of the log odds over draws. It is of a size for
likely and unlikely acts alike, which the variance of ``p_d`` is not.

One unlikely act says little about its spread: of thirty worlds in ten thousand, no two or eight may share
a draw by chance. The acts of a kind together say much, since they share their rule. So the likelihood of
the spread (Griffiths, 1973; the mean at its estimate) is found on a grid for each act, the distribution of
the spread over the acts of a kind by maximum likelihood without a form (Laird, 1978: expectation and
maximisation; one more act that could have any spread keeps it off zero), and each act's own is the
posterior under it: a likely act's counts decide, an unlikely act borrows.

References
----------
Skellam, J. G. (1948). A probability distribution derived from the binomial distribution by regarding the
probability of success as variable between the sets of trials. J. R. Stat. Soc. B 10, 257-261.
Griffiths, D. A. (1973). Maximum likelihood estimation for the beta-binomial distribution and an application
to the household distribution of the total number of cases of a disease. Biometrics 29, 637-648.
Laird, N. (1978). Nonparametric maximum likelihood estimation of a mixing distribution. J. Am. Stat. Assoc.
73, 805-811.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, betaln

from sim import kernel

Vector = npt.NDArray[np.float64]
Worlds = npt.NDArray[np.int64]

# In steps of the square root of 2. Below the least the spread is nothing beside luck; above the
# largest the mean would lie outside the central interval.
SPREADS = np.geomspace(1 / 32, 4.0, 15)
ANY = np.full(SPREADS.size, 1 / SPREADS.size)
"""Weights of the spreads where no act of the kind tells anything."""

ROUNDS = 200


@dataclass(frozen=True)
class Counting:
    """How the worlds of an ensemble fall on the posterior draws.

    Parameters
    ----------
    worlds, draws : int

    Examples
    --------
    An act in half of the worlds, as often under one draw as under another; then in all the worlds of
    half the draws and in no other:

    >>> counting = Counting(worlds=8000, draws=1000)
    >>> even = np.arange(0, 8000, 2)
    >>> low, high = counting.interval(even, counting.likelihood(even))
    >>> bool(0.4 < low < 0.5 < high < 0.6)
    True
    >>> split = np.arange(8000)[np.arange(8000) // 4 % 2 == 0]
    >>> low, high = counting.interval(split, counting.likelihood(split))
    >>> bool(low < 0.05 < 0.95 < high)
    True
    """

    worlds: int
    draws: int

    def _counts(self, happened: Worlds) -> tuple[Worlds, Worlds, Worlds]:
        """Return (n, x, how many draws): of so many worlds of a draw the act happened in x."""
        every = np.arange(self.worlds)
        size = np.bincount(kernel.draw_of(every, self.draws), minlength=self.draws)
        count = np.bincount(kernel.draw_of(happened, self.draws), minlength=self.draws)
        code, times = np.unique(size * (self.worlds + 1) + count, return_counts=True)
        return code // (self.worlds + 1), code % (self.worlds + 1), times

    def likelihood(self, happened: Worlds) -> Vector:
        """Return the likelihood of each of `SPREADS`, the largest being 1.

        Parameters
        ----------
        happened : array of int
            Worlds in which the act happened, each once.
        """
        mean = len(happened) / self.worlds
        if not 0 < mean < 1:
            return np.ones(SPREADS.size)
        n, x, times = self._counts(happened)
        a, b = 1 / (SPREADS**2 * (1 - mean)), 1 / (SPREADS**2 * mean)
        log = betaln(x[:, None] + a, (n - x)[:, None] + b) - betaln(a, b)
        total = times @ log
        return np.asarray(np.exp(total - total.max()))

    def interval(self, happened: Worlds, weight: Vector, level: float = 0.9) -> tuple[float, float]:
        """Return the central posterior interval of a probability; it holds the share of worlds.

        The beta distribution above, its correlation averaged over the spreads, with ``1 / (N + 2)``
        of what is left added for luck in ``N`` worlds: without spread it is Jeffreys' interval,
        ``Beta(k + 1/2, N - k + 1/2)``.

        Parameters
        ----------
        happened : array of int
            Worlds in which the act happened, each once.
        weight : array
            Of each of `SPREADS`: the act's likelihood times the weights of its kind (`pooled`).
        level : float
            Mass of the interval.
        """
        k, N = len(happened), self.worlds
        mean = (k + 0.5) / (N + 1)
        varies = SPREADS**2 * mean * (1 - mean)
        correlation = float(weight @ (varies / (1 + varies)) / weight.sum())
        correlation += (1 - correlation) / (N + 2)
        total = 1 / correlation - 1
        tails = np.array([(1 - level) / 2, (1 + level) / 2])
        low, high = betaincinv(mean * total, (1 - mean) * total, tails)
        return min(float(low), k / N), max(float(high), k / N)  # never and always are held too


def pooled(likelihoods: Sequence[Vector]) -> Vector:
    """Return how often each of `SPREADS` occurs among acts of one kind, given their likelihoods.

    Examples
    --------
    Acts that tell little leave it open; acts that agree decide:

    >>> bool(np.ptp(pooled([np.ones(15)] * 3)) < 1e-9)
    True
    >>> bool(pooled([np.eye(15)[4] + 0.01] * 50)[4] > 0.9)
    True
    """
    likelihood = np.array([ANY * SPREADS.size, *likelihoods])
    weight = ANY
    for _ in range(ROUNDS):
        belongs = likelihood * weight
        belongs /= belongs.sum(axis=1, keepdims=True)
        belongs[0] = ANY  # the act that could have any
        weight = belongs.mean(axis=0)
    return np.asarray(weight)
