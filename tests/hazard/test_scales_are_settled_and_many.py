"""Scales are sought until they are settled, and sampled until no few of them carry the draws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_t

from sim.hazard import scales
from sim.hazard.fitting import _settled
from sim.hazard.posterior import Posterior, vectors_behind
from sim.hazard.scales import ENOUGH, ROUNDS, TAIL, _dealt, _fitted, _points, _shares
from sim.hazard.shelf import ROOT, SHIPPED


@pytest.mark.parametrize("pull", [0.5, 0.9, 0.99])
def test_a_creeping_scale_is_followed_to_its_end(pull: float) -> None:
    """Each step goes a hundredth of the way, and stops changing by 0.5 % long before the end."""
    end = np.array([-1.4, 0.3])

    def creep(logs: np.ndarray) -> np.ndarray:
        return end + np.array([pull, 0.5]) * (logs - end)

    np.testing.assert_allclose(_settled(creep, np.zeros(2)), end, atol=0.01)


def test_one_round_does_not_do_for_nine_scales() -> None:
    """As `around` goes on: a normal of nine dimensions, off the first proposal, needs several rounds."""
    size = 9
    mean, shape = np.full(size, 0.7), 0.3 * np.eye(size)
    proposals, logs, effective = [(np.zeros(size), 0.36 * np.eye(size))], np.empty((0, size)), []
    for count in ROUNDS:
        new = _points(*proposals[-1], count, np.random.default_rng([1, len(proposals)]))
        logs = np.vstack([logs, new])
        share = _shares(logs, multivariate_t(mean, shape, df=TAIL).logpdf(logs), proposals)
        effective.append(1 / (share @ share))
        proposals.append(_fitted(logs, share, proposals[0]))
    assert effective[0] < ENOUGH / 2
    assert effective[-1] >= ENOUGH


def test_draws_are_dealt_by_weight() -> None:
    fits = ["a", "b", "c"]
    parts = dict(_dealt(fits, np.array([0.6, 0.3, 0.1]), 1000, np.random.default_rng(1)))  # type: ignore[arg-type]
    assert sum(parts.values()) == 1000
    assert abs(parts["a"] - 600) <= scales.TOGETHER  # type: ignore[index]
    assert (
        sum(
            count
            for _, count in _dealt(fits, np.array([0.6, 0.3, 0.1]), 57, np.random.default_rng(1))
        )
        == 57
    )  # type: ignore[arg-type]


def test_the_shipped_draws_rest_on_many_vectors() -> None:
    about = Posterior.load(ROOT / "hazard" / "data" / SHIPPED).about
    sampled = {
        p: vectors_behind(of["vector"])
        for p, of in about.items()
        if isinstance(of, dict) and len(of["vectors"]) > 1
    }
    assert {"respond", "solidarity", "reconcile", "restore", "return"} <= set(sampled)
    assert min(sampled.values()) > 50
