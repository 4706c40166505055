"""The shipped corpus, and toy histories of one or two disputes played day by day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from sim import kernel
from sim.hazard.intervals import spread
from sim.hazard.replay import History, replay
from sim.hazard.riskset import RUNGS, Front, Layout
from sim.hazard.terms import Terms
from sim.history.corpus import TABLES, Corpus, read_folder
from sim.history.events import rung_of

Writer = Callable[..., Path]


@pytest.fixture(scope="session")
def day() -> date:
    return date(2022, 7, 12)


@pytest.fixture(scope="session")
def shipped() -> Corpus:
    from sim.history.corpus import load_corpus

    return load_corpus()


@pytest.fixture(scope="session")
def whole(shipped: Corpus) -> tuple[Terms, History]:
    """Play the whole record, with the exposure of everyone at risk: that takes a while."""
    from sim.hazard.learn import played

    return played(shipped.as_of(shipped.end), shipped.end)


def write(made: Path, **tables: Sequence[str]) -> Path:
    """Write tables into a folder; rows with more cells than must be fill the optional columns."""
    made.mkdir()
    for table, rows in tables.items():
        required, optional = TABLES[table]
        cells = max([len(required), *(row.count(",") + 1 for row in rows)])
        text = "\n".join([",".join([*required, *optional][:cells]), *rows]) + "\n"
        (made / f"{table}.csv").write_text(text, encoding="utf-8")
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Writer:
    """Write tables into a new folder: ``folder("a", events=["X1,2022-08-01,day,..."])``."""

    def written(name: str, **tables: list[str]) -> Path:
        return write(tmp_path / name, **tables)

    return written


# -- toy histories --------------------------------------------------------------------------------

# AAA, BBB and CCC stand by; PAR is the parent of ENT, CCC its patron. ONE and TWO are rival
# governments. The records of recognitions and of all rungs are complete from 2000 on.
STATES = ("AAA", "BBB", "CCC", "ONE", "PAR", "PRT")
CONTESTED = ("ENT", "TNE", "TWO")
DISPUTES = {
    "north": "north,North,secession,ENT,PAR,CCC,,2000-01-01,,toy",
    "south": "south,South,secession,TNE,PRT,,,2000-01-01,,toy",
    "twins": "twins,Twins,rival_government,TWO,ONE,,,2000-01-01,,toy",
    "seated": "twins,Twins,rival_government,TWO,ONE,,,2000-01-01,,toy,ONE",
}
NOTED = "LAST,2004-12-31,day,BBB,sanction,CCC,none,"
"""Concerns nobody here, and tells that the record was kept up to the end of 2004."""
RECORDED = (
    "condemn", "protest_note", "summon_ambassador", "recall_ambassador", "expel_diplomats",
    "downgrade_relations", "sever_relations",
)  # fmt: skip


def covers(dispute: str, process: str, kind: str, sender: str = "", last: str = "") -> str:
    return f"{dispute},{process},{kind},{sender},2000-01-01,{last},Toy.,toy,verified"


class Spell(NamedTuple):
    """One row of exposure: when it ended, which terms hold, days at risk, events."""

    end: date
    period: int
    piece: int
    days: float
    events: float
    z: np.ndarray


@dataclass(frozen=True)
class Played:
    """A history up to a day, and who was at risk of what."""

    corpus: Corpus
    layout: Layout
    history: History
    terms: Terms
    day: date

    def channel(self, sender: str, kind: str, receiver: str, dispute: str) -> int:
        layout = self.layout
        if (rung := rung_of(kind)) is None:
            return layout.column_index[dispute, receiver] * layout.n + layout.actors.row(sender)
        at = layout.front_index[Front(sender, dispute)] * layout.n + layout.actors.row(receiver)
        return layout.answers.start + at * kernel.RUNGS + RUNGS.index(rung)

    def spells(self, sender: str, kind: str, receiver: str, dispute: str = "north") -> list[Spell]:
        """Rows of exposure of one channel, by their end."""
        k = self.channel(sender, kind, receiver, dispute)
        rows = self.history.exposure[self.history.exposure[:, 0] == k]
        return [
            Spell(
                self.day + timedelta(days=int(np.floor(row[6]))),
                int(row[1]),
                int(row[3]),
                *row[4:6],
                row[kernel.FIXED :],
            )
            for row in rows[np.argsort(rows[:, 6], kind="stable")]
        ]

    def days(self, sender: str, kind: str, receiver: str, dispute: str = "north") -> float:
        return sum(s.days for s in self.spells(sender, kind, receiver, dispute))

    def events(self, sender: str, kind: str, receiver: str, dispute: str = "north") -> list[Spell]:
        return [s for s in self.spells(sender, kind, receiver, dispute) if s.events]

    def fixed(self, spell: Spell, channel: int, name: str) -> float:
        """Value of a fixed term of a channel while a spell lasted."""
        rows = self.history.periods[spell.period]
        mine = slice(*rows.start[0, channel : channel + 2])
        return float(rows.value[mine][rows.term[mine] == self.terms.index[name]].item())

    def recognises(self, sender: str, receiver: str, dispute: str = "twins") -> bool:
        column = self.layout.column_index[dispute, receiver]
        return bool(self.history.world.recognises[self.layout.actors.row(sender), column])

    def level(self, responder: str, other: str, dispute: str = "north") -> int:
        front = self.layout.front_index[Front(responder, dispute)]
        return int(self.history.world.level[front, self.layout.actors.row(other)])

    @cached_property
    def spread(self) -> np.ndarray:
        """The exposure with imprecise acts spread over the pieces of their delay."""
        return spread(self.corpus, self.layout, self.history)


Play = Callable[..., Played]


@pytest.fixture
def toy_corpus(tmp_path: Path) -> Callable[..., Corpus]:
    """Read a toy corpus: ``toy_corpus(["X1,2000-02-01,day,AAA,recognise,ENT,north,"])``.

    Disputes are named as in `DISPUTES`, or spelt out; actors are added to those of every toy.
    """
    made = iter(range(1000))

    def read(
        events: Sequence[str] = (),
        disputes: Sequence[str] = ("north",),
        actors: Sequence[str] = (),
        coverage: Sequence[str] | None = None,
        **tables: Sequence[str],
    ) -> Corpus:
        disputes = [DISPUTES.get(row, row) for row in disputes]
        people = [
            f"{c},{c},{'contested' if c in CONTESTED else 'state'},,,,,1990-01-01,,,toy,verified"
            for c in (*STATES, *CONTESTED)
        ]
        if coverage is None:
            keys = [row.split(",", 1)[0] for row in disputes]
            coverage = [covers(key, "recognise", "recognise") for key in keys]
            coverage += [covers(key, "respond", kind) for key in keys for kind in RECORDED]
        tables |= {
            "actors": [*people, *actors],
            "disputes": disputes,
            "events": [f"{row},toy,verified," for row in [*events, NOTED]],
            "coverage": coverage,
        }
        return read_folder(write(tmp_path / f"toy{next(made)}", **tables))

    return read


@pytest.fixture
def play(toy_corpus: Callable[..., Corpus]) -> Play:
    """Play a toy history to the end of 2004 and record everyone at risk."""

    def played(*args: object, day: date = date(2004, 12, 31), **tables: object) -> Played:
        known = toy_corpus(*args, **tables).as_of(day)
        layout = Layout.of(known)
        terms = Terms(layout)
        return Played(known, layout, replay(known, layout, day, terms), terms, day)

    return played
