"""Worlds simulated from known probabilities, draw by draw: the intervals told of them are right."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from sim import kernel
from sim.world.ensemble import Ensemble
from sim.world.intervals import ANY, SPREADS, Counting, pooled
from sim.world.projection import share

WORLDS, DRAWS = 10_000, 1_000
ACTS, SEEDS = 150, 10
COUNTING = Counting(WORLDS, DRAWS)

Vector = npt.NDArray[np.float64]


def log_normal(rng: np.random.Generator, mean: float) -> Vector:
    """Draw hazards as a log-linear rule with a normal posterior of standard deviation 1 has them."""
    return np.asarray(-np.expm1(-mean * np.exp(rng.normal(-0.5, 1.0, DRAWS))))


def beta(rng: np.random.Generator, mean: float) -> Vector:
    return rng.beta(1.0 / (1 - mean), 1.0 / mean, DRAWS)


def alike(rng: np.random.Generator, mean: float) -> Vector:
    return np.full(DRAWS, mean)


LAWS: dict[str, Callable[[np.random.Generator, float], Vector]] = {
    "log-normal": log_normal, "beta": beta, "alike": alike,
}  # fmt: skip
RARE, LIKELY = (0.001, 0.006), (0.05, 0.6)


@cache
def told(law: str, between: tuple[float, float]) -> tuple[Vector, Vector, Vector, Vector]:
    """Return, for acts of one kind over seeds: the probability of each draw, share, low, high."""
    truth, found = [], []
    for seed in range(SEEDS):
        rng = np.random.default_rng([seed, sorted(LAWS).index(law)])
        kind = [LAWS[law](rng, mean) for mean in np.geomspace(*between, ACTS)]
        draw = kernel.draw_of(np.arange(WORLDS), DRAWS)
        happened = [np.flatnonzero(rng.random(WORLDS) < p[draw]) for p in kind]
        likelihoods = [COUNTING.likelihood(worlds) for worlds in happened]
        weight = pooled(likelihoods)
        for worlds, likelihood in zip(happened, likelihoods, strict=True):
            found.append((len(worlds) / WORLDS, *COUNTING.interval(worlds, weight * likelihood)))
        truth += kind
    shares, low, high = np.array(found).T
    return np.array(truth), shares, low, high


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("between", [RARE, LIKELY], ids=["rare", "likely"])
def test_they_cover_the_probabilities_of_the_draws(law: str, between: tuple[float, float]) -> None:
    """A twentieth of a posterior lies beyond each end, on average over the acts.

    Hoeffding: the mean of n numbers in [0, 1] passes its expectation by sqrt(log(1 / e) / 2n) with a
    probability below e.
    """
    truth, _, low, high = told(law, between)
    margin = np.sqrt(np.log(1e6) / (2 * len(truth)))
    assert (truth < low[:, None]).mean() < 0.05 + margin
    assert (truth > high[:, None]).mean() < 0.05 + margin


@pytest.mark.parametrize("law", LAWS)
def test_they_hold_their_own_estimate(law: str) -> None:
    for between in (RARE, LIKELY):
        _, shares, low, high = told(law, between)
        assert ((low <= shares) & (shares <= high)).all()


@pytest.mark.parametrize("law", ["log-normal", "beta"])
def test_they_are_stable_where_the_act_is_rare(law: str) -> None:
    """No interval collapses onto the noise, and none runs off: each is wide as the posterior is."""
    truth, shares, _, high = told(law, RARE)
    true = np.quantile(truth, 0.95, axis=1) / truth.mean(axis=1)
    width = high / shares
    assert (width > 2.2).mean() > 0.99
    assert np.median(true) < 1.1 * np.median(width) < 1.5 * np.median(true)
    enough = shares > 0.002
    assert width[enough].std() < 0.2 * width[enough].mean()


def test_they_are_narrow_where_the_draws_agree() -> None:
    _, shares, low, high = told("alike", LIKELY)
    luck = 1.645 * np.sqrt(shares * (1 - shares) / WORLDS)
    assert (high - shares < 3 * luck).mean() > 0.9
    assert (shares - low < 3 * luck).mean() > 0.9


@pytest.mark.parametrize("count", [1, 2, 4, 8])
def test_worlds_that_all_share_a_draw_are_held(count: int) -> None:
    """Eight worlds of one draw look as if that draw were certain and every other impossible."""
    happened = np.flatnonzero(kernel.draw_of(np.arange(WORLDS), DRAWS) == 7)[:count]
    low, high = COUNTING.interval(happened, COUNTING.likelihood(happened) * ANY)
    assert low < count / WORLDS < high


@pytest.mark.parametrize("worlds", [1, 2, 10, 5_000])
def test_never_always_and_few_worlds(worlds: int) -> None:
    counting = Counting(worlds, DRAWS)
    for k in {0, 1, worlds - 1, worlds}:
        happened = np.arange(k)
        weight = counting.likelihood(happened) * ANY
        low, high = counting.interval(happened, weight)
        assert 0 <= low <= k / worlds <= high <= 1
        assert low < high
        assert (low == 0) == (k == 0)
        assert (high == 1) == (k == worlds)


def test_without_spread_it_is_jeffreys_interval() -> None:
    from scipy.stats import beta as law

    happened, spreadless = np.arange(0, 3000, 100), np.eye(SPREADS.size)[0]
    low, high = COUNTING.interval(happened, spreadless)
    jeffreys = law(30.5, WORLDS - 29.5)
    assert low == pytest.approx(jeffreys.ppf(0.05), rel=0.01)
    assert high == pytest.approx(jeffreys.ppf(0.95), rel=0.01)


def test_an_ensembles_rare_acts_borrow_from_their_kind(ensemble: Ensemble) -> None:
    table = ensemble.projection()
    assert set(ensemble.spreads) == set(table["kind"])
    assert (table["low"] <= table["probability"]).all()
    assert (table["probability"] <= table["high"]).all()
    rare = table[(table["probability"] < 0.01) & (table["kind"] == "recognise")]
    same = rare.groupby("probability")["high"]
    # Equal shares still differ by how many draws their worlds lie under: all under one says that the draws
    # differ. With a few worlds each that moves an end of the interval by a small factor only.
    assert (same.max() < 3 * same.min()).all(), "equal shares are told alike"


def test_the_first_of_each_world_counts(ensemble: Ensemble) -> None:
    events = ensemble.events[(ensemble.events["kind"] == "recognise") & ~ensemble.forced]
    found = share(ensemble, "recognise", events.sample(frac=1, random_state=1))
    first = events.groupby("world")["day"].min()
    assert found.probability == len(first) / ensemble.worlds
    assert found.days.tolist() == sorted(first)
    assert found.median_days == first.median()
