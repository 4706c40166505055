"""Candidates for the corpus from machine-coded event tables: for people to check, never precedents.

The reports of an act on one day become one candidate; what is passed over is counted with the
reason. Candidates belong to no dispute and answer nothing until a person says so, thus no precedent
is derived from them. A replay though counts an act without a dispute in all that it touches: only
rows that somebody has checked belong in a corpus.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.errors import InputError, did_you_mean, quoted
from sim.history.actors import Actors
from sim.history.checks import Checks
from sim.history.event_tables import SCHEMES, Report, read_reports
from sim.history.events import CANDIDATE, COLUMNS, NO_DISPUTE
from sim.history.foreign_words import (
    CONTESTED,
    UNCONTESTED,
    Meaning,
    code_text,
    folded,
    foreign_names,
    meanings,
)

NEW_DAYS = 730
"""A state this young counts as contested: whoever deals with it may be recognising it."""

ECHO_DAYS = 30
"""The press tells of an act for weeks: the same act again within this many days may be an echo."""

NO_DATE = "no date"
UNKNOWN_CODE = "unknown code"
NO_COUNTERPART = "code without counterpart"
NO_ACTOR = "no actor named"
UNKNOWN_ACTOR = "unknown actor"
SAME_ACTOR = "same actor twice"
ENDED_ACTOR = "actor that had ended"
NOT_CONTESTED = "code counts toward contested actors only"

_NAMED = 10
_SEPARATED = re.compile(r"(^|[;,|\s\"'])[=+@-]+")


class Act(NamedTuple):
    """What makes reports one candidate."""

    day: date
    sender: str
    kind: str
    receiver: str

    @property
    def id(self) -> str:
        """The candidate's event id: the same act has the same one in whatever table."""
        return f"CAND-{self.sender}-{self.kind}-{self.receiver}-{self.day:%Y%m%d}"


_Gathered = dict[Act, list[tuple[str, Report]]]
"""The reports of each act, each with its code and label, as they stand in the table."""


@dataclass
class Summary:
    """What became of the reports of one table.

    Attributes
    ----------
    read, kept : int
        Reports; a report of several actors is kept if any pair of them makes a candidate.
    kinds : Counter
        Candidates by kind of act.
    echoes : int
        Candidates that may repeat an earlier one.
    passed_over : Counter
        Reports that made none, by reason; with `kept` they add up to `read`.
    unknown_names, unknown_codes : Counter
        What could not be placed, with the number of reports.
    near : dict of str to tuple of str
        For unknown names the codes that may have been meant.
    """

    file: str
    read: int = 0
    kept: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    echoes: int = 0
    passed_over: Counter[str] = field(default_factory=Counter)
    unknown_names: Counter[str] = field(default_factory=Counter)
    unknown_codes: Counter[str] = field(default_factory=Counter)
    near: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __str__(self) -> str:
        made = _n(self.kinds.total(), "candidate")
        made += f", {self.echoes} of them perhaps echoes" if self.echoes else ""
        lines = [f"{self.file}: {_n(self.read, 'report')} read, {self.kept} kept as {made}"]
        codes = {code: quoted(code) for code in self.unknown_codes}
        names = {name: quoted(name) for name in self.unknown_names}
        for name, near in self.near.items():
            names[name] += f" (did you mean {' or '.join(near)}?)" if near else ""
        lines += _counted("candidates", self.kinds)
        lines += _counted("passed over", self.passed_over)
        lines += _counted("unknown codes", self.unknown_codes, codes)
        lines += _counted("unknown actors", self.unknown_names, names)
        return "\n".join(lines)


def _counted(title: str, counts: Counter[str], told: Mapping[str, str] | None = None) -> list[str]:
    text = ", ".join(f"{told[w] if told else w} {counts[w]}" for w in _most(counts))
    more = f" and {len(counts) - _NAMED} more" if len(counts) > _NAMED else ""
    return [f"  {title}: {text}{more}"] if counts else []


def _most(counts: Counter[str]) -> list[str]:
    return sorted(counts, key=lambda word: (-counts[word], word))[:_NAMED]


