"""An act that waits for others comes when they have, in no other world, and moves nothing before."""

from __future__ import annotations

import numpy as np
import pytest

from sim import kernel
from sim.world.assemble import Assembly
from sim.world.ensemble import Ensemble

WORLDS, DELAY = 400, 2.0


def run_if(a: Assembly, matches: np.ndarray, needed: int) -> np.ndarray:
    """Let the DPRK recognise, two days after so many acts that match."""
    template, scratch = kernel.copy_state(a.template), kernel.copy_state(a.template)
    who, column = a.codes.index("PRK"), int(a.forced[0, 3])
    planned = np.array([[0, DELAY, kernel.RECOGNISE, who, column]], dtype=float)
    forced = np.full((len(a.forced) + 1, kernel.AHEAD), np.inf)
    forced[:-1, :4], forced[:-1, 4], forced[:-1, 5] = a.forced, kernel.NO_CAUSE, kernel.FREELY
    conditions = (np.zeros(1, np.int64), np.array([needed]), matches, planned)
    log = np.zeros((100 * WORLDS, 6))
    order = np.argsort(kernel.draw_of(np.arange(WORLDS), len(a.fixed)), kind="stable")
    used = kernel.run_conditional(
        template, scratch, a.fixed, a.weight, a.pace, forced, a.start, a.horizon, 1, order, log,
        conditions,
    )  # fmt: skip
    log = log[:used]
    return log[np.argsort(log[:, 4], kind="stable")]


def matching(a: Assembly, act: int) -> np.ndarray:
    shape = (1, 9, a.layout.n, max(a.layout.m, len(a.layout.fronts)))
    matches = np.zeros(shape, np.uint8)
    matches[0, act] = 1
    return matches


def test_a_condition_that_is_never_met_changes_nothing(syria: Assembly, ensemble: Ensemble) -> None:
    log = run_if(syria, matching(syria, kernel.RECOGNISE), 10_000)
    assert log.tobytes() == ensemble.log[ensemble.log[:, 4] < WORLDS].tobytes()


@pytest.mark.parametrize("needed", [1, 2])
def test_it_comes_two_days_after_the_answer(
    syria: Assembly, ensemble: Ensemble, needed: int
) -> None:
    log = run_if(syria, matching(syria, kernel.SEVER), needed)
    who, column = syria.codes.index("PRK"), syria.forced[0, 3]
    met_in = 0
    for v in range(WORLDS):
        mine, plain = log[log[:, 4] == v], ensemble.log[ensemble.log[:, 4] == v]
        answers = np.flatnonzero(mine[:, 1] == kernel.SEVER)
        own = mine[(mine[:, 1] == 0) & (mine[:, 2] == who) & (mine[:, 3] == column)]
        if len(answers) < needed:
            assert mine.tobytes() == plain.tobytes()
            continue
        met = answers[needed - 1]
        when = mine[met, 0] + DELAY
        before = plain[:, 0] < min(when, syria.horizon)
        assert mine[: before.sum()].tobytes() == plain[before].tobytes()
        if when < syria.horizon and not (own[:, 0] < when).any():
            met_in += 1
            assert own[0, 0] == when
            assert own[0, 5] == met, "its cause is the act that met the condition"
    assert met_in > (50 if needed == 1 else 0)
