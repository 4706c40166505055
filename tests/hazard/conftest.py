"""The shipped corpus, and what was known the day before the DPRK recognised."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from sim.history.corpus import TABLES, Corpus, load_corpus

Writer = Callable[..., Path]


@pytest.fixture(scope="session")
def day() -> date:
    return date(2022, 7, 12)


@pytest.fixture(scope="session")
def shipped() -> Corpus:
    return load_corpus()


@pytest.fixture
def folder(tmp_path: Path) -> Writer:
    """Write tables into a new folder: ``folder("a", events=["X1,2022-08-01,day,..."])``."""

    def write(name: str, **tables: list[str]) -> Path:
        made = tmp_path / name
        made.mkdir()
        for table, rows in tables.items():
            text = "\n".join([",".join(TABLES[table][0]), *rows]) + "\n"
            (made / f"{table}.csv").write_text(text, encoding="utf-8")
        return made

    return write
