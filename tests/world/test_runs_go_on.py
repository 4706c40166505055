"""A run of many worlds is played block by block: cut anywhere it goes on, to the same result."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pyarrow import parquet

from sim.cli import main
from sim.errors import InputError, ResultError
from sim.report.answers import answers
from sim.report.folder import write
from sim.report.reactions import reactions
from sim.report.text import plain
from sim.world import blocks as in_blocks
from sim.world.assemble import Assembly
from sim.world.blocks import Blocks, recipe_of
from sim.world.ensemble import Ensemble, run_ensemble
from sim.world.results import ResultFolder
from sim.world.run import run_blocks

WORLDS = 700


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_blocks, "BLOCK", 256)


@pytest.fixture(scope="module")
def whole(syria: Assembly) -> Ensemble:
    return run_ensemble(syria, WORLDS)


class CutError(Exception):
    """What a test stops a run with."""


def cut_after(worlds: int) -> Callable[[int], None]:
    def progress(done: int) -> None:
        if done >= worlds:
            raise CutError

    return progress


def test_blocks_say_what_one_log_says(syria: Assembly, whole: Ensemble, tmp_path: Path) -> None:
    stored = run_blocks(syria, WORLDS, tmp_path / "kept")
    assert len(list(stored.parts())) == 3
    assert stored.log.tobytes() == whole.log.tobytes()
    assert stored.projection().equals(whole.projection())
    assert repr(answers(stored)) == repr(answers(whole))
    assert repr(reactions(stored)) == repr(reactions(whole))
    assert plain(stored) == plain(whole)
    events = pd.concat([part.events for part in stored.parts()], ignore_index=True)
    assert events.equals(whole.events)


def test_the_counts_are_those_of_the_table_of_events(whole: Ensemble) -> None:
    """Counted anew, the slow way, from the table that users read."""
    table = whole.projection().set_index(["sender", "kind", "receiver", "dispute"])
    events = whole.events[whole.events["trigger"] != "intervention"]
    first = events.groupby([*table.index.names, "world"])["day"].min().groupby(table.index.names)
    assert len(table) > 50
    assert (first.size() / WORLDS).reindex(table.index).equals(table["probability"])
    assert first.median().reindex(table.index).equals(table["median_days"])
    together = (
        events[events["kind"] == "recognise"].groupby(["sender", "world"])["receiver"].nunique()
    )
    for reaction in reactions(whole):
        if reaction.kind == "recognise" and len(reaction.receivers) == 2:
            assert reaction.joint == ((together.loc[reaction.sender] == 2).mean() >= 0.8)


@pytest.mark.parametrize("cut", [1, 256, 300, 512, 699])
def test_cut_and_begun_again(syria: Assembly, whole: Ensemble, tmp_path: Path, cut: int) -> None:
    with pytest.raises(CutError):
        run_blocks(syria, WORLDS, tmp_path, progress=cut_after(cut))
    told: list[str] = []
    assert (
        run_blocks(syria, WORLDS, tmp_path, told=told.append).log.tobytes() == whole.log.tobytes()
    )
    there = (cut - 1) // 256 * 256  # a block is there once it is written, a moment after it is told
    assert told == ([f"going on from {there} worlds of an earlier run"] if there else [])


def test_more_worlds_go_on_from_fewer(syria: Assembly, whole: Ensemble, tmp_path: Path) -> None:
    run_blocks(syria, 600, tmp_path)
    assert Blocks(tmp_path, syria, WORLDS, 1).there == 512
    assert run_blocks(syria, WORLDS, tmp_path).log.tobytes() == whole.log.tobytes()


@pytest.mark.parametrize("damage", [b"", b"PAR1", None])
def test_a_damaged_block_is_played_again(
    syria: Assembly, whole: Ensemble, tmp_path: Path, damage: bytes | None
) -> None:
    run_blocks(syria, WORLDS, tmp_path)
    block = min(tmp_path.glob("*.parquet"))
    content = bytearray(block.read_bytes())
    content[len(content) // 3] ^= 0xFF
    block.write_bytes(content if damage is None else damage)
    assert run_blocks(syria, WORLDS, tmp_path).log.tobytes() == whole.log.tobytes()


def test_another_run_takes_none_of_them(syria: Assembly, tmp_path: Path) -> None:
    other = replace(syria, forced=syria.forced[:1])
    early = replace(syria, horizon=syria.horizon - 1)
    run_blocks(syria, WORLDS, tmp_path)
    for assembly, seed in ((syria, 2), (other, 1), (early, 1)):
        ours = run_blocks(assembly, WORLDS, tmp_path, seed).log
        assert ours.tobytes() == run_ensemble(assembly, WORLDS, seed).log.tobytes()
    assert len({recipe_of(a, s) for a, s in ((syria, 1), (syria, 2), (other, 1), (early, 1))}) == 4


def test_a_block_that_goes_away_is_told(syria: Assembly, tmp_path: Path) -> None:
    stored = run_blocks(syria, WORLDS, tmp_path / "kept")
    shutil.rmtree(tmp_path / "kept")
    with pytest.raises(ResultError, match="has gone"):
        stored.projection()


@pytest.mark.parametrize("threads", [1, 2])
def test_the_folder_is_the_same_bytes(syria: Assembly, tmp_path: Path, threads: int) -> None:
    def made(name: str, pool: ThreadPoolExecutor | None) -> dict[str, bytes]:
        with ResultFolder(tmp_path / name) as folder:
            write(folder, run_blocks(syria, WORLDS, folder.kept(), executor=pool))
        assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
        return {p.name: p.read_bytes() for p in (tmp_path / name).iterdir()}

    with ThreadPoolExecutor(threads) as pool:
        assert made("a", pool) == made("b", None)
    assert parquet.ParquetFile(tmp_path / "a" / "events.parquet").num_row_groups == 3


@pytest.mark.filterwarnings("ignore:Sending large graph", "default::DeprecationWarning")
def test_a_dask_cluster_gives_the_same_bytes(
    syria: Assembly, whole: Ensemble, tmp_path: Path
) -> None:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        pool = client.get_executor()
        assert run_ensemble(syria, WORLDS, executor=pool).log.tobytes() == whole.log.tobytes()
        stored = run_blocks(syria, WORLDS, tmp_path, executor=pool)
    assert stored.log.tobytes() == whole.log.tobytes()


def test_days_are_within_the_horizon(whole: Ensemble) -> None:
    for counted in whole.by_act.values():
        assert counted.by_day.sum() == counted.by_acts.sum() == counted.worlds
        assert np.array_equal(np.sort(counted.days), counted.days)


def test_a_folder_with_something_of_the_users_is_refused(syria: Assembly, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", "utf-8")
    with pytest.raises(InputError, match=r"other content \('thesis\.txt'\)"):
        run_blocks(syria, WORLDS, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("asked", [[], ["--events"]])
def test_the_command_writes_events_beyond_some_worlds_if_asked(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: list[str]
) -> None:
    from sim.cli import scenarios

    monkeypatch.setattr(scenarios, "LOGGED", 300)
    command = ["run", str(root / "scenarios" / "donbas-syria.toml"), "--out", str(tmp_path / "run")]
    assert main([*command, "--worlds", "400", "--quiet", *asked]) == 0
    assert (tmp_path / "run" / "events.parquet").exists() == bool(asked)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_command_of_few_worlds_leaves_no_blocks_of_an_earlier_one(
    root: Path, tmp_path: Path, syria: Assembly
) -> None:
    run_blocks(syria, WORLDS, tmp_path / ".run.kept")
    command = ["run", str(root / "scenarios" / "donbas-syria.toml"), "--out", str(tmp_path / "run")]
    assert main([*command, "--worlds", "100", "--quiet"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
