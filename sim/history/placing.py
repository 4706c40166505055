"""When an act whose day is not known is taken to have happened.

A date with month or year precision is an interval. It is narrowed by what answers what (an
answer does not precede its trigger) and the act is placed in the middle of what remains. What
is known to the day is never moved: a few answers were given days before a formal act.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.errors import quoted
from sim.history.checks import Checks, Days, place

PRECISIONS = ("day", "month", "year")

Links = Sequence[tuple[int, ...]]
"""For each row the rows it answers."""


def last_day(first: date, precision: str) -> date:
    """Return the last day of the interval that a date of some precision stands for.

    Examples
    --------
    >>> last_day(date(2008, 2, 1), "month")
    datetime.date(2008, 2, 29)
    """
    if precision == "year":
        return date(first.year, 12, 31)
    if precision == "month":
        return first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return first


def read_intervals(table: pd.DataFrame, checks: Checks) -> tuple[Days, Days]:
    """Read ``date`` and ``date_precision``.

    Returns
    -------
    first, last : array of datetime64[D], shape (rows,)
        Both ends of each interval, NaT where the date is wrong.
    """
    checks.one_of(table, "date_precision", PRECISIONS)
    first = checks.days(table, "date")
    last = first.copy()
    for i, precision in enumerate(table["date_precision"]):
        if precision not in ("month", "year") or np.isnat(first[i]):
            continue
        day: date = first[i].item()
        start = day.replace(day=1) if precision == "month" else date(day.year, 1, 1)
        if start != day:
            right = f"the first day of the {precision}, {start}"
            checks.wrong(
                place(table, i), "date", f"{quoted(day)} with precision {precision}", right
            )
        last[i] = np.datetime64(last_day(start, precision), "D")
    return first, last


def causal_order(links: Links) -> list[int]:
    """Order rows so that each comes after what it answers; rows in a circle are left out."""
    answers: list[list[int]] = [[] for _ in links]
    waiting = [len(set(answered)) for answered in links]
    for row, answered in enumerate(links):
        for trigger in set(answered):
            answers[trigger].append(row)
    ready = [row for row, left in enumerate(waiting) if left == 0]
    for row in ready:  # grows while it is read
        for answer in answers[row]:
            waiting[answer] -= 1
            if waiting[answer] == 0:
                ready.append(answer)
    return ready


def place_days(first: Days, last: Days, links: Links) -> Days:
    """Place each row on one day of its interval.

    Parameters
    ----------
    first, last : array of datetime64[D], shape (rows,)
    links : sequence of tuple of int
        For each row the rows it answers.

    Returns
    -------
    array of datetime64[D], shape (rows,)

    Examples
    --------
    A recognition of 20 July answered at some time between July and August:

    >>> days = np.array(["1989-07-20", "1989-07-01"], dtype="datetime64[D]")
    >>> ends = np.array(["1989-07-20", "1989-08-31"], dtype="datetime64[D]")
    >>> place_days(days, ends, [(), (0,)]).astype(str).tolist()
    ['1989-07-20', '1989-08-10']
    """
    low, high = first.astype(np.int64), last.astype(np.int64)
    order = causal_order(links)
    for row in reversed(order):
        for trigger in links[row]:
            if low[trigger] <= high[row] < high[trigger]:
                high[trigger] = high[row]
    for row in order:
        for trigger in links[row]:
            at = (low[trigger] + high[trigger]) // 2
            if low[row] < at <= high[row]:
                low[row] = at
    return np.asarray(((low + high) // 2).astype("datetime64[D]"))


def sort_rows(placed: Days, given: npt.NDArray[np.int64], links: Links) -> npt.NDArray[np.int64]:
    """Return the order of rows by day, then as given, an answer never before its trigger.

    Parameters
    ----------
    placed : array of datetime64[D], shape (rows,)
    given : array of int, shape (rows,)
        Place of each row in the files.
    links : sequence of tuple of int
        For each row the rows it answers.
    """
    rank, depth = given.copy(), np.zeros(len(given), dtype=np.int64)
    for row in causal_order(links):
        for trigger in links[row]:
            if placed[trigger] == placed[row]:
                rank[row] = max(rank[row], rank[trigger])
                depth[row] = max(depth[row], depth[trigger] + 1)
    return np.lexsort((given, depth, rank, placed)).astype(np.int64)
