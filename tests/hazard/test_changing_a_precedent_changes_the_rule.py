"""Forget a severance, and Ukraine is thought less ready to sever; the stored influence foretells it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.hazard.posterior import Posterior
from sim.hazard.shelf import posterior_for
from sim.history.corpus import Corpus
from sim.history.names import forgotten_events
from sim.world.ensemble import run_ensemble
from sim.world.run import prepare
from sim.world.scenario import load_scenario

CASE = "UKR-SYR-2022"
SEVERING = ("respond/sever/intercept", "respond/actor/UKR", "respond/sever/actor/UKR")


def severing(posterior: Posterior, of: np.ndarray) -> np.ndarray:
    """Ukraine's own log hazard of severing, from coefficients (..., P)."""
    return of[..., [posterior.names.index(name) for name in SEVERING]].sum(axis=-1)


@pytest.fixture(scope="module")
def learned(shipped: Corpus, day: date) -> Posterior:
    return posterior_for(shipped, day)


@pytest.fixture(scope="module")
def forgetful(shipped: Corpus, day: date) -> Posterior:
    return posterior_for(shipped, day, forgotten_events(shipped.as_of(day), [CASE]))


def test_the_coefficients_fall(learned: Posterior, forgetful: Posterior) -> None:
    assert severing(forgetful, forgetful.mode) < severing(learned, learned.mode) - 0.02
    assert severing(forgetful, forgetful.draws).mean() < severing(learned, learned.draws).mean()
    assert forgetful.without
    assert CASE not in forgetful.evidence["respond"].cases
    assert forgetful.about["respond"]["events"] < learned.about["respond"]["events"]


def test_the_influence_foretells_it(learned: Posterior, forgetful: Posterior) -> None:
    evidence = learned.evidence["respond"]
    move = evidence.moves[evidence.cases.index(CASE)]
    assert severing(learned, move) < 0
    own = [p for p, name in enumerate(learned.names) if name.startswith("respond/")]
    change = (forgetful.mode - learned.mode)[own]
    assert np.corrcoef(move[own], change)[0, 1] > 0.3
    assert not move[[p for p in range(len(move)) if p not in own]].any()


def test_a_case_where_nothing_followed_holds_the_hazard_down(learned: Posterior) -> None:
    """Serbia severed with none of its recognisers: each of those cases, dropped, would raise the hazard."""
    evidence = learned.evidence["respond"]
    at = learned.names.index("respond/sever/intercept")
    own = [learned.names.index(f"respond/{part}actor/SRB") for part in ("", "sever/")]
    serbian = [c for c, name in enumerate(evidence.cases) if name.startswith("SRB-")]
    moves = evidence.moves[serbian][:, [at, *own]].sum(axis=1)
    assert len(serbian) > 50
    assert moves.mean() > 0
    assert (moves > 0).mean() > 0.6


def test_the_projection_falls(root: Path) -> None:
    scenario = load_scenario(root / "scenarios" / "donbas-dprk.toml")
    shares = []
    for drop in ([], [CASE]):
        events = run_ensemble(prepare(scenario, drop=drop), worlds=2000).events
        hit = (events["kind"] == "sever_relations") & (events["receiver"] == "PRK")
        shares.append(events.loc[hit & (events["sender"] == "UKR"), "world"].nunique() / 2000)
    assert shares[1] < shares[0] - 0.02


def test_forgetting_is_not_undoing(root: Path) -> None:
    """What is forgotten teaches nothing, but it happened: the world starts in the same state."""
    scenario = load_scenario(root / "scenarios" / "donbas-dprk.toml")
    kept, forgot = (prepare(scenario, drop=drop).template for drop in ([], [CASE]))
    for name in ("recognises", "level", "reached", "provoked", "wave_at", "z", "allowed"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(forgot, name), err_msg=name)


def test_a_precedent_nobody_knows_is_refused(root: Path) -> None:
    scenario = load_scenario(root / "scenarios" / "donbas-dprk.toml")
    with pytest.raises(InputError, match="UKR-SYR-2022"):
        prepare(scenario, drop=["UKR-SYR-2021"])
