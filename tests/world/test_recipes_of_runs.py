"""The recipe of a run is another if anything that its worlds are played from is another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim import kernel
from sim.history.corpus import load_corpus
from sim.world import blocks as in_blocks
from sim.world.assemble import Assembly, assemble
from sim.world.blocks import recipe_of
from sim.world.ensemble import run_ensemble
from sim.world.run import run_blocks
from sim.world.scenario_model import Scenario

Supposing = Callable[..., Assembly]
ACT = {"sender": "BLR", "kind": "recognise", "receivers": ("DPR", "LPR")}
CHANGES: dict[str, tuple[dict[str, object], ...]] = {
    "imposed": ({"date": date(2022, 8, 1), **ACT},),
    "imposed later": ({"date": date(2022, 8, 2), **ACT},),
    "once": ({"when": {"kind": "recognise", "receiver": "DPR", "after_days": 7}, **ACT},),
    "thrice": ({"when": {"kind": "recognise", "receiver": "DPR", "count": 3, "after_days": 7}, **ACT},),
    "once, later": ({"when": {"kind": "recognise", "receiver": "DPR", "after_days": 30}, **ACT},),
    "once, of the other": ({"when": {"kind": "recognise", "receiver": "LPR", "after_days": 7}, **ACT},),
    "forbidden": ({"forbid": {"sender": "PRK", "kind": "recognise"}},),
    "forbidden to act": ({"forbid": {"sender": "PRK"}},),
    "in favour": ({"stance": {"actor": "NRU", "toward": ("DPR",), "value": 0.9}},),
    "against": ({"stance": {"actor": "NRU", "toward": ("DPR",), "value": -0.9}},),
    "no relations": ({"relations": {"between": ("UKR", "SYR"), "level": "none"}},),
    "lower relations": ({"relations": {"between": ("UKR", "BLR"), "level": "charge"}},),
    "a tie": ({"tie": {"between": ("SRB", "RUS"), "kind": "alliance"}},),
    "closed": ({"close": {"dispute": "kosovo"}},),
    "a doctrine": ({"doctrine": {"actor": "UKR", "like": "SRB"}},),
}  # fmt: skip


@pytest.fixture(scope="module")
def supposing(syria: Assembly) -> Supposing:
    def made(*interventions: dict[str, object]) -> Assembly:
        tables = syria.scenario.model_dump(by_alias=True)
        tables["intervention"] = (*tables["intervention"], *interventions)
        return assemble(Scenario.model_validate(tables), load_corpus(), syria.posterior)

    return made


def test_whatever_a_scenario_changes_changes_the_recipe(
    syria: Assembly, supposing: Supposing
) -> None:
    recipes = {"as it is": recipe_of(syria, 1)}
    recipes |= {told: recipe_of(supposing(*changes), 1) for told, changes in CHANGES.items()}
    assert len(set(recipes.values())) == len(recipes)
    assert recipe_of(supposing(), 1) == recipes["as it is"]


def other(value: object) -> object:
    """Return something of the same kind that differs in a bit."""
    if isinstance(value, float):
        return np.nextafter(value, np.inf)
    array = np.array(value, order="C")
    array.reshape(-1).view(np.uint8)[-1] ^= 1
    return array


def test_every_array_that_is_played_is_part_of_the_recipe(supposing: Supposing) -> None:
    waits = supposing(*CHANGES["once"])
    changed = {
        name: replace(waits, **{name: other(getattr(waits, name))})
        for name in ("fixed", "weight", "pace", "forced", "start", "horizon")
    }
    for whole in ("template", "conditions"):
        part = getattr(waits, whole)
        for name, array in part._asdict().items():
            if array.size:
                one = part._replace(**{name: other(array)})
                changed[f"{whole}.{name}"] = replace(waits, **{whole: one})
    recipes = {name: recipe_of(a, 1) for name, a in changed.items()}
    recipe = recipe_of(waits, 1)
    left_out = {name for name, found in recipes.items() if found == recipe}
    assert left_out == {"template.touched"}, "scratch alone may differ"
    assert len(recipes) == 6 + len(kernel.WorldArrays._fields) + 3


def test_a_run_goes_on_from_no_block_of_another_condition(
    supposing: Supposing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_blocks, "BLOCK", 256)
    run_blocks(supposing(*CHANGES["once"]), 500, tmp_path)
    changed = supposing(*CHANGES["thrice"])
    expected = run_ensemble(changed, 500).log
    assert run_blocks(changed, 500, tmp_path).log.tobytes() == expected.tobytes()
