"""A sweep is its points, each run as by itself, on the same clocks."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.cli import main
from sim.errors import InputError
from sim.history.corpus import Corpus, load_corpus
from sim.world.assemble import Assembly, assemble
from sim.world.ensemble import run_ensemble
from sim.world.scenario import load_scenario
from sim.world.scenario_model import Forecast, Scenario
from sim.world.sensitivity import correlation_ratio, saltelli, sobol_indices
from sim.world.sweep import FOLLOWS, Outcome, Sweep
from sim.world.sweep_journal import Journal
from sim.world.sweep_plan import Dimension, grid, latin, read_dimension, varied
from sim.world.workbench import ema_model

WORLDS = 200
BASE = """\
title = "Belarus recognises"
as_of = 2022-06-28
horizon_days = 120
disputes = ["donbas"]

[[intervention]]
date = 2022-07-10
sender = "BLR"
kind = "recognise"
receivers = ["DPR", "LPR"]

[[intervention]]
relations = { between = ["UKR", "BLR"], level = "none" }

[[intervention]]
doctrine = { actor = "UKR", like = "SRB" }

[[intervention]]
stance = { actor = "NRU", toward = ["DPR"], value = 0.5 }

[[forecast]]
sender = "UKR"
kind = "sever_relations"
receiver = "BLR"
within_days = 60
id = "kyiv"
"""


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load_corpus()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("sweep") / "belarus.toml"
    made.write_text(BASE, "utf-8")
    return made


@pytest.fixture(scope="module")
def base(path: Path, corpus: Corpus) -> Scenario:
    return load_scenario(path, corpus)


@pytest.fixture(scope="module")
def sweep(base: Scenario, corpus: Corpus, syria: Assembly) -> Callable[..., Sweep]:
    def made(*vary: str, **others: object) -> Sweep:
        dimensions = [read_dimension(text, base) for text in vary]
        return Sweep(base, corpus, syria.posterior, dimensions, worlds=WORLDS, **others)

    return made


def test_what_varies_is_read_as_what_stands_there(base: Scenario) -> None:
    days = read_dimension("intervention[0].date=2022-07-01..2022-07-15/7", base).values
    assert days == (date(2022, 7, 1), date(2022, 7, 8), date(2022, 7, 15))
    assert read_dimension("forecast[0].within_days=10,20..22", base).values == (10, 20, 21, 22)
    assert read_dimension("intervention[1]=on,off", base).values == (True, False)
    both = read_dimension("intervention[0].sender&forecast[0].receiver=BLR,KAZ", base)
    other = varied(base, [both], [1])
    assert (other.forced[0].sender, other.forecasts[0].receiver) == ("KAZ", "KAZ")
    assert other.forecasts[0].id == "kyiv", "a question keeps its name"
    kept = varied(base, [read_dimension("intervention[1]=on,off", base)], [1])
    assert len(kept.interventions) == 3


def test_a_number_that_is_not_whole_varies_by_decimal_steps(base: Scenario) -> None:
    def values(told: str) -> tuple[float, ...]:
        return read_dimension(f"intervention[3].stance.value={told}", base).values

    assert values("0.1,0.9") == (0.1, 0.9)
    assert repr(values("0.1..0.7/0.1")) == "(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)"
    assert values("0.1..0.3") == (0.1, 0.2, 0.3)
    assert values("-1..1") == (-1.0, 0.0, 1.0)
    assert values("-0.25..0.25/.25") == (-0.25, 0.0, 0.25)
    other = varied(base, [read_dimension("intervention[3].stance.value=-1..1", base)], [0])
    assert other.stances[0].stance.value == -1.0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("intervention[0].date", "a key path, = and values"),
        ("intervention[7].date=2022-07-01", "the key path of something"),
        ("intervention[0].when.count=1,2", "the key path of something"),
        ("as_of=2022-01-01", "can vary while what is known does not"),
        ("intervention[0].date=soon", "a day such as"),
        ("intervention[0].date=2022-08-01..2022-07-01", "the first, then the last"),
        ("forecast[0].within_days=1..1000000", "at most 10,000"),
        ("forecast[0].within_days=1.5", "a whole number"),
        ("forecast[0].within_days=1..9/0.5", "a whole number"),
        ("forecast[0].within_days=1..9/0", "a step above 0"),
        ("intervention[3].stance.value=high", "a number such as"),
        ("intervention[3].stance.value=nan", "a number such as"),
        ("intervention[3].stance.value=1e400", "a number such as"),
        ("intervention[3].stance.value=0..1/1e-999999", "a number such as"),
        ("intervention[3].stance.value=0.1..0.9/-0.1", "a step above 0"),
        ("intervention[3].stance.value=0..1/0.00001", "at most 10,000"),
        ("intervention[3].stance.value=0.1,0.10", "each value once"),
        ("intervention[1]=yes", "on or off"),
        ("intervention[0].sender=BLR,BLR", "each value once"),
        ("Intervention=1", "a key path"),
    ],
)  # fmt: skip
def test_what_cannot_vary_is_told(base: Scenario, text: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        read_dimension(text, base)
    assert str(caught.value).startswith("--vary: ")


def test_a_question_whose_parts_vary_is_not_named_after_one_of_them(
    sweep: Callable[..., Sweep], base: Scenario
) -> None:
    recall = Forecast(sender="UKR", kind="recall_ambassador", receiver="BLR", within_days=30)
    scenario = base.model_copy(update={"forecasts": (*base.forecasts, recall)})

    def names(*vary: str) -> list[str]:
        dimensions = [read_dimension(text, scenario) for text in vary]
        return replace(sweep(), scenario=scenario, dimensions=dimensions).outcomes[:2]

    assert names("intervention[0].sender=BLR,KAZ") == ["kyiv", recall.id]
    both = "intervention[0].sender&forecast[1].receiver=BLR,KAZ"
    assert names(both) == ["kyiv", "UKR-recall_ambassador-*-30d"]
    assert names(both, "forecast[1].within_days=10,20")[1] == "UKR-recall_ambassador-*-*d"
    assert names("forecast[0].within_days=10,20")[0] == "kyiv", "so the user has named it"


def test_a_latin_hypercube_visits_each_value_equally_often(base: Scenario) -> None:
    dimensions = [
        read_dimension("intervention[0].sender=BLR,KAZ,CUB,VEN", base),
        read_dimension("forecast[0].within_days=1..10", base),
    ]
    points = latin(dimensions, 40, seed=3)
    assert (np.bincount(points[:, 0]) == 10).all()
    assert (np.bincount(points[:, 1]) == 4).all()
    assert grid(dimensions).shape == (40, 2)
    many = [Dimension(f"x{i}", ((),), tuple(range(100))) for i in range(3)]
    with pytest.raises(InputError, match="1,000,000 points"):
        grid(many)


def test_a_point_is_the_scenario_run_by_itself(
    sweep: Callable[..., Sweep], corpus: Corpus, syria: Assembly
) -> None:
    s = sweep(
        "intervention[2].doctrine.like=SRB,GEO", "intervention[1]=off,on", "intervention[2]=on,off"
    )
    table = s.table(grid(s.dimensions))
    for point in ([0, 0, 0], [1, 0, 0], [0, 1, 1]):
        alone = run_ensemble(
            assemble(varied(s.scenario, s.dimensions, point), corpus, syria.posterior), WORLDS
        )
        events = alone.events[~alone.forced]
        mine = events[(events["sender"] == "UKR") & (events["receiver"] == "BLR")]
        severs = mine[(mine["kind"] == "sever_relations") & mine["day"].between(12, 72)]
        row = table.iloc[point[0] * 4 + point[1] * 2 + point[2]]
        assert row["kyiv"] == severs["world"].nunique() / WORLDS
        assert row[FOLLOWS] == len(events) / WORLDS
    off = table[~table["intervention[2]"]]
    assert off.groupby("intervention[1]")["kyiv"].nunique().eq(1).all(), "without it, whose is one"


def test_impossible_points_say_why(sweep: Callable[..., Sweep]) -> None:
    s = sweep("intervention[0].date=2022-06-01,2022-07-10", "intervention[0].sender=BLR,RUS,XXX")
    table = s.table(grid(s.dimensions))
    told = dict(zip(table["intervention[0].sender"], table["impossible"], strict=True))
    assert (table["impossible"] == "").sum() == 1
    assert table["kyiv"].notna().sum() == 1
    assert "found 'XXX'" in told["XXX"]
    none = sweep("intervention[0].sender=RUS,UKR")
    with pytest.raises(InputError, match="at least one point that can be"):
        none.table(grid(none.dimensions))


def test_the_executor_changes_nothing(sweep: Callable[..., Sweep]) -> None:
    s = sweep("intervention[0].date=2022-07-01..2022-07-22/7")
    with ThreadPoolExecutor(1) as one:
        pd.testing.assert_frame_equal(
            s.table(grid(s.dimensions), executor=one), s.table(grid(s.dimensions))
        )


def test_points_run_in_other_processes(sweep: Callable[..., Sweep]) -> None:
    s = sweep("horizon_days=30..120/45", "intervention[1]=on,off")
    expected = s.table(grid(s.dimensions))
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pd.testing.assert_frame_equal(s.table(grid(s.dimensions), executor=pool), expected)
    assert expected[FOLLOWS].nunique() > 2, "what varies tells"


def test_points_share_only_what_is_supposed_of_both(sweep: Callable[..., Sweep]) -> None:
    """Whatever changes the known history has a history of its own; a doctrine is set on that of others."""
    s = sweep("intervention[1].relations.level=none,charge", "intervention[2]=on,off")
    told = {}
    for point in grid(s.dimensions).tolist():
        known = s._stage(varied(s.scenario, s.dimensions, point)).known
        row = known.actors.row
        told[tuple(point)] = known.ties.relations_overrides(s.scenario.as_of)[
            row("UKR"), row("BLR")
        ]
    assert told == {(0, 0): 0, (0, 1): 0, (1, 0): 1, (1, 1): 1}
    assert len(s._stages) == 2


def test_an_interrupted_sweep_goes_on(sweep: Callable[..., Sweep], tmp_path: Path) -> None:
    vary = "intervention[0].date=2022-07-01..2022-07-22/7"
    whole = sweep(vary)
    points, journal = grid(whole.dimensions), tmp_path / "j.jsonl"
    expected = whole.table(points)

    class StopError(Exception):
        pass

    def stop(done: int) -> None:
        if done == 2:
            raise StopError

    first = sweep(vary)
    with pytest.raises(StopError), Journal(journal, first) as j:
        first.table(points, j.known, j.keep, progress=stop)
    assert len(journal.read_text("utf-8").splitlines()) == 3
    with journal.open("a", encoding="utf-8") as torn:
        torn.write('{"point": [2], "val')
    visited: list[Outcome] = []
    again = sweep(vary)
    with Journal(journal, again) as j:
        assert [o.point for o in j.known] == [(0,), (1,)]

        def keep(outcome: Outcome) -> None:
            visited.append(outcome)
            j.keep(outcome)

        pd.testing.assert_frame_equal(again.table(points, j.known, keep), expected)
        assert [o.point for o in visited] == [(2,), (3,)]
        assert len(journal.read_text("utf-8").splitlines()) == 5
        j.done()
    assert not journal.exists()
    with Journal(journal, again):
        pass
    with (
        pytest.raises(InputError, match="the journal of another sweep"),
        Journal(journal, sweep(vary, seed=2)),
    ):
        pass


def test_the_share_between_values_is_that_of_the_variance() -> None:
    rng = np.random.default_rng(1)
    x, noise = np.repeat(np.arange(5), 400), rng.standard_normal(2000)
    y = 2.0 * x + noise  # variances 8 and 1
    assert correlation_ratio(x.tolist(), y) == pytest.approx(8 / 9, abs=0.02)
    assert correlation_ratio(rng.permutation(x).tolist(), y) < 0.02
    assert np.isnan(correlation_ratio([1, 2], np.array([3.0, 3.0])))


def test_sobol_finds_what_is_known() -> None:
    """Of y = 2 a + b over equal ranges the first-order indices are 4/5 and 1/5 (and none for c)."""
    pytest.importorskip("SALib")
    dimensions = [Dimension(name, ((name,),), tuple(range(1000))) for name in "abc"]
    points = saltelli(dimensions, 256, seed=1)
    assert points.shape == (256 * 5, 3)
    found = sobol_indices(dimensions, 2.0 * points[:, 0] + points[:, 1], seed=1)
    np.testing.assert_allclose(found["first"], [0.8, 0.2, 0.0], atol=0.05)
    np.testing.assert_allclose(found["total"], [0.8, 0.2, 0.0], atol=0.05)
    assert sobol_indices(dimensions, np.zeros(len(points)), seed=1)["first"].isna().all()


def test_without_salib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, base: Scenario) -> None:
    monkeypatch.setitem(__import__("sys").modules, "SALib.sample", None)
    monkeypatch.setitem(__import__("sys").modules, "SALib.analyze", None)
    with pytest.raises(InputError, match=r"demarche-sim\[sweep\]"):
        saltelli([read_dimension("intervention[1]=on,off", base)], 4, 1)


@pytest.fixture
def ema() -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("ema_workbench")


def test_the_workbench_finds_a_planted_effect_and_none_in_shuffled_outcomes(
    ema: object, sweep: Callable[..., Sweep]
) -> None:
    """Kyiv breaks where Minsk acts, relations stand and it answers as Taipei does, and hardly elsewhere."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what is not installed
        from ema_workbench.analysis import prim

    s = sweep(
        "intervention[1]=on,off", "intervention[0].sender=BLR,KAZ",
        "intervention[2].doctrine.like=TWN,SRB", "intervention[0].date=2022-07-01..2022-07-31/5",
    )  # fmt: skip
    model = ema_model(s)
    names = {parameter.name: type(parameter).__name__ for parameter in model.uncertainties}
    assert names["intervention[1]"] == "CategoricalParameter"
    assert names["intervention[0].date"] == "IntegerParameter"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        experiments, outcomes = ema.perform_experiments(model, 64)
        x = experiments[list(names)]
        assert np.isfinite(outcomes["kyiv"]).all()
        y = outcomes["kyiv"] > 0.5
        planted = (
            (x["intervention[1]"] == "False")
            & (x["intervention[0].sender"] == "BLR")
            & (x["intervention[2].doctrine.like"] == "TWN")
        )
        assert (y == planted.to_numpy()).all()

        def box(target: np.ndarray) -> tuple[set[str], float]:
            """Return what bounds the densest box, and its density."""
            found = prim.Prim(x, target, threshold=0.1, mass_min=0.1).find_box()
            densest = int(found.peeling_trajectory["density"].idxmax())
            return set(found.qp[densest]), float(found.peeling_trajectory["density"][densest])

        bounds, density = box(y)
        _, by_chance = box(np.random.default_rng(5).permutation(y))
    assert {"intervention[1]", "intervention[0].sender", "intervention[2].doctrine.like"} <= bounds
    assert "intervention[0].date" not in bounds
    assert density == 1.0
    assert by_chance < 0.6


def test_the_command_tells_and_writes(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "found"
    told = [
        "sweep", str(path), "--vary", "intervention[1]=on,off", "--vary",
        "intervention[0].date=2022-07-01,2022-08-01", "--worlds", "50", "--out", str(out),
        "--event", "UKR recall_ambassador BLR",
    ]  # fmt: skip
    assert main(told) == 0
    page = capsys.readouterr().out
    assert "4 points, 50 worlds each" in page
    assert "UKR recall_ambassador BLR: 0 % to" in page
    table = pd.read_csv(out / "points.csv")
    assert list(table["intervention[1]"]) == [True, True, False, False]
    assert {p.name for p in out.iterdir()} == {
        "points.csv", "sensitivity.csv", "scenario.toml", "provenance.json",
    }  # fmt: skip
    assert not list(tmp_path.glob(".*")), "no journal is left"
    assert main([*told, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["points"], found["impossible"]) == (4, 0)
    assert found["table"][0]["kyiv"] == 0.0
    assert main(["sweep", str(path), "--vary", "intervention[0].date=x"]) == 2
    assert main(["sweep", str(path), "--vary", "horizon_days=9,99", "--samples", "0"]) == 2
