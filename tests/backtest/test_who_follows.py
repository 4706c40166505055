"""Who follows is asked of everyone at risk, with what was known, and scored as far as the record tells."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.backtest import followers, plain, scoring, skill
from sim.backtest.followers import Backtest, share_within
from sim.backtest.logistic import RIDGES, best_ridge, logistic, predicted
from sim.backtest.origins import HORIZONS, Origin, Truth, origins
from sim.backtest.plain import BASELINES
from sim.cli import main
from sim.errors import ResultError
from sim.history.corpus import load_corpus
from sim.provenance import Provenance
from sim.report.backtest_folder import Found, write_backtest
from sim.report.backtests import follower_lines
from sim.report.text import as_text
from sim.world.results import ResultFolder
from tests.backtest.conftest import Reader, recognises

NORTH = [
    recognises("GRT", "NOR", "north", "2000-02-01"),
    recognises("AAA", "NOR", "north", "2000-05-01"),
    recognises("CCC", "NOR", "north", "2001-07-01"),
]
SOUTH = [recognises("BBB", "SOU", "south", "2000-03-01")]


def test_it_is_asked_at_triggers_of_their_dispute_and_at_fixed_dates_of_all(toy: Reader) -> None:
    corpus = toy([*NORTH, *SOUTH])
    found = origins(corpus, date(2000, 1, 15), date(2000, 12, 31), step=182)
    assert found == [
        Origin(date(2000, 1, 15), ("north", "south")),
        Origin(date(2000, 2, 1), ("north",)),
        Origin(date(2000, 3, 1), ("south",)),
        Origin(date(2000, 5, 1), ("north",)),
        Origin(date(2000, 7, 15), ("north", "south")),
    ]
    only = origins(corpus, date(2000, 1, 15), date(2000, 12, 31), 182, dispute="south")
    assert [o.day for o in only] == [date(2000, 1, 15), date(2000, 3, 1), date(2000, 7, 15)]
    assert not origins(corpus, date(2000, 1, 1), date(2000, 12, 31), 182, ("solidarity",))


def test_an_act_known_to_the_month_sets_off_once_it_is_over(toy: Reader) -> None:
    month = recognises("AAA", "NOR", "north", "2000-05-01").replace(",day,", ",month,")
    days = [o.day for o in origins(toy([month]), date(2000, 4, 1), date(2000, 12, 31), 3000)]
    assert date(2000, 5, 31) in days
    assert date(2000, 5, 1) not in days


def test_what_happened_is_told_as_far_as_the_record_is_complete(toy: Reader) -> None:
    rows = ["north,recognise,recognise,,2000-01-01,2000-06-30,Toy.,toy,verified"]
    truth = Truth(toy([*NORTH, *SOUTH], rows))
    found = truth.happened(date(2000, 2, 1), "north", "NOR", ["AAA", "CCC", "DDD"])
    assert found["first"].iloc[0] == 90
    assert found["first"].iloc[1:].isna().all()  # CCC acts once the record has ended
    assert found[[f"days_{h}" for h in HORIZONS]].iloc[2].tolist() == [30, 90, 0]
    late = truth.happened(date(2000, 6, 20), "north", "NOR", ["DDD"])
    assert late[[f"days_{h}" for h in HORIZONS]].iloc[0].tolist() == [10, 0, 0]


def test_relations_that_end_otherwise_are_not_scored() -> None:
    """Qatar's boycott: who broke is told, and only where the record names everyone."""
    truth = Truth(load_corpus())
    found = truth.happened(date(2017, 6, 5), "qatar_2017", "QAT", ["MRT", "FRA"])
    assert found["first"].tolist()[0] == 1
    assert np.isnan(found["first"].tolist()[1])
    assert found["days_30"].tolist() == [25, 25]
    assert found["days_365"].tolist() == [0, 0]


