"""Votes of the UN General Assembly on resolutions about a dispute."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sim.history.build.raw import Raw, Row, records
from sim.history.build.ties import LAST_YEAR
from sim.history.checks import read_day

FOR, AGAINST = "for", "against"

RESOLUTIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "181 (II)": (FOR, ("israel_1948",)),
    "273 (III)": (FOR, ("israel_1948",)),
    "2758 (XXVI)": (AGAINST, ("china",)),
    "3458 A (XXX)": (FOR, ("sadr",)),
    "3458 B (XXX)": (AGAINST, ("sadr",)),
    "31/6 A": (AGAINST, ("homelands",)),
    "34/22": (AGAINST, ("kampuchea",)),
    "34/37": (FOR, ("sadr",)),
    "37/9": (FOR, ("falklands_1982",)),
    "43/177": (FOR, ("palestine",)),
    "46/242": (FOR, ("yugoslavia",)),
    "59/131": (FOR, ("sadr",)),
    "61/125": (FOR, ("sadr",)),
    "62/243": (AGAINST, ("artsakh",)),
    "62/249": (AGAINST, ("georgia",)),
    "63/3": (AGAINST, ("kosovo",)),
    "64/296": (AGAINST, ("georgia",)),
    "65/287": (AGAINST, ("georgia",)),
    "66/253 A": (AGAINST, ("syria_2011",)),
    "67/19": (FOR, ("palestine",)),
    "68/262": (AGAINST, ("donbas",)),
    "68/274": (AGAINST, ("georgia",)),
    "69/286": (AGAINST, ("georgia",)),
    "71/205": (AGAINST, ("donbas",)),
    "71/290": (AGAINST, ("georgia",)),
    "72/190": (AGAINST, ("donbas",)),
    "73/194": (AGAINST, ("donbas",)),
    "73/263": (AGAINST, ("donbas",)),
    "74/17": (AGAINST, ("donbas",)),
    "74/168": (AGAINST, ("donbas",)),
    "74/169": (AGAINST, ("syria_2011",)),
    "75/29": (AGAINST, ("donbas",)),
    "75/192": (AGAINST, ("donbas",)),
    "ES-10/19": (FOR, ("palestine",)),
    "ES-11/1": (AGAINST, ("donbas", "expulsions_2022")),
    "ES-11/3": (AGAINST, ("expulsions_2022",)),
    "ES-11/4": (AGAINST, ("donbas", "expulsions_2022")),
}
"""What a yes means for the entity of which disputes; other resolutions are about none of ours."""


def vote_rows(raw: Raw, disputes: Collection[str]) -> list[Row]:
    """One row for each resolution about one of the disputes and each member."""
    columns = ("resolution", "date", "code", "vote", "source")
    table = raw.table("un_votes_key")
    raw.check("un_votes_key", table, "date", lambda cell: read_day(cell) is not None, "a date")
    rows = []
    for resolution, day, code, vote, source in records(table, columns):
        meaning, keys = RESOLUTIONS.get(resolution, ("", ()))
        about = "+".join(key for key in keys if key in disputes)
        if about and int(day[:4]) <= LAST_YEAR:
            confidence = "recalled" if "general knowledge" in source else "verified"
            rows.append((resolution, day, code, vote, about, meaning, source, confidence))
    return sorted(rows, key=lambda row: (row[1], row[0], row[2]))
