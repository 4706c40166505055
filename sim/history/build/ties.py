"""Alliances, memberships, rivalries and borders: public series of years as dated spells."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from itertools import compress

from sim.history.build.raw import Raw, Row, grouped, records
from sim.history.checks import read_day
from sim.history.ties import LEVELS

LAST_YEAR = 2022
"""The tables speak of nothing later: spells that begin later are left out, later ends are open."""

ORGS = {
    "ARAB_LEAGUE": "LAS",
    "CIS": "CISORG",
    "COMMONWEALTH": "COMMONW",
    "COUNCIL_OF_EUROPE": "COE",
    "EU": "EUU",
    "NAM": "NAMORG",
    "WARSAW_PACT": "WARPACT",
}
"""Organisations whose short name is too long for a code, or taken (CIS is Ciskei)."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

Pledge = tuple[int, int | None, str, str]
"""First year, last year (None: continuing), level, source."""


def first_of(year: int | None) -> str:
    """Return the first day of a year as text; empty if there is none."""
    return "" if year is None else f"{year}-01-01"


def last_of(year: int | None) -> str:
    """Return the last day of a year as text; empty if there is none or it is still to come."""
    return "" if year is None or year > LAST_YEAR else f"{year}-12-31"


def alliance_rows(raw: Raw) -> list[Row]:
    """Spells of the strongest pledge of two actors.

    ATOP stops in 2018: what was in force then goes on. A pledge that changes below its
    strongest part goes on too, so such years are joined. A treaty coded by hand that
    names its day starts on it, and one of an entity ends with the entity.
    """
    name = "alliances"
    table = raw.table(name)
    columns = ("code1", "code2", "source", "right_censored_2018", *LEVELS["alliance"])
    starts, ends = (raw.years(name, table, c) for c in ("start_year", "end_year"))
    spells = []
    for row, start, end in zip(records(table, columns), starts, ends, strict=True):
        code1, code2, source, censored, *pledges = row
        level = next(compress(LEVELS["alliance"], (p == "1" for p in pledges)), "")
        if level and start is not None and start <= LAST_YEAR:
            last = None if censored == "1" else end
            spells.append((code1, code2, (start, last, level, source)))
    rows = []
    for pair, found in grouped(spells, lambda s: s[:2]).items():
        for start, end, level, source in joined(s[2] for s in found):
            rows.append(("alliance", *pair, level, *_days(raw, pair, start, end, source), source))
    return rows


def joined(pledges: Iterable[Pledge]) -> list[Pledge]:
    """Join spells of the same level where one follows on the other without a gap.

    Examples
    --------
    >>> joined([(1994, 2009, "defense", "a"), (2010, None, "defense", "a")])
    [(1994, None, 'defense', 'a')]
    """
    spells: list[Pledge] = []
    for pledge in sorted(pledges, key=lambda p: p[0]):
        if spells:
            start, end, level, source = spells[-1]
            if level == pledge[2] and (end is None or pledge[0] <= end + 1):
                spells[-1] = (start, pledge[1], level, source)
                continue
        spells.append(pledge)
    return spells


def _days(raw: Raw, pair: Row, start: int, end: int | None, source: str) -> tuple[str, str]:
    dated = _DAY.search(source)
    if dated is None or not source.startswith("hand-coded"):
        return first_of(start), last_of(end)
    ends = [str(raw.actors.table["end"].iat[raw.actors.row(code)]) for code in pair]
    died = [day for day in ends if day[:4] == str(end)]
    return dated.group(), min(died, default=last_of(end))


def membership_rows(raw: Raw) -> list[Row]:
    """Spells in organisations; of the source only which of the two it is."""
    name = "org_memberships"
    table = raw.table(name)
    starts, ends = (raw.years(name, table, c) for c in ("start_year", "end_year"))
    rows: list[Row] = []
    for row, start, end in zip(
        records(table, ("code", "org", "status", "source")), starts, ends, strict=True
    ):
        code, org, status, source = row
        if start is None or start <= LAST_YEAR:
            series = "COW IGO v3" if source.startswith("COW IGO v3") else "hand-coded"
            days = first_of(start), last_of(end)
            rows.append(("membership", code, ORGS.get(org, org), status, *days, series))
    return rows


def rivalry_rows(raw: Raw) -> list[Row]:
    """Spells of rivalry."""
    name = "rivalries"
    table = raw.table(name)
    starts, ends = (raw.years(name, table, c) for c in ("start_year", "end_year"))
    rows: list[Row] = []
    for pair, start, end in zip(records(table, ("code1", "code2")), starts, ends, strict=True):
        if start is None or start <= LAST_YEAR:
            days = first_of(start), last_of(end)
            rows.append(("rivalry", *pair, "", *days, "Thompson, Sakuwa and Suhas 2021"))
    return rows


def border_rows(raw: Raw) -> list[Row]:
    """Spells of contiguity, known to the month; the series ends in 2016."""
    columns = ("code1", "code2", "contiguity_type", "start_month", "end_month")
    table = raw.table("contiguity")
    for column in columns[-2:]:
        raw.check("contiguity", table, column, _is_month, "a month such as 1958-02, or nothing")
    rows: list[Row] = []
    for code1, code2, level, start, end in records(table, columns):
        days = f"{start}-01" if start else "", _end_of(end) if end else ""
        rows.append(("contiguity", code1, code2, level, *days, "COW Direct Contiguity 3.2"))
    return rows


def _is_month(cell: str) -> bool:
    return cell == "" or read_day(f"{cell}-01") is not None


def _end_of(month: str) -> str:
    year, number = map(int, month.split("-"))
    return f"{month}-{monthrange(year, number)[1]:02d}"
