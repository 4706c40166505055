"""Yearly numbers about actors: voting, capabilities, democracy, people, income."""

from __future__ import annotations

import numpy as np

from sim.history.build.raw import Raw, Row, records, rounded
from sim.history.build.ties import LAST_YEAR
from sim.history.ties import SERIES

FIRST_YEAR = 1945
DIGITS = 4

STATE_SERIES = {"capability": "cinc", "polyarchy": "polyarchy", "gdp_per_head": "gdppc_maddison"}


def year_rows(raw: Raw) -> list[Row]:
    """One row for each actor and year of which anything is known."""
    cells: dict[tuple[str, str], dict[str, float]] = {}
    states = raw.table("state_year")
    numbers = {
        ours: raw.numbers("state_year", states, theirs, empty=True)
        for ours, theirs in STATE_SERIES.items()
    }
    # Thousands in one source, heads in the other.
    people = raw.numbers("state_year", states, "tpop_k", empty=True)
    others = raw.numbers("state_year", states, "pop_wb", empty=True) / 1000
    numbers["population_k"] = np.where(np.isnan(people), others, people)
    votes = raw.table("un_ideal_points")
    ideal = {"ideal_point": raw.numbers("un_ideal_points", votes, "ideal_all", empty=True)}
    for name, table, columns in (
        ("state_year", states, numbers),
        ("un_ideal_points", votes, ideal),
    ):
        raw.check(name, table, "year", str.isdecimal, "a year")
        for i, (code, year) in enumerate(records(table, ("code", "year"))):
            known = {c: float(v[i]) for c, v in columns.items() if not np.isnan(v[i])}
            if known and FIRST_YEAR <= int(year) <= LAST_YEAR:
                cells.setdefault((code, year), {}).update(known)
    return [
        (*key, *(rounded(known[s], DIGITS) if s in known else "" for s in SERIES))
        for key, known in sorted(cells.items())
    ]
