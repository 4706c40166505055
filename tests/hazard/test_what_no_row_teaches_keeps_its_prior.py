"""Coefficients that enter no row of the record: they keep their prior, and disturb nobody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest
import scipy.stats

from sim.hazard import sampling
from sim.hazard.learn import learn
from sim.hazard.posterior import Posterior
from sim.history.corpus import Corpus

DAY, DRAWS = date(2004, 12, 31), 4000
EVENTS = [
    "X1,2000-06-01,day,CCC,recognise,ENT,north,",
    "X2,2000-06-04,day,PAR,sever_relations,CCC,north,X1",
    "X3,2001-03-01,day,AAA,recognise,ENT,north,",
    "X4,2001-03-01,day,PAR,recall_ambassador,AAA,north,X3",
    "X5,2002-01-01,day,BBB,recognise,ENT,north,",
]
COVERAGE = [
    f"north,{process},{kind},,2000-01-01,,Toy.,toy,verified"
    for process, kind in (
        ("recognise", "recognise"),
        ("respond", "recall_ambassador"),
        ("respond", "sever_relations"),
    )
]


@pytest.fixture
def learned(
    toy_corpus: Callable[..., Corpus], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Posterior]:
    """Learn from the toy's record; PRT is a second responder, of whose answers there is none."""
    monkeypatch.setattr(sampling, "BUDGET", 1)

    def found(*disputes: str, draws: int = DRAWS) -> Posterior:
        return learn(toy_corpus(EVENTS, disputes, coverage=COVERAGE), DAY, draws=draws)

    return found


def idle(posterior: Posterior) -> dict[str, int]:
    """Positions of the coefficients that no row of the toy can inform."""
    return {
        name: p
        for p, name in enumerate(posterior.names)
        if name in ("respond/actor/PRT", "recognise/entity/TNE")
        or (name.endswith("/actor/PRT") and name.startswith("respond/"))
        or name.startswith(("respond/condemn/", "respond/downgrade/"))
    }


def test_they_keep_their_prior_exactly(learned: Callable[..., Posterior]) -> None:
    posterior = learned("north", "south")
    found = idle(posterior)
    assert {"respond/actor/PRT", "recognise/entity/TNE", "respond/condemn/intercept"} <= set(found)
    scales: dict[str, Any] = {
        process: posterior.about[process]["scales"] for process in ("recognise", "respond")
    }
    blocks = {
        "weight_by_rung": "/x/",
        "actor_when_late": "/late/actor/",
        "doctrine/{}": "/actor/",
        "weight_when_late": "/late/x/",
        "intercept": "/intercept",
    }
    for name, p in found.items():
        process, draws, sd = name.split("/")[0], posterior.draws[:, p], posterior.sd[p]
        if name.count("/") == 3:
            block = next(b for b, part in blocks.items() if part in name).format(name.split("/")[1])
        else:
            block = {"respond/actor/PRT": "actor", "recognise/entity/TNE": "entity"}.get(
                name, "intercept"
            )
        assert sd == scales[process][block], name
        centre = posterior.mode[p]
        if block != "intercept":
            assert centre == 0, name
        if block == "intercept":  # whose prior has no scale that is learned
            assert abs(draws.std() - sd) < 4.5 * sd / np.sqrt(2 * DRAWS), name
        else:  # a mixture over what the scale may be
            assert sd / 2 < draws.std() < 4 * sd, name
        assert abs(draws.mean() - centre) < 4.5 * draws.std() / np.sqrt(DRAWS), name


def test_they_are_drawn_anew_each_time_and_alone(learned: Callable[..., Posterior]) -> None:
    """Draws of what is learned are resampled and repeat; those of a prior do not, and go with nothing."""
    posterior = learned("north", "south")
    at = list(idle(posterior).values())
    for p in at:
        # Draws are kept to a thousandth, so that some of thousands coincide.
        assert len(np.unique(posterior.draws[:, p])) > 0.3 * DRAWS, posterior.names[p]
    # By ranks: draws of one block share their scales, some of them wide, which widens the error of products.
    together = scipy.stats.spearmanr(posterior.draws[:, at]).statistic - np.eye(len(at))
    assert np.abs(together).max() < 5 / np.sqrt(DRAWS)


def test_they_leave_what_is_learned_as_it_was(learned: Callable[..., Posterior]) -> None:
    """A second responder without a record changes no estimate of the first."""
    alone, beside = learned("north", draws=20), learned("north", "south", draws=20)
    assert set(alone.names) < set(beside.names)
    at = [beside.names.index(name) for name in alone.names]
    mine = np.array([name.startswith("respond/") for name in alone.names])
    np.testing.assert_allclose(beside.mode[at][mine], alone.mode[mine], atol=1e-6)
    np.testing.assert_allclose(beside.sd[at][mine], alone.sd[mine], atol=1e-6)