def test_shares_count_each_world_once_and_are_never_certain() -> None:
    acts = np.array([[0, 0, 3.0], [0, 1, 40.0], [1, 1, 31.0]])
    found = share_within(acts, np.array([30.0, 90.0]), worlds=4)
    assert found == pytest.approx([1.5 / 5, 1.5 / 5])


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEMARCHE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_toy_is_forecast_whole_and_its_page_and_folder_tell_all(
    toy: Reader, kept: Path, tmp_path: Path
) -> None:
    corpus = toy([*NORTH, *SOUTH])
    told: list[str] = []
    found = followers.backtest(
        corpus, date(2001, 5, 1), date(2001, 12, 31), step=100, worlds=40, told=told.append
    )
    rows = found.rows
    assert set(rows["origin"]) == {date(2001, 5, 1), date(2001, 7, 1), date(2001, 8, 9),
                                   date(2001, 11, 17)}  # fmt: skip
    assert any("learning from what was known on 2001-01-01" in line for line in told)
    assert "AAA" not in set(rows.loc[rows["entity"] == "NOR", "actor"])  # it has recognised
    ccc = rows[(rows["actor"] == "CCC") & (rows["entity"] == "NOR")]
    assert ccc["origin"].tolist() == [date(2001, 5, 1)]
    assert ccc["first"].tolist() == [61]
    for name in ("model", *BASELINES):
        for h in HORIZONS:
            assert rows[f"{name}_{h}"].between(0, 1).all()
    assert (rows["model_30"] <= rows["model_365"]).all()
    page = as_text(follower_lines(found), 100)
    for word in (
        "within 30 days",
        "logistic",
        "copy the bloc",
        "Calibration error",
        "Worst misses",
    ):
        assert word in page
    made = Provenance(seed=1, data=corpus.fingerprint)
    with ResultFolder(tmp_path / "out") as folder:
        write_backtest(folder, Found(found), made)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"forecasts.csv", "skill.csv", "ranking.csv", "reliability.png", "sizes.csv"} <= names
    assert len(pd.read_csv(tmp_path / "out" / "forecasts.csv")) == len(rows)
    assert json.loads((tmp_path / "out" / "provenance.json").read_text())["data"]


def test_plain_rates_are_kept_and_found_again(toy: Reader, kept: Path) -> None:
    known = toy([*NORTH, *SOUTH]).as_of(date(2001, 6, 1))
    told: list[str] = []
    first = plain.rates_for(known, date(2001, 6, 1), told.append)
    again = plain.rates_for(known, date(2001, 6, 1), told.append)
    assert len(told) == 1
    assert first == again


def test_a_plain_share_starts_from_the_one_above(toy: Reader) -> None:
    """Within a year of the first of January three follow, and AAA of GRT's act; of no other origin any."""
    day = date(2001, 6, 1)
    kept_up = recognises("DDD", "SOU", "south", "2001-05-30")  # the record goes on so far
    shares = plain.learn(toy([*NORTH[:2], *SOUTH, kept_up]).as_of(day), day).shares
    base, own = shares["base rate"]["recognise"][365], shares["by dispute type"]["0"][365]
    rows = (4 + base) / own - 1
    assert rows == pytest.approx(round(rows), abs=1e-6)
    assert 4 < base * (rows + 1) < 4.1  # one row more, that goes at the pace of all


def row(delay: int, window: int, **more: object) -> dict[str, object]:
    """Return somebody at risk who acts after some days, of whom the record tells so many."""
    return {"process": "recognise", "delay": delay, "window": window, **more}


def test_a_share_counts_acts_among_rows_of_which_the_record_tells_so_long() -> None:
    rows = pd.DataFrame([row(3, 10), row(366, 10), row(20, 40), row(366, 40)])
    share = plain._share(rows, np.full(366, 0.1))
    assert share[[2, 3, 10]] == pytest.approx([0.1 / 5, 1.1 / 5, 1.1 / 5])
    assert share[[11, 20, 40]] == pytest.approx([0.1 / 3, 1.1 / 3, 1.1 / 3])
    assert share[41] == pytest.approx(0.1)  # of none


def test_before_any_record_and_before_any_window_is_over_nearly_nobody_acts(toy: Reader) -> None:
    corpus = toy([*NORTH, *SOUTH])
    for day in (date(1999, 6, 1), date(2000, 1, 3)):
        rates = plain.learn(corpus.as_of(day), day)
        for process in ("recognise", "solidarity"):
            share = rates.shares["base rate"][process]
            assert 0 < share[30] < share[365] < 0.02
        assert not rates.weights


def test_a_record_cut_short_shortens_the_forecasts_of_all(toy: Reader, kept: Path) -> None:
    """Asked on 1 May 2001 within 30 days, of which the record tells twenty: nobody is asked about more."""
    rows = ["north,recognise,recognise,,2000-01-01,2001-05-21,Toy.,toy,verified"]
    corpus = toy([*NORTH, *SOUTH], rows)
    origin = Origin(date(2001, 5, 1), ("north",))
    made = followers.forecast(corpus, origin, worlds=40)
    table = followers.asked(made, origin, Truth(corpus))
    assert set(table["days_30"]) == {20}
    days = {h: np.full(len(made.rows), 20.0) for h in HORIZONS}
    whole = {h: np.full(len(made.rows), float(h)) for h in HORIZONS}
    short, long = made.within(days), made.within(whole)
    for name in ("model", *BASELINES):
        assert table[f"{name}_30"].tolist() == short[f"{name}_30"].tolist(), name
    for name in ("base rate", "by dispute type", "time since trigger", "copy the bloc"):
        assert (short[f"{name}_30"] < long[f"{name}_30"]).all(), name