def _n(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def candidates(path: Path | str, scheme: str, actors: Actors) -> tuple[pd.DataFrame, Summary]:
    """Turn an event table into candidates for events.csv.

    Parameters
    ----------
    path : Path
        An ICEWS, GDELT, POLECAT or plain table, separated by tabs or commas.
    scheme : str
        Of its codes: ``cameo`` or ``plover``.
    actors : Actors
        Whose codes and names are known.

    Returns
    -------
    DataFrame
        The columns of events.csv as text, by date: one row for each sender, kind, receiver and day,
        confidence ``recalled``, no dispute. The note begins with ``candidate:``.
    Summary
        What was read, kept and passed over, for the user to see.

    Raises
    ------
    CorpusError
        With file, line and column of what is no such table.

    Examples
    --------
    >>> table, summary = candidates("icews.tab", "cameo", actors)  # doctest: +SKIP
    >>> table.to_csv("candidates.csv", index=False)  # doctest: +SKIP
    """
    if scheme not in SCHEMES:
        near = did_you_mean(scheme, SCHEMES)
        raise InputError("candidates", "scheme", quoted(scheme), " or ".join(SCHEMES), near)
    path, checks = Path(path), Checks()
    summary = Summary(str(path))
    judge = _Judge(actors, scheme, summary)
    gathered: _Gathered = defaultdict(list)
    for report in read_reports(path, scheme, checks):
        summary.read += 1
        acts = judge.acts(report)
        summary.kept += bool(acts)
        for act, code in acts.items():
            gathered[act].append((code, report))
    checks.finish()
    summary.near = {name: judge.near(name) for name in _most(summary.unknown_names)}
    return _table(gathered, path, scheme, summary), summary


class _Judge:
    """Says which acts a report may tell of, and counts why it tells of none."""

    def __init__(self, actors: Actors, scheme: str, summary: Summary) -> None:
        self.actors, self.summary = actors, summary
        self.meanings = meanings(scheme)
        self.names = foreign_names(actors)

    def acts(self, report: Report) -> dict[Act, str]:
        """Return the acts with code and label."""
        reasons: list[str] = []
        possible = self._meanings_of(report, reasons)
        found: dict[Act, str] = {}
        if possible and (day := report.day):
            senders = self._actors_in(report.sender, day, reasons)
            receivers = self._actors_in(report.receiver, day, reasons)
            for sender, receiver in product(senders, receivers):
                meaning = self._toward(receiver, day, possible)
                if sender == receiver:
                    reasons.append(SAME_ACTOR)
                elif meaning is None:
                    reasons.append(NOT_CONTESTED)
                else:
                    found[Act(day, sender, meaning.kind, receiver)] = meaning.code
        if not found:
            self.summary.passed_over[reasons[0] if reasons else NO_DATE] += 1
        return found

    def near(self, name: str) -> tuple[str, ...]:
        """Return the codes that an unknown name may have meant."""
        by_name = [self.names[n] for n in did_you_mean(name, self.names)]
        return tuple(dict.fromkeys([*by_name, *self.actors.near(name)]))[:3]

    def _meanings_of(self, report: Report, reasons: list[str]) -> list[Meaning]:
        key = (report.code.upper(), report.mode.lower())
        # Spreadsheets and number columns drop the zero that most CAMEO codes begin with.
        known = self.meanings.get(key) or self.meanings.get(("0" + key[0], key[1]), [])
        if not known:
            self.summary.unknown_codes[code_text(report.code, report.mode)] += 1
        of_ours = [m for m in known if m.kind]
        if not of_ours:
            reasons.append(NO_COUNTERPART if known else UNKNOWN_CODE)
        return of_ours

    def _actors_in(self, cell: str, day: date, reasons: list[str]) -> list[str]:
        found = []
        for name in dict.fromkeys(part.strip() for part in cell.split(";")):
            code = name if name in self.actors else self.names.get(folded(name), "")
            if not name:
                reasons.append(NO_ACTOR)
            elif not code:
                self.summary.unknown_names[name] += 1
                reasons.append(UNKNOWN_ACTOR)
            elif self.actors.end[self.actors.row(code)] < np.datetime64(day, "D"):
                reasons.append(ENDED_ACTOR)
            else:
                found.append(code)
        return list(dict.fromkeys(found))

    def _toward(self, receiver: str, day: date, possible: list[Meaning]) -> Meaning | None:
        age = np.datetime64(day, "D") - self.actors.start[self.actors.row(receiver)]
        kind = self.actors.type(receiver)
        new = kind != "organisation" and age < np.timedelta64(NEW_DAYS, "D")
        side = CONTESTED if kind == "contested" or new else UNCONTESTED
        return next((m for m in possible if m.toward in ("", side)), None)


def _table(gathered: _Gathered, path: Path, scheme: str, summary: Summary) -> pd.DataFrame:
    rows = []
    told: dict[tuple[str, str, str], tuple[date, date]] = {}
    for act, reports in sorted(gathered.items()):
        same = (act.sender, act.kind, act.receiver)
        start, last = told.get(same, (act.day, act.day))
        start = start if act.day - last <= timedelta(ECHO_DAYS) else act.day
        told[same] = (start, act.day)
        summary.kinds[act.kind] += 1
        summary.echoes += start < act.day
        first = reports[0][1]
        codes = " + ".join(dict.fromkeys(code for code, _ in reports))
        note = f"{CANDIDATE} {scheme} {codes}; {_n(len(reports), 'report')}"
        note += f"; may echo {start}" if start < act.day else ""
        if first.sender_name and first.receiver_name:
            note += f"; first {_plain(first.sender_name)} to {_plain(first.receiver_name)}"
        source = f"event table {_plain(path.name)}, line {first.line}"
        source += f"; {_plain(first.published, 300)}" if first.published else ""
        row = (act.id, act.day.isoformat(), "day", act.sender, act.kind, act.receiver)
        rows.append((*row, NO_DISPUTE, "", source, "recalled", note))
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)


def _plain(text: str, most: int = 80) -> str:
    """Return foreign text on one line, with nothing in it that a spreadsheet might run.

    Some spreadsheets split cells at other separators than commas, so that a formula could begin
    in the middle of one.
    """
    line = "".join(c if c.isprintable() else " " for c in text)
    return _SEPARATED.sub(r"\1", " ".join(line.split()))[:most]
