"""Answers to a table of questions scored by its own column of what happened, beside plain baselines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sim.backtest import scoring
from sim.world.answering import Answer
from sim.world.questions import Row

TRUTH = {"yes": 1.0, "no": 0.0}


def scored(rows: Sequence[Row], answers: Sequence[Answer | None]) -> pd.DataFrame:
    """Score the answers whose truth the table tells (yes or no).

    Returns
    -------
    DataFrame
        One row each for the answers, for no to all, and for the share of yes (known only afterwards, see
        `scoring.usual`): forecast, brier, surprise; brier_skill and surprise_skill of the answers against it,
        with _low and _high: a 90 % interval by bootstrap over days. Empty if the table tells no truth.
    """
    told = [
        (row.question.as_of.isoformat(), answer.probability, TRUTH[row.cells["happened"]])
        for row, answer in zip(rows, answers, strict=True)
        if row.question and answer and row.cells.get("happened") in TRUTH
    ]
    table = pd.DataFrame(told, columns=["day", "p", "happened"])
    if table.empty:
        return pd.DataFrame()
    happened = table["happened"].to_numpy()
    forecasts = {
        "answers": table["p"].to_numpy(),
        "no to all": np.zeros(len(table)),
        "share of yes, in hindsight": scoring.usual(happened),
    }
    rows_of = scoring.beside(forecasts, happened, list(table["day"]))
    return pd.DataFrame([row | {"questions": len(table)} for row in rows_of])
