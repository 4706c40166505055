"""Doctrines compared: how each parent would answer, by what was learned, beside what it did on record.

The same question is put to every parent: of a middling recogniser, and of the strongest state that it has
relations with, how likely is it to be answered by each rung within 30 days and within a year? The
probabilities are those of the rungs as competing hazards (`sim.report.ladder`), exact under each
posterior draw. What parents differ in is told in words by one scale for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from sim.errors import InputError, quoted
from sim.hazard.riskset import Front
from sim.history.actors import Actors
from sim.history.coverage import holds_for
from sim.history.events import LADDER
from sim.history.precedents import Precedent, precedents
from sim.history.statistics import by_responder
from sim.report.hazards import Vector
from sim.report.rulebook import Rulebook, Stand, interval
from sim.report.words import listed, name_of, percent

SPANS = (30, 365)
"""Days within which an answer is asked for."""

NAMED = 4
"""How many recognisers of the record are named."""

HOW_OFTEN = (
    (0.9, "almost always"),
    (0.6, "mostly"),
    (0.4, "about as often as not"),
    (0.15, "sometimes"),
    (0.05, "seldom"),
    (0.0, "hardly ever"),
)
"""Words for a probability, from so much on."""


@dataclass(frozen=True)
class Chance:
    """How likely an act is within a span of days: mean and 90 % interval over posterior draws."""

    within_days: int
    probability: float
    low: float
    high: float


@dataclass(frozen=True)
class Record:
    """What a parent did so far in a dispute.

    Parameters
    ----------
    cases : int
        Precedents: recognitions that it could answer.
    taught : int
        Of these, those that taught the rules; none where no record of its answers is complete.
    known : int
        Of the cases, those of which it is on record what it did: neither impossible to answer nor uncoded.
    answered : int
        Of these, those answered on any rung.
    times : dict
        For each rung, in how many it was reached within each of `SPANS`.
    severed, spared : tuple of str
        Codes of the known cases with which relations were cut within the longest span, and of the
        others; the most capable first.
    complete : tuple of str
        The rungs of which a record of its answers is or was complete: of the others cases teach nothing.
    """

    cases: int
    taught: int
    known: int
    answered: int
    times: dict[str, tuple[int, ...]]
    severed: tuple[str, ...]
    spared: tuple[str, ...]
    complete: tuple[str, ...]


@dataclass(frozen=True)
class Doctrine:
    """How one parent answers.

    Parameters
    ----------
    parent, dispute : str
    entities : tuple of str
        Whose recognition it answers.
    day : date
        The day of the world in which it is asked: the as-of day, or the last of a closed dispute.
    strongest : str
        Code of the most capable state that it has relations with and that has not provoked it; empty
        where none is left.
    behind : bool
        Whether that state is a patron of those recognised.
    middling, to_strongest : dict
        For each rung that the record teaches, a `Chance` for each of `SPANS`; empty where nobody is left.
    record : Record
    """

    parent: str
    dispute: str
    entities: tuple[str, ...]
    day: date
    strongest: str
    behind: bool
    middling: dict[str, tuple[Chance, ...]]
    to_strongest: dict[str, tuple[Chance, ...]]
    record: Record

    def words(self, actors: Actors) -> str:
        """Tell the doctrine in sentences; how often is meant within the longest span."""
        name = name_of(actors, self.parent)
        told = f"{name} has relations with nobody left to provoke it. "
        if self.middling:
            patron = ", a patron of the other side" if self.behind else ""
            told = (
                f"{name} {_habits(self.middling)} after recognition by a middling state; by the "
                f"strongest, {name_of(actors, self.strongest)}{patron}, it "
                f"{_habits(self.to_strongest)}. "
            )
        return f"{told}{self._past(actors)}"

    def _past(self, actors: Actors) -> str:
        record = self.record
        cases = "case" if record.taught == 1 else "cases"
        taught = f" {record.taught} {cases} of its own taught the rules."
        if not record.taught:
            taught = (
                " No case of its own taught the rules: the forecast is that of a parent never seen."
            )
        if not record.known:
            return f"On record: {record.cases} cases, and of none what it did.{taught}"
        did = listed(f"{_done(rung)} {times[-1]}" for rung, times in record.times.items())
        told = f"On record: of {record.known} known cases it answered {record.answered} ({did})"
        for word, codes in (("severed with", record.severed), ("not severed with", record.spared)):
            if codes:
                told += f"; {word} {_some(actors, codes)}"
        return f"{told}.{taught}"


def _habits(chances: Mapping[str, tuple[Chance, ...]]) -> str:
    """Tell how often each rung comes, the likeliest first."""
    found = sorted(((c[-1].probability, rung) for rung, c in chances.items()), reverse=True)
    return listed(f"{how_often(p)} {rung}s ({percent(p)})" for p, rung in found)


def _done(rung: str) -> str:
    return rung + ("d" if rung.endswith("e") else "ed")


def _some(actors: Actors, codes: Sequence[str]) -> str:
    names = [name_of(actors, code) for code in codes[:NAMED]]
    more = len(codes) - NAMED
    return listed([*names, f"{more} others" if more > 1 else "another"] if more > 0 else names)


def how_often(probability: float) -> str:
    """Put a probability into words.

    Examples
    --------
    >>> how_often(0.97), how_often(0.5), how_often(0.001)
    ('almost always', 'about as often as not', 'hardly ever')
    """
    return next(word for least, word in HOW_OFTEN if probability >= least)


def doctrines(
    book: Rulebook, parents: Sequence[str], dispute: str = "", where: str = "doctrine"
) -> list[Doctrine]:
    """Compare how parents answer recognitions.

    Parameters
    ----------
    book : Rulebook
    parents : sequence of str
        Codes; each is asked in the dispute in which it had most to answer, unless one is given.
    dispute : str, optional
    where : str
        Where the user wrote the codes.

    Raises
    ------
    InputError
        One line for each code that is no actor's, or not of one who answers recognitions.
    """
    found = [p for p in precedents(book.known) if p.process == "respond"]
    fronts, errors = [], []
    for parent in dict.fromkeys(parents):
        try:
            fronts.append(_front(book, parent, dispute, found, where))
        except InputError as error:
            errors.append(error)
    if errors:
        raise errors[0].together(errors[1:])
    return [_doctrine(book, front, found) for front in fronts]


def _front(
    book: Rulebook, parent: str, dispute: str, found: Sequence[Precedent], where: str
) -> Front:
    book.layout.actors.check(parent, where, "--doctrine")
    able = [f for f in book.layout.fronts if dispute in ("", f.dispute)]
    own = [front for front in able if front.responder == parent]
    if not own:
        over = f" over {dispute}" if dispute else f" by {book.as_of}"
        right = f"one who had recognitions to answer{over}"
        codes = sorted({front.responder for front in able})
        right += f": {listed(codes, 'or')}" if codes else ""
        raise InputError(where, "--doctrine", quoted(parent), right)
    return max(own, key=lambda front: len(_cases(front, found)))


def _cases(front: Front, found: Sequence[Precedent]) -> list[Precedent]:
    return [p for p in found if (p.responder, p.dispute) == (front.responder, front.dispute)]


def _doctrine(book: Rulebook, front: Front, found: Sequence[Precedent]) -> Doctrine:
    stand = book.stands_at(front.dispute)
    entities, dispute = book.provoking(front), book.layout.dispute_of(front)
    record = record_of(book, front, found)
    rows = stand.recognisers(book.layout.front_index[front])
    if not rows:
        return Doctrine(
            front.responder, front.dispute, entities, stand.day, "", False, {}, {}, record
        )
    capability = _capability(book, stand.day)
    top = max(rows, key=lambda i: capability[i])
    strongest = book.layout.actors.codes[top]
    behind = any(strongest in dispute.patrons_of(entity) for entity in entities)
    return Doctrine(
        front.responder, front.dispute, entities, stand.day, strongest, behind,
        _chances(book, stand, front, rows), _chances(book, stand, front, [top]), record,
    )  # fmt: skip


def _chances(
    book: Rulebook, stand: Stand, front: Front, rows: Sequence[int]
) -> dict[str, tuple[Chance, ...]]:
    answer = stand.answer_to(book.layout.front_index[front], rows)
    paths = answer.by_day(book.terms, book.posterior.draws, max(SPANS))
    return {
        rung: tuple(Chance(span, *interval(paths[:, span, r])) for span in SPANS)
        for r, rung in book.rungs.items()
    }


def _capability(book: Rulebook, day: date) -> Vector:
    return np.nan_to_num(book.known.actor_years.values("capability", day))


def record_of(book: Rulebook, front: Front, found: Sequence[Precedent]) -> Record:
    """Count what a parent did, over the cases of which that is on record.

    Parameters
    ----------
    book : Rulebook
    front : Front
    found : sequence of Precedent
        Of responses.
    """
    cases = _cases(front, found)
    known = [p for p in cases if p.highest or by_responder(book.known, [p])["none"].sum()]
    codes, capability = book.layout.actors, _capability(book, book.stands_at(front.dispute).day)

    def reached(p: Precedent, rung: str, span: int) -> bool:
        days = p.days_to(rung)
        return days is not None and days <= span

    known.sort(key=lambda p: -capability[codes.row(p.target)])
    cut = [reached(p, "sever", max(SPANS)) for p in known]
    evidence = book.posterior.evidence.get("respond")
    taught = {p.id for p in cases} & set(evidence.cases if evidence else ())
    return Record(
        len(cases), len(taught), len(known), sum(p.highest is not None for p in known),
        {
            rung: tuple(sum(reached(p, rung, span) for p in known) for span in SPANS)
            for rung in book.rungs.values()
        },
        tuple(dict.fromkeys(p.target for p, yes in zip(known, cut, strict=True) if yes)),
        tuple(dict.fromkeys(p.target for p, yes in zip(known, cut, strict=True) if not yes)),
        _complete(book, front),
    )  # fmt: skip


def _complete(book: Rulebook, front: Front) -> tuple[str, ...]:
    """Return the rungs of which a record of a parent's answers is or was complete."""
    table = book.known.coverage
    mine = table[(table["process"] == "respond") & (table["dispute"] == front.dispute)]
    own = {
        kind
        for kind, senders in zip(mine["kind"], mine["sender"], strict=True)
        if holds_for(senders, front.responder)
    }
    ladder = list(LADDER.values())
    return tuple(name for r, name in book.rungs.items() if own & set(map(str, ladder[r])))
