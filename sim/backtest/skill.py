"""What the forecasts of who follows were worth: skill, order, calibration, sizes and days, in tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from sim.backtest import scoring
from sim.backtest.origins import HORIZONS
from sim.backtest.plain import BASELINES

BANDS = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
TOP = 5
QUESTION = ["origin", "process", "dispute", "entity"]
ACT = ["dispute", "entity", "actor"]


def scored(rows: pd.DataFrame) -> Iterator[tuple[str, int, pd.DataFrame]]:
    """Yield the rows of each process and horizon of which the record tells what happened.

    A column `happened` is added, 0 or 1.
    """
    for process in dict.fromkeys(rows["process"]):
        for h in HORIZONS:
            mine = rows[(rows["process"] == process) & (rows[f"days_{h}"] > 0)]
            if len(mine):
                happened = (mine["first"] <= mine[f"days_{h}"]).astype(float)
                yield process, h, mine.assign(happened=happened)


def skills(rows: pd.DataFrame) -> pd.DataFrame:
    """Score the model beside every baseline.

    Returns
    -------
    DataFrame
        One row for the model and for each of `BASELINES`, of each process and horizon: process, days,
        forecast, rows, yes; acts (an act ahead of several origins counts once), disputes; brier and
        surprise; brier_skill, brier_low, brier_high and the same of surprise: the model's skill against
        it with a 90 % interval by bootstrap over disputes.
    """
    return pd.DataFrame([row for part in scored(rows) for row in _compared(*part)])


def _compared(
    process: str, days: int, mine: pd.DataFrame, names: Sequence[str] = BASELINES
) -> Iterator[dict[str, object]]:
    """Yield the row of the model and of each baseline, of one process and horizon."""
    happened, dispute = mine["happened"].to_numpy(), mine["dispute"].to_numpy(str)
    acts = mine.loc[mine["happened"] > 0, ACT].drop_duplicates()
    about = {
        "process": process, "days": days, "rows": len(mine), "yes": int(happened.sum()),
        "acts": len(acts), "disputes": len(np.unique(dispute)),
    }  # fmt: skip
    forecasts = {name: mine[f"{name}_{days}"].to_numpy() for name in ("model", *names)}
    for row in scoring.beside(forecasts, happened, list(dispute)):
        yield about | row


def ranking(rows: pd.DataFrame) -> pd.DataFrame:
    """Return how well those who followed were ranked, by dispute: the mean over its questions that had any.

    Returns
    -------
    DataFrame
        process, days, dispute, questions, auc_NAME and top_NAME of the model and each baseline: the area
        under the ROC curve, and the share of the `TOP` likeliest that followed; top_best is what a
        forecaster who knew would have had.
    """
    found = []
    for process, h, mine in scored(rows):
        for key, part in mine.groupby(QUESTION, sort=False):
            happened = part["happened"].to_numpy()
            if 0 < happened.sum() < len(happened):
                row: dict[str, object] = {"process": process, "days": h, "dispute": key[2]}
                for name in ("model", *BASELINES):
                    p = part[f"{name}_{h}"].to_numpy()
                    row[f"auc_{name}"] = scoring.auc(p, happened)
                    row[f"top_{name}"] = scoring.precision_at(p, happened, TOP)
                row["top_best"] = min(happened.sum(), TOP) / min(TOP, len(happened))
                found.append(row)
    table = pd.DataFrame(found)
    if table.empty:
        return table
    groups = table.groupby(["process", "days", "dispute"], sort=False)
    means = groups.mean(numeric_only=True)
    return pd.concat([groups.size().rename("questions"), means], axis=1).reset_index()


def bands(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the reliability of the model's forecasts: process, days, low, high, rows, told, seen."""
    found = []
    for process, h, mine in scored(rows):
        p, y = mine[f"model_{h}"].to_numpy(), mine["happened"].to_numpy()
        spans = zip(BANDS[:-1], BANDS[1:], scoring.reliability(p, y, BANDS), strict=True)
        found += [(process, h, low, high, *means) for low, high, means in spans]
    return pd.DataFrame(found, columns=["process", "days", "low", "high", "rows", "told", "seen"])