def test_kept_rates_are_void_once_what_defines_them_changes() -> None:
    """Every module of the room that the rates are made by is part of their key."""
    room, found, ahead = Path(plain.__file__).parent, set(), ["plain"]
    while ahead:
        name = ahead.pop()
        found.add(name)
        text = (room / f"{name}.py").read_text("utf-8")
        ahead += set(re.findall(r"^from sim\.backtest\.(\w+) import", text, re.M)) - found
    assert set(plain.SOURCES) == found


def test_the_life_table_adds_up_over_its_pieces() -> None:
    rate, edges, days = [0.1, 0.01], (0.0, 10.0), np.array([10])
    assert plain._spent(rate, edges, 5.0, days) == pytest.approx(5 * 0.1 + 5 * 0.01)
    assert plain._spent(rate, edges, 50.0, days) == pytest.approx(0.1)


def test_the_regression_finds_known_weights() -> None:
    """At 20,000 rows the error of each weight is about 0.03; five times that is allowed."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(20_000, 2))
    y = (rng.random(20_000) < 1 / (1 + np.exp(2 - X @ np.array([1.0, -0.5])))).astype(float)
    beta, centre, scale = logistic(X, y, np.full(20_000, -1.0))
    assert beta[0] - (beta[1:] / scale) @ centre == pytest.approx(-1, abs=0.15)
    assert beta[1:] / scale == pytest.approx([1.0, -0.5], abs=0.15)


def test_the_regression_finds_its_top_where_full_steps_go_past_it() -> None:
    """One covariate is far out for a few: full Newton steps leap from side to side for ever."""
    rng = np.random.default_rng(0)
    X = np.concatenate([np.zeros(200_000), np.full(400, 1.0)])[:, None]
    y = (rng.random(len(X)) < np.where(X[:, 0] > 0, 0.9, 0.002)).astype(float)
    offset = np.full(len(X), -4.0)
    weight, centre, scale = logistic(X, y, offset, 1.0)
    p = predicted((weight, centre, scale), X, offset)
    assert y.sum() == pytest.approx(p.sum(), rel=1e-3)  # as at the top, where the slope is 0


def test_what_did_not_last_is_shrunk_and_what_did_is_not() -> None:
    """A covariate that tells who acts throughout keeps its weight; one that turned around loses it."""
    rng = np.random.default_rng(6)
    start = np.arange(4000.0)
    X = rng.normal(size=(4000, 1))
    for turned, ridge in ((False, RIDGES[:3]), (True, RIDGES[-1:])):
        sign = np.where(turned, np.where(np.arange(4000) % 1600 < 800, 1, -1), 1)
        y = (rng.random(4000) < 1 / (1 + np.exp(2 - 2 * sign * X[:, 0]))).astype(float)
        found = best_ridge(X, y, np.full(4000, -2.0), start, start + 30)
        assert found in ridge


def frame(p: np.ndarray, y: np.ndarray, groups: int = 10) -> pd.DataFrame:
    """Return a table of forecasts with outcomes, in so many questions of one year each."""
    count = len(p)
    table = {
        "origin": [date(2000 + n * groups // count, 1, 1) for n in range(count)],
        "process": "recognise", "dispute": "d", "entity": "e",
        "actor": [str(n) for n in range(count)], "first": np.where(y > 0, 5.0, np.nan),
        "day": 10.0,
    }  # fmt: skip
    for h in HORIZONS:
        table |= {f"days_{h}": float(h), f"model_{h}": p}
        table |= {f"{name}_{h}": np.full(count, max(y.mean(), 1e-3)) for name in BASELINES}
    return pd.DataFrame(table)


def test_a_forecaster_who_knows_is_worth_all_and_one_who_does_not_nothing() -> None:
    rng = np.random.default_rng(3)
    chance = rng.beta(0.5, 2, 4000)
    y = (rng.random(4000) < chance).astype(float)
    rows = skill.skills(frame(chance, y).assign(dispute=[f"d{n % 10}" for n in range(4000)]))
    base = rows[(rows["forecast"] == "base rate") & (rows["days"] == 30)].iloc[0]
    expected = 1 - np.mean((chance - y) ** 2) / np.var(y)
    assert base["brier_skill"] == pytest.approx(expected, abs=1e-9)
    assert base["brier_low"] < expected < base["brier_high"]
    blind = skill.skills(frame(np.full(4000, y.mean()), y))
    assert blind.loc[blind["forecast"] == "base rate", "brier_skill"].abs().max() < 1e-9


def waves(chance: float, boldness: float) -> pd.DataFrame:
    """Return forecasts of 60 disputes, in every third of which others follow, bold or nearly alike."""
    rng = np.random.default_rng(4)
    d = np.repeat(np.arange(60), 20)
    y = (rng.random(1200) < np.where(d % 3 == 0, chance, 0.0)).astype(float)
    told = y.mean() * (1 + boldness * rng.uniform(-1, 1, 60)[d])
    return frame(told, y, groups=60).assign(dispute=[f"d{n}" for n in d])


def holding(found: pd.DataFrame) -> int:
    return int(((found["low"] <= 0) & (found["high"] >= 0)).sum())


def test_moved_outcomes_leave_no_skill() -> None:
    rows = waves(0.5, boldness=0.1)
    assert holding(skill.permuted(rows, "recognise", 30, times=20)) >= 18
    bold = skill.permuted(waves(0.5, boldness=0.9), "recognise", 30, times=20)
    assert (bold["low"] <= 0).sum() >= 18


def test_moved_outcomes_show_intervals_by_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: every row is a unit of its own, as if the acts of one wave were independent."""
    real = scoring.skill_interval
    monkeypatch.setattr(
        scoring, "skill_interval", lambda a, b, unit: real(a, b, list(map(str, range(len(a)))))
    )
    assert holding(skill.permuted(waves(0.5, boldness=0.1), "recognise", 30, times=20)) < 18


