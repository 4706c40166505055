"""What the forecasts of who follows were worth: skill, order, calibration, sizes and days, in tables."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.backtest import scoring
from sim.backtest.origins import HORIZONS
from sim.backtest.plain import BASELINES

BANDS = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
TOP = 5
LOSSES = {"brier": scoring.brier, "surprise": scoring.surprise}
QUESTION = ["origin", "process", "dispute", "entity"]

Vector = npt.NDArray[np.float64]


def scored(rows: pd.DataFrame) -> Iterator[tuple[str, int, pd.DataFrame]]:
    """Yield the rows of each process and horizon of which the record tells what happened.

    A column `happened` is added, 0 or 1, and `episode`: one dispute in one year.
    """
    for process in dict.fromkeys(rows["process"]):
        for h in HORIZONS:
            mine = rows[(rows["process"] == process) & (rows[f"days_{h}"] > 0)]
            if len(mine):
                happened = (mine["first"] <= mine[f"days_{h}"]).astype(float)
                episode = mine["dispute"] + " " + mine["origin"].map(lambda day: str(day.year))
                yield process, h, mine.assign(happened=happened, episode=episode)


def skills(rows: pd.DataFrame) -> pd.DataFrame:
    """Score the model beside every baseline.

    Returns
    -------
    DataFrame
        One row for the model and for each of `BASELINES`, of each process and horizon: process, days,
        forecast, rows, yes, episodes; brier and surprise; brier_skill, brier_low, brier_high and the same
        of surprise: the model's skill against it with a 90 % interval by bootstrap over episodes.
    """
    found = []
    for process, h, mine in scored(rows):
        happened = mine["happened"].to_numpy()
        episode = mine["episode"].to_numpy(str)
        for name in ("model", *BASELINES):
            row: dict[str, object] = {
                "process": process, "days": h, "forecast": name, "rows": len(mine),
                "yes": int(happened.sum()), "episodes": len(np.unique(episode)),
            }  # fmt: skip
            for loss, score in LOSSES.items():
                model = score(mine[f"model_{h}"].to_numpy(), happened)
                own = score(mine[f"{name}_{h}"].to_numpy(), happened)
                row[loss] = own.mean()
                if name != "model":
                    row[f"{loss}_skill"] = scoring.skill(model, own)
                    ends = scoring.skill_interval(model, own, episode)
                    row[f"{loss}_low"], row[f"{loss}_high"] = ends
            found.append(row)
    return pd.DataFrame(found)


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
    last = acted.drop_duplicates(["dispute", "entity", "actor"], keep="last")
    worst = last.sort_values("model", kind="stable").head(count)
    names = ["origin", "dispute", "entity", "actor", "first", "model", "place", "base"]
    return worst[names].reset_index(drop=True)


def permuted(rows: pd.DataFrame, process: str, days: int, times: int = 20) -> pd.DataFrame:
    """Return the skill when what happened is dealt out anew among those at risk.

    Within a question the outcomes change hands: how many follow stays, what a forecast knows of who does
    is lost. Skill is counted against the model's own forecasts dealt out likewise: against anything else
    a forecast that tells actors apart must lose.

    Returns
    -------
    DataFrame
        skill, low, high of each dealing (Brier).
    """
    (mine,) = (part for p, h, part in scored(rows) if (p, h) == (process, days))
    code = mine.groupby(QUESTION, sort=False).ngroup().to_numpy()
    episode, happened = mine["episode"].to_numpy(str), mine["happened"].to_numpy()
    p, found = mine[f"model_{days}"].to_numpy(), []
    for turn in range(times):
        rng = np.random.default_rng([days, turn])
        dealt = happened[_dealt(code, rng)]
        own, other = (scoring.brier(x, dealt) for x in (p, p[_dealt(code, rng)]))
        found.append((scoring.skill(own, other), *scoring.skill_interval(own, other, episode)))
    return pd.DataFrame(found, columns=["skill", "low", "high"])


def _dealt(code: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return an order of rows that shuffles them within their group."""
    order = np.argsort(code, kind="stable")
    shuffled = np.lexsort((rng.random(len(code)), code))
    found = np.empty(len(code), dtype=np.int64)
    found[order] = shuffled
    return found
