"""A corpus to read from, and a way to write a user's folder of tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sim.history.corpus import TABLES, Corpus, load_corpus

Writer = Callable[..., Path]


@pytest.fixture(scope="session")
def shipped() -> Corpus:
    return load_corpus()


@pytest.fixture
def folder(tmp_path: Path) -> Writer:
    """Write tables into a new folder: ``folder(events=["X1,2022-08-01,day,..."])``."""

    def write(**tables: list[str]) -> Path:
        for name, rows in tables.items():
            required, _ = TABLES[name]
            text = "\n".join([",".join(required), *rows]) + "\n"
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        return tmp_path

    return write