def test_moved_outcomes_show_a_handicapped_baseline() -> None:
    """Planted: the base rate tells even odds."""
    rows = waves(0.5, boldness=0.1).assign(**{"base rate_30": 0.5})
    found = skill.permuted(rows, "recognise", 30, times=20)
    assert (found["low"] > 0).all()


def test_an_act_ahead_of_several_origins_is_one_act() -> None:
    rows = frame(np.full(20, 0.1), np.arange(20) % 2 == 0, groups=4)
    rows["actor"] = [str(n % 4) for n in range(20)]
    first = skill.skills(rows).iloc[0]
    assert (first["yes"], first["acts"], first["disputes"]) == (10, 2, 1)


def test_coverage_counts_the_questions_that_hold() -> None:
    sizes = pd.DataFrame(
        [("recognise", 30, 0, 2, 1), ("recognise", 30, 0, 2, 3), ("recognise", 30, 0, 0, 0)],
        columns=["process", "days", "low", "high", "observed"],
    )
    found = skill.coverage(sizes).iloc[0]
    assert (found["held"], found["asked"], found["some"]) == (pytest.approx(2 / 3), 2, 0.5)


def test_misses_name_each_act_once_at_the_last_origin_before() -> None:
    p, y = np.array([0.5, 0.01, 0.02, 0.3]), np.array([0.0, 1.0, 1.0, 0.0])
    rows = frame(p, y, groups=1)
    again = rows.assign(origin=date(2000, 1, 3), first=rows["first"] - 2)
    found = skill.misses(pd.concat([rows, again], ignore_index=True), 365)
    assert found["actor"].tolist() == ["1", "2"]
    assert found["place"].tolist() == [4, 3]
    assert set(found["origin"]) == {date(2000, 1, 3)}


def test_an_empty_span_is_told(toy: Reader) -> None:
    found = followers.backtest(toy(NORTH), date(1990, 1, 1), date(1990, 12, 31))
    assert isinstance(found, Backtest)
    assert "nothing was scored" in as_text(follower_lines(found))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--process", "recognize"], "recognise"),
        (["--origin-step", "3"], "--origin-step"),
        (["--sample", "0"], "--sample"),
        (["--leave-out", "parent", "--out", "x"], "with --leave-out"),
        (["--poison-future", "--dispute", "biafra"], "no origin to compare"),
    ],
)
def test_a_wrong_option_is_told_in_a_line(
    options: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["backtest", *options]) == 2
    message = capsys.readouterr().err
    assert told in message
    assert message.count("\n") == 1


def test_a_folder_that_is_not_ours_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ResultError, match="other content"), ResultFolder(tmp_path):
        pass
