"""What a researcher may pass to `sim.run` and `sim.World`, and what is told of anything else."""

from __future__ import annotations

from pathlib import Path

import pytest

import sim
from sim.errors import InputError
from sim.world.assemble import Assembly


def test_a_scenario_may_be_the_path_of_its_file(root: Path) -> None:
    path = root / "scenarios" / "donbas-syria.toml"
    by_path = sim.run(str(path), worlds=20)
    by_scenario = sim.run(sim.load_scenario(path), worlds=20)
    assert by_path.events.equals(by_scenario.events)
    assert sim.World(path).assembly.scenario == by_path.assembly.scenario


def test_a_path_to_nothing_is_told() -> None:
    with pytest.raises(InputError, match=r"^nowhere\.toml: found no such file"):
        sim.run("nowhere.toml", worlds=20)


def test_what_is_no_scenario_is_told_with_what_would_be() -> None:
    with pytest.raises(InputError, match=r"found a dict, expected a scenario, as sim\.load_scen"):
        sim.run({"title": "x"}, worlds=20)  # type: ignore[arg-type]


@pytest.mark.parametrize("worlds", [0, -3, 1.5, "10", True])
def test_worlds_are_a_whole_number_from_one_on(root: Path, worlds: object) -> None:
    with pytest.raises(InputError, match=f"^worlds: found '{worlds}', expected a whole number"):
        sim.run(str(root / "scenarios" / "donbas-syria.toml"), worlds=worlds)  # type: ignore[arg-type]


def test_a_code_that_no_actor_has_is_told_with_what_may_be_meant(syria: Assembly) -> None:
    actors = sim.World(syria).actors
    assert actors["UKR"].code == "UKR"
    with pytest.raises(InputError, match=r"^world\.actors: found 'Ukraine', .*mean UKR"):
        actors["Ukraine"]
    assert "XXX" not in actors
    assert actors.get("XXX") is None
