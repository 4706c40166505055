"""Every error the project raises on purpose.

::

    SimError
    ├── InputError          what the user gave is wrong: one line a problem (exit 2)
    │   ├── CorpusError     a table: file, line, column
    │   └── ScenarioError   a scenario: file, key path
    └── ResultError         the disk or the output failed (exit 1)

Anything else that escapes is a bug.
"""

from __future__ import annotations

import copy
import difflib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

LIMIT = 20
"""How many problems one error names before it only counts the rest."""


class SimError(Exception):
    """Root of the tree above."""


def did_you_mean(word: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """Name the candidates that look like `word`, nearest first, at most three.

    Examples
    --------
    >>> did_you_mean("sever_relation", ["sever_relations", "recognise"])
    ('sever_relations',)
    """
    named: dict[str, str] = {}
    for candidate in candidates:
        named.setdefault(candidate.casefold(), candidate)
    if not word:
        return ()
    close = difflib.get_close_matches(word.strip().casefold()[:200], named, n=3, cutoff=0.6)
    return tuple(named[c] for c in close)


def quoted(value: object, limit: int = 60) -> str:
    r"""Show a value of the user inside a message: quoted, on one line, cut to `limit` characters.

    Examples
    --------
    >>> quoted("a\nb")
    "'a\\nb'"
    """
    text = str(value)
    if len(text) > limit:
        text = text[: limit - 3] + "..."
    return "'" + _printable(text) + "'"


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where it stands, what was found, what would be right."""

    file: str
    place: str
    found: str
    right: str
    near: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f"{self.file}: {self.place}" if self.place else self.file
        hint = f" (did you mean {' or '.join(self.near)}?)" if self.near else ""
        return _printable(f"{where}: found {self.found}, expected {self.right}{hint}")


class InputError(SimError):
    """The user's input is wrong.

    Parameters
    ----------
    file : str or path
        As the user named it.
    place : str
        Line and column, or key path; empty for the file as a whole.
    found, right : str
        What stands there, and what would be right.
    near : sequence of str
        What may have been meant, see `did_you_mean`.

    Examples
    --------
    >>> print(InputError("a.toml", "as_of", "'soon'", "a date", ["2022-01-01"]))
    a.toml: as_of: found 'soon', expected a date (did you mean 2022-01-01?)
    """

    problems: tuple[Problem, ...]
    """What is wrong, one line each; a single one unless made by `together`."""

    def __init__(
        self,
        file: str | os.PathLike[str],
        place: str,
        found: str,
        right: str,
        near: Sequence[str] = (),
    ) -> None:
        super().__init__(file, place, found, right, near)
        self.problems = (Problem(os.fspath(file), place, found, right, tuple(near)),)

    def __str__(self) -> str:
        lines = [str(p) for p in self.problems[:LIMIT]]
        if (more := len(self.problems) - LIMIT) > 0:
            lines.append(f"... and {more} more like these")
        return "\n".join(lines)

    def together(self, others: Iterable[InputError]) -> Self:
        """Return this error with the problems of others added, a line for each in the message."""
        joined = copy.copy(self)
        gathered = [*self.problems, *(p for e in others for p in e.problems)]
        joined.problems = tuple(dict.fromkeys(gathered))
        return joined


class CorpusError(InputError):
    """A table is wrong.

    Parameters
    ----------
    file : str or path
        As the user named it.
    line : int
        Line in the file, 1 being the header; 0 for the file as a whole.
    column : str
        Name of the column; empty for the whole line.
    found, right, near
        As in `InputError`.

    Examples
    --------
    >>> print(CorpusError("events.csv", 3, "sender", "'SYRA'", "an actor's code", ["SYR"]))
    events.csv: line 3, column sender: found 'SYRA', expected an actor's code (did you mean SYR?)
    """

    def __init__(
        self,
        file: str | os.PathLike[str],
        line: int,
        column: str,
        found: str,
        right: str,
        near: Sequence[str] = (),
    ) -> None:
        parts = [f"line {line}"] if line else []
        parts += [f"column {_printable(column[:60])}"] if column else []
        super().__init__(file, ", ".join(parts), found, right, near)
        self.args = (file, line, column, found, right, near)
        self.line = line
        self.column = column


class ScenarioError(InputError):
    """A scenario is wrong; `place` is the key path, for instance ``intervention[0].sender``."""


class ResultError(SimError):
    """Results could not be written or read: a full disk, a folder in the way, a broken file."""
