"""A case in which several acted as one (a union withdrew a recognition) is weighed in all of them."""

from __future__ import annotations

import numpy as np
import pytest

from sim.hazard.evidence import Evidence, weigh
from sim.hazard.fitting import newton
from sim.hazard.sampling import Design, Fit, Idle

EFFECTS, SIZE = 3, 5
LABELS = np.array(["joint", "", "joint", "", "lone", ""], dtype=object)


def fitted(design: Design, effect_sd: float = 0.7) -> Fit:
    p = design.X.shape[1]
    sd = np.full(p, 2.0)
    mode, precision, found = newton(
        design, np.zeros(p), np.zeros(p), sd, effect_sd, EFFECTS, steps=50
    )
    return Fit(
        "withdraw", np.arange(p), p + np.arange(EFFECTS), Idle(np.zeros(0, int), np.zeros(0), np.zeros(0)),
        design, mode, np.zeros(p), sd, precision, effect_sd, found.mean, found.factor, {},
    )  # fmt: skip


@pytest.fixture
def rows() -> Design:
    X = np.column_stack([np.ones(6), [0.0, 1.0, 1.0, 0.0, 1.0, 0.5]])
    effect = np.array([0, 0, 1, 1, 2, 2])
    return Design(X, effect, np.array([1.0, 0, 1, 0, 1, 0]), np.array([2.0, 9, 3, 8, 2, 9]))


def weighed(design: Design, labels: np.ndarray) -> Evidence:
    return weigh(fitted(design), labels, SIZE)


def test_every_member_s_own_effect_moves(rows: Design) -> None:
    found = weighed(rows, LABELS)
    assert found.cases == ("joint", "lone")
    own = found.moves[:, 2:]
    assert (own[0, :2] < 0).all()  # without its act each of the two is less inclined
    assert own[0, 2] == 0
    assert (own[1] != 0).tolist() == [False, False, True]


def test_the_shared_coefficients_move_about_as_a_refit_has_it(rows: Design) -> None:
    many = Design(
        *(np.concatenate([part] * 20) for part in (rows.X, rows.effect, rows.y, rows.days))
    )
    labels = np.concatenate([LABELS, np.full(6 * 19, "", dtype=object)])
    kept = labels != "joint"
    without = fitted(Design(many.X[kept], many.effect[kept], many.y[kept], many.days[kept]))
    told = weighed(many, labels).moves[0, :2]
    assert told == pytest.approx(without.mode - fitted(many).mode, rel=0.1, abs=1e-3)


def test_rows_added_up_weigh_the_same(rows: Design) -> None:
    cut = Design(
        np.repeat(rows.X, 2, axis=0), np.repeat(rows.effect, 2),
        np.repeat(rows.y, 2) * np.tile([0.0, 1.0], 6), np.repeat(rows.days, 2) / 2,
    )  # fmt: skip
    single, merged = weighed(cut, np.repeat(LABELS, 2)), weighed(*cut.merged(np.repeat(LABELS, 2)))
    assert merged.cases == single.cases
    assert merged.moves == pytest.approx(single.moves, abs=1e-9)
