"""What a sweep has done so far, so that one that was interrupted goes on where it stopped.

A journal is a file of JSON lines beside the result: first what is swept, then a line for each point. A last
line that was cut off is dropped and its point visited again.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from sim.errors import InputError, ResultError
from sim.provenance import DISTRIBUTION, versions
from sim.world.scenario_toml import resolved_toml
from sim.world.sweep import Outcome, Sweep

__all__ = ["Journal"]


def identity(sweep: Sweep) -> str:
    """Return a fingerprint of everything that a point's outcome depends on."""
    said = {
        "scenario": resolved_toml(sweep.scenario),
        "vary": [[d.name, repr(d.paths), [str(v) for v in d.values]] for d in sweep.dimensions],
        "events": list(sweep.events),
        "worlds": sweep.worlds,
        "seed": sweep.seed,
        "history": sweep.posterior.fingerprint,
        "without": list(sweep.posterior.without),
        "learner": sweep.posterior.about.get("learner"),
        "version": versions()[DISTRIBUTION],
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


class Journal:
    """Context manager around the journal of a sweep.

    Parameters
    ----------
    path : Path
        Beside the result; it goes away with `done`.
    sweep : Sweep

    Raises
    ------
    InputError
        If the file there is of another sweep.
    """

    def __init__(self, path: Path, sweep: Sweep) -> None:
        self.path = path
        self.known: list[Outcome] = []
        self._identity = identity(sweep)
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        try:
            self._read()
            self._file = self.path.open("w", encoding="utf-8")
            self._write({"sweep": self._identity})
            for outcome in self.known:
                self.keep(outcome)
        except OSError as error:
            raise ResultError(f"{self.path}: cannot be written: {error.strerror}") from error
        return self

    def _read(self) -> None:
        if not self.path.exists():
            return
        lines = self.path.read_text("utf-8", errors="replace").split("\n")[:-1]
        rows = [row for line in lines if (row := _row(line)) is not None]
        if not rows or rows[0].get("sweep") != self._identity:
            found = "the journal of another sweep"
            right = "the sweep that began it, or no such file"
            raise InputError(str(self.path), "", found, right)
        for row in rows[1:]:
            self.known.append(Outcome(tuple(row["point"]), row["values"], row["impossible"]))

    def keep(self, outcome: Outcome) -> None:
        """Write down what came of a point."""
        self._write(
            {
                "point": outcome.point,
                "values": outcome.values,
                "impossible": outcome.impossible,
            }
        )

    def _write(self, row: dict[str, object]) -> None:
        if self._file is None:
            raise ValueError("the journal is not open")
        self._file.write(json.dumps(row) + "\n")
        self._file.flush()

    def done(self) -> None:
        """Take the journal away: the result is written."""
        self._close()
        self.path.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()


def _row(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None
