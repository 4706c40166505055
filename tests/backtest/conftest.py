"""Toy histories of recognitions and answers, in which what is on record can be changed at will."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from sim.history.corpus import TABLES, Corpus, read_folder

# NOR, SOU and EST claim statehood; PAN, PAS and PAE are their parents, GRT stands behind NOR and EST.
STATES = ("AAA", "BBB", "CCC", "DDD", "EEE", "GRT", "PAN", "PAS", "PAE")
DISPUTES = {
    "north": "north,North,secession,NOR,PAN,GRT,,2000-01-01,,toy",
    "south": "south,South,secession,SOU,PAS,,,2000-01-01,,toy",
    "east": "east,East,secession,EST,PAE,GRT,,2002-01-01,,toy",
}
NOTED = "LAST,2004-12-31,day,BBB,sanction,CCC,none,"
"""Concerns no dispute, and tells that the record was kept up to the end of 2004."""

Reader = Callable[..., Corpus]


def recognises(sender: str, entity: str, dispute: str, day: str) -> str:
    return f"{sender}-{entity},{day},day,{sender},recognise,{entity},{dispute},"


def severs(parent: str, other: str, dispute: str, day: str) -> str:
    return f"{parent}-{other},{day},day,{parent},sever_relations,{other},{dispute},"


@pytest.fixture
def toy(tmp_path: Path) -> Reader:
    """Read a toy history: ``toy([recognises("AAA", "SOU", "south", "2000-02-01")])``; `more` disputes."""
    made = iter(range(100))

    def read(
        events: Sequence[str], records: Sequence[str] = (), more: Sequence[str] = ()
    ) -> Corpus:
        codes = (*STATES, "NOR", "SOU", "EST")
        kinds = {code: "contested" for code in ("NOR", "SOU", "EST")}
        records = records or [
            f"{key},{process},{kind},,2000-01-01,,Toy.,toy,verified"
            for key in DISPUTES
            for process, kind in (("recognise", "recognise"), ("respond", "sever_relations"))
        ]
        tables = {
            "actors": [
                f"{c},{c},{kinds.get(c, 'state')},,,,,1990-01-01,,,toy,verified" for c in codes
            ],
            "disputes": [*DISPUTES.values(), *more],
            "events": [f"{row},toy,verified," for row in [*events, NOTED]],
            "coverage": list(records),
        }
        folder = tmp_path / f"toy{next(made)}"
        folder.mkdir()
        for name, rows in tables.items():
            lines = [",".join(TABLES[name][0]), *rows]
            (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return read_folder(folder)

    return read
