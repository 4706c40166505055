"""Ledgers told: forecasts from questions and scenarios, and what became of each."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.backtest import scoring
from sim.backtest.ledger import INCOMPLETE, Issued, Outcome, resolved
from sim.history.corpus import Corpus
from sim.history.disputes import split
from sim.provenance import Provenance
from sim.report.answers import answers
from sim.report.forecasts import is_thin
from sim.report.words import clean, percent
from sim.world.answering import Answer
from sim.world.ensemble import Ensemble
from sim.world.questions import Question, Row
from sim.world.results import csv_cell

STATES = ("yes", "no", "open", "void")
COLUMNS = ("id", "as_of", "probability", "outcome", "reason", "in_hindsight", "resolution")


def from_questions(
    rows: Sequence[tuple[Row, Answer]], corpus: Corpus, worlds: int, seed: int
) -> list[Issued]:
    """Return the forecasts of a table of questions that all have an answer."""
    made = Provenance(seed=seed, data=corpus.fingerprint, worlds=worlds).as_dict()
    found = []
    for row, answer in rows:
        q = row.question
        if q is None:
            raise ValueError(f"{row.cells['id']} asks nothing that can be answered")
        found.append(_of_question(row.cells["id"], q, answer, corpus, made))
    return found


def _of_question(
    name: str, q: Question, answer: Answer, corpus: Corpus, made: dict[str, object]
) -> Issued:
    return Issued(
        id=name, as_of=q.as_of.isoformat(), origin=q.as_of.isoformat(), senders=q.senders,
        kinds=q.kinds, receivers=q.receivers, within_days=q.within_days, dispute=q.dispute, given=(),
        known=(), tables_to=corpus.last_known.isoformat(), probability=answer.probability,
        low=answer.low, high=answer.high, rule=" + ".join(answer.rules), thin=is_thin(answer),
        made_by=made,
    )  # fmt: skip


def from_scenario(ensemble: Ensemble, corpus: Corpus, words: frozenset[str]) -> list[Issued]:
    """Return the forecasts of a scenario that its worlds can answer, given what it imposes.

    Parameters
    ----------
    words : frozenset of str
        The kinds of act that mean a recognition in the scenario's disputes.
    """
    scenario = ensemble.assembly.scenario
    made = Provenance(seed=ensemble.seed, data=corpus.fingerprint, worlds=ensemble.worlds).as_dict()
    given = tuple(
        (event.date.isoformat(), event.sender, event.kind, receiver)
        for event in scenario.forced
        for receiver in event.receivers
    )
    found = []
    for answer in answers(ensemble):
        f = answer.forecast
        if answer.probability is None or answer.low is None or answer.high is None:
            continue
        kinds = tuple(sorted(words)) if f.kind in words else (f.kind,)
        found.append(
            Issued(
                id=f.id, as_of=scenario.as_of.isoformat(),
                origin=scenario.forecast_origin.isoformat(),
                senders=split(f.sender), kinds=kinds, receivers=split(f.receiver),
                within_days=f.within_days, dispute="", given=given, known=(),
                tables_to=corpus.last_known.isoformat(), probability=answer.probability,
                low=answer.low, high=answer.high, rule="worlds of a scenario", thin=False,
                made_by=made,
            )
        )  # fmt: skip
    return found


def score_csv(outcomes: Sequence[Outcome]) -> str:
    """Write what became of each forecast, a row each."""
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(COLUMNS)
    for o in outcomes:
        i = o.issued
        cells = (
            i.id, i.as_of, f"{i.probability:.6g}", o.state, o.reason,
            str(i.in_hindsight).lower(), i.resolution,
        )  # fmt: skip
        writer.writerow([csv_cell(cell) for cell in cells])
    return page.getvalue()


def score_lines(outcomes: Sequence[Outcome]) -> RenderableType:
    """Build the page of a scored ledger: every forecast, then the scores beside their base rate."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    for name in ("Forecast", "As of", "Prob.", "Outcome", "Because"):
        table.add_column(name, overflow="fold", justify="right" if name == "Prob." else "left")
    for o in outcomes:
        cells = (o.issued.id, o.issued.as_of, percent(o.issued.probability), o.state, o.reason)
        table.add_row(*(Text(clean(cell)) for cell in cells))
    return Group(table, Text(), *map(Text, _scores(outcomes)))


def _scores(outcomes: Sequence[Outcome]) -> list[str]:
    count = Counter(o.state for o in outcomes)
    late = sum(o.issued.in_hindsight for o in outcomes)
    lines = [
        f"{len(outcomes)} forecasts: " + ", ".join(f"{count[state]} {state}" for state in STATES)
        + (f"; {late} issued when the tables knew later days" if late else "") + "."
    ]  # fmt: skip
    early = sum(o.state == "yes" and not o.over for o in outcomes)
    if early:
        lines.append(f"{early} yes before the window is over: scored with the noes, once it is.")
    silent = sum(o.reason.endswith(INCOMPLETE) and o.scored for o in outcomes)
    if silent:
        lines.append(f"{silent} no for want of a record, though none is complete for such acts.")
    probability, happened = resolved(outcomes)
    if not happened.size:
        return [*lines, "Nothing to score yet."]
    own = scoring.brier(probability, happened), scoring.surprise(probability, happened)
    lines.append(f"Brier {own[0].mean():.3f}, surprise {own[1].mean():.3f}.")
    rate = scoring.usual(happened)
    base = scoring.brier(rate, happened), scoring.surprise(rate, happened)
    gains = [scoring.skill(a, b) for a, b in zip(own, base, strict=True)]
    lines.append(
        f"Share of yes, in hindsight: Brier {base[0].mean():.3f}, surprise {base[1].mean():.3f}; "
        f"skill against it {gains[0]:.2f} and {gains[1]:.2f}. {scoring.BOUND}"
    )
    return lines
