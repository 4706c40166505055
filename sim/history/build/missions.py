"""Resident missions: snapshots merged into spells, and cut where relations were severed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sim.history.build.raw import Raw, records
from sim.history.build.raw import Row as TextRow
from sim.history.build.ties import first_of, last_of
from sim.history.corpus import Corpus
from sim.history.events import EventKind

SNAPSHOTS = (1970, 1975, 1980, 1985, 1990, 1995, 2000, 2005, 2022)
LAST_COW = 2005
COW = "COW Diplomatic Exchange 2006.1 (binary, Duque 2018)"
WIKIDATA = "Wikidata June 2022"

RETURNS = (EventKind.RESTORE_RELATIONS, EventKind.ESTABLISH_RELATIONS)

Pair = tuple[str, str]


class Spell(NamedTuple):
    """A mission from a day to a day (empty: continuing), both as text and included."""

    start: str
    end: str


class Breaks(NamedTuple):
    """Days on which relations of two actors were severed and on which they returned, sorted."""

    severed: Sequence[str]
    returned: Sequence[str]


def mission_rows(raw: Raw, corpus: Corpus) -> list[TextRow]:
    """Spells of missions, sender by host."""
    seen = _seen(raw)
    breaks = _breaks(corpus)
    rows: list[TextRow] = []
    for pair, years in sorted(seen.items()):
        broken = breaks.get((min(pair), max(pair)))
        for spell, within in spells(years):
            source = ", ".join(
                name
                for name, there in ((COW, within[0] <= LAST_COW), (WIKIDATA, within[-1] > LAST_COW))
                if there
            )
            parts = cut(spell, broken, within) if broken else [spell]
            rows += [("mission", *pair, "embassy", *part, source) for part in parts]
    return rows


def _seen(raw: Raw) -> Mapping[Pair, list[int]]:
    """Return the snapshots in which each pair has a mission, in order."""
    name = "diplomatic_exchange"
    table = raw.table(name)
    seen: dict[Pair, list[int]] = defaultdict(list)
    nodes = records(raw.table("diplomatic_exchange_nodes"), ("year", "code", "missing"))
    covered = {(year, code) for year, code, missing in nodes if missing != "1"}
    years = raw.years(name, table, "year")
    for row, number in zip(records(table, ("year", "sender", "receiver")), years, strict=True):
        year, sender, host = row
        if {(year, sender), (year, host)} <= covered and number in SNAPSHOTS:
            seen[sender, host].append(number)
    columns = ("sender", "host", "embassy_2022_06", "types")
    for sender, host, there, types in records(raw.table("embassies_wikidata_2022"), columns):
        if there == "1" and _is_embassy(types):
            seen[sender, host].append(SNAPSHOTS[-1])
    return {pair: sorted(found) for pair, found in seen.items()}


def _is_embassy(types: str) -> bool:
    """Tell embassies from de facto offices (Taipei's, Palestine's) and interests sections."""
    kinds = set(types.split("|"))
    return "embassy" in kinds or not kinds & {"de facto embassy", "interests section"}


def spells(years: Sequence[int]) -> list[tuple[Spell, list[int]]]:
    """Merge the snapshots that have a mission into spells, with the snapshots of each.

    Examples
    --------
    >>> spells([1970, 1980, 1985])
    [(Spell(start='1970-01-01', end='1974-12-31'), [1970]), \
(Spell(start='1980-01-01', end='1989-12-31'), [1980, 1985])]
    """
    runs: list[list[int]] = []
    for year in years:
        at = SNAPSHOTS.index(year)
        if runs and SNAPSHOTS.index(runs[-1][-1]) == at - 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    found = []
    for run in runs:
        after = SNAPSHOTS.index(run[-1]) + 1
        end = last_of(SNAPSHOTS[after] - 1) if after < len(SNAPSHOTS) else ""
        found.append((Spell(first_of(run[0]), end), run))
    return found


def _breaks(corpus: Corpus) -> Mapping[Pair, Breaks]:
    """Return severances and returns by pair of actors, each on the last day it may have been.

    A month or a year is over before it is known, so nothing ends earlier than could be told.
    """
    severed: dict[Pair, list[str]] = defaultdict(list)
    returned: dict[Pair, list[str]] = defaultdict(list)
    columns = ("sender", "receiver", "kind", "last")
    for sender, receiver, kind, last in records(corpus.events, columns):
        pair = min(sender, receiver), max(sender, receiver)
        day = str(last)[:10]
        if kind == EventKind.SEVER_RELATIONS:
            severed[pair].append(day)
        elif kind in RETURNS:
            returned[pair].append(day)
    return {pair: Breaks(sorted(days), sorted(returned[pair])) for pair, days in severed.items()}


def cut(spell: Spell, breaks: Breaks, years: Sequence[int]) -> list[Spell]:
    """Cut a spell at severances; it goes on when relations return.

    Where no later return is coded, it goes on with the next snapshot that has the mission, except
    the one of 2022: Wikidata keeps posts that were closed by a rupture.

    Parameters
    ----------
    spell : Spell
    breaks : Breaks
    years : sequence of int
        The snapshots that the spell was merged from.
    """
    parts = []
    start = spell.start
    for day in breaks.severed:
        if day < start or (spell.end and day > spell.end):
            continue
        parts.append(Spell(start, day))
        back = [d for d in breaks.returned if d > day]
        if not back:
            back = [d for y in years if y <= LAST_COW and (d := first_of(y)) > day]
        if not back or (spell.end and back[0] > spell.end):
            return parts
        start = back[0]
    return [*parts, Spell(start, spell.end)]
