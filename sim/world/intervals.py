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
Louis, T. A. (1984). Estimating a population of parameter values using Bayes and empirical Bayes methods. J.
Am. Stat. Assoc. 79, 393-398.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

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
GRID = 64
"""Quantiles of each share in a difference; all pairs of them are counted."""


@dataclass(frozen=True, eq=False)
class Counting:
    """How the worlds of an ensemble fall on the posterior draws.

    Parameters
    ----------
    worlds, draws : int
    among : array of int, optional
        Only these worlds count, each once (a condition holds in them); all by default.

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
    among: Worlds | None = None

    @property
    def _every(self) -> Worlds:
        return np.arange(self.worlds) if self.among is None else self.among

    @property
    def size(self) -> int:
        """How many worlds count."""
        return self.worlds if self.among is None else len(self.among)

    @cached_property
    def _by_draw(self) -> Worlds:
        """How many worlds count under each draw."""
        return self.by_draw(self._every)

    def by_draw(self, happened: Worlds) -> Worlds:
        """Return how many of some worlds lie under each draw, shape (draws,)."""
        return np.bincount(kernel.draw_of(happened, self.draws), minlength=self.draws)

    def _counts(self, count: Worlds) -> tuple[Worlds, Worlds, Worlds]:
        """Return (n, x, how many draws): of so many worlds of a draw the act happened in x."""
        code, times = np.unique(self._by_draw * (self.worlds + 1) + count, return_counts=True)
        return code // (self.worlds + 1), code % (self.worlds + 1), times

    def likelihood(self, happened: Worlds) -> Vector:
        """Return the likelihood of each of `SPREADS`, the largest being 1.

        Parameters
        ----------
        happened : array of int
            Worlds in which the act happened, each once.
        """
        return self.likelihood_of(self.by_draw(happened))

    def likelihood_of(self, count: Worlds) -> Vector:
        """Return what `likelihood` does, given in how many worlds of each draw the act happened."""
        mean = count.sum() / self.size
        if not 0 < mean < 1:
            return np.ones(SPREADS.size)
        n, x, times = self._counts(count)
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
        return self.interval_of(len(happened), weight, level)

    def interval_of(self, k: int, weight: Vector, level: float = 0.9) -> tuple[float, float]:
        """Return what `interval` does, given in how many worlds the act happened."""
        N = self.size
        low, high = betaincinv(*self.law(k, weight), _tails(level))
        return min(float(low), k / N), max(float(high), k / N)  # never and always are held too

    def law(self, k: int, weight: Vector) -> tuple[float, float]:
        """Return the parameters of the beta distribution that `interval` tells of.

        Parameters
        ----------
        k : int
            In how many worlds the act happened.
        weight : array
            As in `interval`.
        """
        N = self.size
        mean = (k + 0.5) / (N + 1)
        varies = SPREADS**2 * mean * (1 - mean)
        correlation = float(weight @ (varies / (1 + varies)) / weight.sum())
        correlation += (1 - correlation) / (N + 2)
        total = 1 / correlation - 1
        return mean * total, (1 - mean) * total

    def difference(
        self,
        gained: Worlds,
        lost: Worlds,
        weights: tuple[Vector, Vector],
        level: float = 0.9,
    ) -> tuple[float, float]:
        """Return the central interval of a difference of two probabilities on the same clocks.

        The difference is the share of worlds that gain the act less the share that lose it, each with
        its own beta distribution over draws. Taken as independent: a draw under which more is gained
        is, if anything, one under which more is lost, which would make the interval narrower.

        Parameters
        ----------
        gained, lost : array of int
            Worlds in which only the second side has the act, and only the first.
        weights : tuple of array
            Of each of `SPREADS`, for the gained and for the lost, as in `interval`.

        Examples
        --------
        >>> counting = Counting(worlds=8000, draws=1000)
        >>> low, high = counting.difference(np.arange(0, 8000, 4), np.arange(0), (ANY, ANY))
        >>> bool(0 < low < 0.25 < high < 1)
        True
        """
        shares = (np.arange(GRID) + 0.5) / GRID
        up, down = (
            betaincinv(*self.law(len(worlds), weight), shares)
            for worlds, weight in zip((gained, lost), weights, strict=True)
        )
        low, high = np.quantile(np.subtract.outer(up, down), _tails(level))
        found = (len(gained) - len(lost)) / self.size
        return min(float(low), found), max(float(high), found)

    def mean_interval(self, values: Vector, level: float = 0.9) -> tuple[float, float]:
        """Return the central interval, over draws, of the mean of a number that each world has.

        The means of the draws are drawn together until they vary as the draws do, without the luck of
        the few worlds in each (Louis, 1984), and the luck of all the worlds is added.

        Parameters
        ----------
        values : array, shape (size,)
            Of the worlds that count, in their order.

        Examples
        --------
        Worlds that differ by luck alone, then by draw alone:

        >>> counting = Counting(worlds=8000, draws=1000)
        >>> low, high = counting.mean_interval(np.arange(8000) % 4 * 1.0)
        >>> bool(1.4 < low < 1.5 < high < 1.6)
        True
        >>> low, high = counting.mean_interval(np.arange(8000) // 4 % 2 * 1.0)
        >>> bool(low < 0.01 and high > 0.99)
        True
        """
        draw = kernel.draw_of(self._every, self.draws)
        _, draw, size = np.unique(draw, return_inverse=True, return_counts=True)
        means = np.bincount(draw, weights=values) / size
        free = max(1, self.size - len(size))
        within = float(((values - means[draw]) ** 2).sum()) / free
        varies = float(means.var())
        between = max(0.0, varies - within * float((1 / size).mean()))
        scale = np.sqrt((between + within / self.size) / varies) if varies > 0 else 0.0
        centre = float(values.mean())
        low, high = np.quantile(centre + scale * (means - means.mean()), _tails(level))
        return min(float(low), centre), max(float(high), centre)


def _tails(level: float) -> Vector:
    return np.array([(1 - level) / 2, (1 + level) / 2])


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