def calibration(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the expected calibration error of the model: process, days, told, seen, error.

    Told and seen are how many were expected to follow in all, and did.
    """
    found = []
    for process, h, mine in scored(rows):
        p, y = mine[f"model_{h}"].to_numpy(), mine["happened"].to_numpy()
        error = scoring.calibration_error(scoring.reliability(p, y, BANDS))
        found.append((process, h, p.sum(), y.sum(), error))
    return pd.DataFrame(found, columns=["process", "days", "told", "seen", "error"])


def coverage(sizes: pd.DataFrame) -> pd.DataFrame:
    """Return how often the 90 % interval held how many followed: process, days, questions, held, some.

    `some` is the same among the questions where anyone followed, `asked` how many these are.
    """
    found = []
    for (process, h), part in sizes.groupby(["process", "days"], sort=False):
        held = (part["low"] <= part["observed"]) & (part["observed"] <= part["high"])
        some = part["observed"] > 0
        share = float(held[some].mean()) if some.any() else float("nan")
        found.append((process, h, len(part), float(held.mean()), int(some.sum()), share))
    names = ["process", "days", "questions", "held", "asked", "some"]
    return pd.DataFrame(found, columns=names)


def timing(rows: pd.DataFrame) -> pd.DataFrame:
    """Return how far the median day was off for those who followed within a year, in days.

    Returns
    -------
    DataFrame
        process, followed; error: the median of the absolute errors; middle: that of a forecast of
        the middle of the year for all.
    """
    found = []
    for process, part in rows[rows["first"].notna()].groupby("process", sort=False):
        error = (part["day"] - part["first"]).abs()
        middle = (HORIZONS[-1] / 2 - part["first"]).abs()
        found.append((process, len(part), float(error.median()), float(middle.median())))
    return pd.DataFrame(found, columns=["process", "followed", "error", "middle"])


def misses(rows: pd.DataFrame, days: int, count: int = TOP) -> pd.DataFrame:
    """Return the acts that surprised the model most: one for each who acted, at the last origin before.

    Returns
    -------
    DataFrame
        origin, dispute, entity, actor, first, the model's forecast, its place among those at risk, and
        the base rate.
    """
    mine = rows[(rows[f"days_{days}"] > 0)]
    place = mine.groupby(QUESTION)[f"model_{days}"].rank(ascending=False, method="min")
    mine = mine.assign(place=place, model=mine[f"model_{days}"], base=mine[f"base rate_{days}"])
    acted = mine[mine["first"] <= mine[f"days_{days}"]].sort_values("origin", kind="stable")
    last = acted.drop_duplicates(ACT, keep="last")
    worst = last.sort_values("model", kind="stable").head(count)
    names = ["origin", "dispute", "entity", "actor", "first", "model", "place", "base"]
    return worst[names].reset_index(drop=True)


def permuted(rows: pd.DataFrame, process: str, days: int, times: int = 20) -> pd.DataFrame:
    """Return the skill against the base rate when what happened is moved to others, as `skills` tells it.

    Everyone's outcome goes to who stands so many places on, by dispute, entity and day, the last ones'
    to the first: what a forecast knows is lost, while acts of one wave stay together, so that
    intervals which take rows for independent show. Where forecasts differ little, 90 % of the intervals
    should hold 0; bold ones must lose, but may not gain.

    Returns
    -------
    DataFrame
        skill, low, high of each move (Brier).
    """
    (mine,) = (part for p, h, part in scored(rows) if (p, h) == (process, days))
    mine = mine.sort_values(["dispute", "entity", "origin"], kind="stable")
    happened, found = mine["happened"].to_numpy(), []
    for turn in range(times):
        places = int(np.random.default_rng([days, turn]).integers(1, len(mine)))
        moved = mine.assign(happened=np.roll(happened, places))
        _, row = _compared(process, days, moved, ["base rate"])
        found.append((row["brier_skill"], row["brier_low"], row["brier_high"]))
    return pd.DataFrame(found, columns=["skill", "low", "high"])
