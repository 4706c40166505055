"""What foreign codes and names mean in our words: the shipped lists codes.csv and names.csv."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import NamedTuple

import pandas as pd

from sim.history.actors import Actors
from sim.history.tables import header, read_table

CODE_COLUMNS = header("scheme,code,mode,label,kind,toward,note")
NAME_COLUMNS = header("name,code")

CONTESTED, UNCONTESTED = "contested", "uncontested"
"""In the column ``toward``: the kind holds for such receivers only; empty, for any."""


class Meaning(NamedTuple):
    """What a foreign code may stand for toward some receivers; no kind if for nothing of ours."""

    code: str
    kind: str
    toward: str


def code_text(code: str, mode: str) -> str:
    """Write a code with its mode, where it has one.

    Examples
    --------
    >>> code_text("161", ""), code_text("SANCTION", "expel")
    ('161', 'SANCTION/expel')
    """
    return f"{code}/{mode}" if mode else code


def folded(name: str) -> str:
    """Return a name as it is compared: whatever its capitals, spaces and apostrophes."""
    return " ".join(name.replace("\u2019", "'").split()).casefold()


@cache
def meanings(scheme: str) -> Mapping[tuple[str, str], list[Meaning]]:
    """Return what each code and mode of a scheme may stand for; `Meaning.code` bears the label."""
    table = _shipped("codes.csv", CODE_COLUMNS)
    found: dict[tuple[str, str], list[Meaning]] = defaultdict(list)
    rows = zip(*(table[c] for c in CODE_COLUMNS[:-1]), strict=True)
    for own, code, mode, label, kind, toward in rows:
        if own == scheme:
            meaning = Meaning(f"{code_text(code, mode)} {label}", kind, toward)
            found[code, mode].append(meaning)
    return dict(found)


def foreign_names(actors: Actors) -> dict[str, str]:
    """Return the actor's code for each `folded` name: our own, and those used elsewhere.

    Among the latter are the country codes of CAMEO that are not ISO 3166's.
    """
    table = _shipped("names.csv", NAME_COLUMNS)
    foreign = zip(table["name"], table["code"], strict=True)
    names = {folded(name): code for name, code in foreign if code in actors}
    return names | {folded(actors.name(code)): code for code in actors}


def _shipped(file: str, columns: tuple[str, ...]) -> pd.DataFrame:
    where = resources.files("sim.history") / "data" / file
    return read_table(where, columns, shown_as=f"shipped {file}")
