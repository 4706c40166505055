"""Clocks that the ensemble leaves alone could not have rung: what it foresees is a ceiling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from sim import kernel
from sim.hazard.riskset import SLOTS, process_of
from sim.world.assemble import Assembly
from sim.world.ensemble import run_ensemble

WATCHED = range(0, 400, 20)


def opened(a: Assembly, v: int, boost: float = 0.0) -> kernel.WorldArrays:
    """Return a world whose clocks run, and of which nothing is foreseen."""
    draw, w = kernel.draw_of(v, len(a.fixed)), kernel.copy_state(a.template)
    kernel.load_draw(w, a.fixed[draw], a.weight[draw], a.pace[draw], a.start, a.horizon)
    w.static[:] += boost
    kernel.begin(w, a.start, 1, v)
    return w


def acts(a: Assembly, w: kernel.WorldArrays, v: int) -> Iterator[tuple[float, int, int, int]]:
    """Play a world act by act."""
    done = rows = 0
    while True:
        _, act, i, j, t, done = kernel.choose(w, a.forced, done, a.horizon)
        if act < 0:
            return
        yield t, act, i, j
        kernel.apply_event(w, act, i, j, t, rows, 1, v)
        rows += 1


def test_every_covariate_has_a_ceiling() -> None:
    assert len(kernel.MOST) == kernel.ENDOGENOUS


@pytest.mark.parametrize("boost", [0.0, 4.0])
def test_no_covariate_passes_its_ceiling(syria: Assembly, boost: float) -> None:
    """Also where a great many recognise."""
    most = np.array(kernel.MOST)
    most[kernel.COUNT] = np.log1p(syria.layout.n)
    w, count = opened(syria, 0, boost), 0
    for _ in acts(syria, w, 0):
        count += 1
        assert (w.z <= most + 1e-9).all()
        assert (w.z >= -1e-9).all()
    assert count >= (50 if boost else len(syria.forced))


@pytest.mark.parametrize(("boost", "busiest"), [(0.0, 0), (3.0, 5), (12.0, kernel.NOTES + 1)])
def test_worlds_are_the_same_if_nothing_is_foreseen_and_no_clock_sleeps(
    syria: Assembly, boost: float, busiest: int
) -> None:
    """Also where covariates weigh so much that one act brings many, more than a column can note."""
    # Of recognitions alone: were what undoes them as quick, they would come and go for ever.
    slots = np.array([process_of(name) == "recognise" for name in SLOTS])[:, None]
    a = replace(syria, weight=syria.weight + boost * (slots & (syria.weight > 0)))
    log = run_ensemble(a, WATCHED.stop).log
    stands = log[log[:, 1] <= kernel.WITHDRAW]
    assert np.unique(stands[:, 3:5], axis=0, return_counts=True)[1].max() >= busiest
    for v in WATCHED:
        mine = [tuple(row) for row in log[log[:, 4] == v, :4].tolist()]
        assert mine == list(acts(a, opened(a, v), v)), v


def test_where_nothing_moves_a_hazard_all_is_foreseen(syria: Assembly) -> None:
    """The ceiling is then the hazard itself, integrated to the horizon: it is no looser than it must be."""
    w = kernel.copy_state(syria.template)
    still = np.zeros_like(syria.weight[0])
    kernel.load_draw(w, syria.fixed[0], still, syria.pace[0], syria.start, syria.horizon)
    kernel._foresee(w, syria.start, syria.horizon)
    n = syria.layout.n
    settled = np.repeat(w.phase == 1, n) & (w.is_open[: w.recognises.size] == 1)
    assert settled.sum() > 100
    floor = w.floor[: w.recognises.size][settled]
    assert np.allclose(floor, w.bound[: w.recognises.size][settled], rtol=0, atol=1e-7)
