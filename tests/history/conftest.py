"""A corpus to read from, and a way to write a user's folder of tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from sim.history.corpus import TABLES, Corpus, load_corpus, read_folder

Writer = Callable[..., Path]

STATES = ("AAA", "BBB", "CCC", "DDD", "ONE", "OUT", "PAR", "PAT", "QQQ")


@pytest.fixture(scope="session")
def shipped() -> Corpus:
    return load_corpus()


@pytest.fixture
def folder(tmp_path: Path) -> Writer:
    """Write tables into a new folder: ``folder(events=["X1,2022-08-01,day,..."])``.

    Rows with more cells than must be fill the optional columns.
    """

    def write(**tables: list[str]) -> Path:
        for name, rows in tables.items():
            required, optional = TABLES[name]
            cells = max([len(required), *(row.count(",") + 1 for row in rows)])
            text = "\n".join([",".join([*required, *optional][:cells]), *rows]) + "\n"
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        return tmp_path

    return write


@pytest.fixture
def toy(folder: Writer) -> Callable[..., Corpus]:
    """Read a corpus that stands alone: ``toy(disputes, events, nonevents)``, rows without their tails."""

    def read(
        disputes: Sequence[str], events: Sequence[str] = (), nonevents: Sequence[str] = ()
    ) -> Corpus:
        actors = [f"{c},{c},state,,,,,1990-01-01,,,toy,verified" for c in STATES]
        actors += [f"{c},{c},contested,,,,,1990-01-01,,,toy,verified" for c in ("ENT", "TWO")]
        return read_folder(
            folder(
                actors=actors,
                disputes=list(disputes),
                events=[f"{row},toy,verified," for row in events],
                nonevents=[f"{row},toy,verified," for row in nonevents],
            )
        )

    return read
