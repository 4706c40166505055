"""Answers to a table of questions, as a table: the questions' own columns and what is forecast."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

import pandas as pd

from sim.report.rules import THIN
from sim.report.words import skill_spread
from sim.world.answering import Answer
from sim.world.questions import COLUMNS as ASKED
from sim.world.questions import Row
from sim.world.results import csv_cell

COLUMNS = ("probability", "low", "high", "effective_precedents", "thin", "rule", "reason")

DIGITS = 6


def is_thin(answer: Answer) -> bool:
    """Return whether an answer rests on base rates for the most part, or on few precedents."""
    return answer.simulated < 0.5 or answer.effective < THIN


def forecast_cells(answer: Answer) -> tuple[str, ...]:
    """Return the cells of an answer, in the order of `COLUMNS`."""
    shares = (answer.probability, answer.low, answer.high)
    return (
        *(_share(value) for value in shares),
        f"{min(answer.effective, 1e6):.1f}",
        str(is_thin(answer)).lower(),
        " + ".join(answer.rules),
        answer.reason,
    )


def _share(value: float) -> str:
    """Write a probability; what is neither impossible nor certain is never written as if it were.

    Examples
    --------
    >>> _share(0.25), _share(1e-9), _share(1 - 1e-12)
    ('0.25', '1e-09', '0.999999')
    """
    text = f"{value:.{DIGITS}g}"
    return f"{1 - 10**-DIGITS:.{DIGITS}f}" if float(text) == 1.0 and value < 1.0 else text


def forecast_csv(rows: Iterable[tuple[Row, Answer | None]]) -> str:
    """Write the table: the columns of the questions, then `COLUMNS`; of a wrong row only what is wrong."""
    rows = list(rows)
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    empty = ("",) * (len(COLUMNS) - 1)
    writer.writerow([*(rows[0][0].cells if rows else ASKED), *COLUMNS])
    for row, answer in rows:
        told = forecast_cells(answer) if answer else (*empty, row.wrong)
        writer.writerow([csv_cell(cell) for cell in (*row.cells.values(), *told)])
    return page.getvalue()


def score_told(table: pd.DataFrame) -> list[str]:
    """Tell the scores of answers whose truth the table told, a line each.

    Parameters
    ----------
    table : DataFrame
        As `sim.backtest.asked.scored` returns it.
    """
    lines = []
    for row in table.to_dict("records"):
        line = f"{row['forecast']}: Brier {row['brier']:.3f}, surprise {row['surprise']:.3f}"
        if row["forecast"] != "answers":
            spreads = [
                skill_spread(*(float(row[f"{loss}_{end}"]) for end in ("skill", "low", "high")))
                for loss in ("brier", "surprise")
            ]
            line += f"; skill against it {spreads[0]} and {spreads[1]}"
        lines.append(line)
    return [f"{table['questions'].iat[0]} answers scored by the column happened", *lines]
