"""The commands that write forecasts down before the fact, and score them after it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import console
from sim.cli.simulating import MAX_SEED, MAX_WORLDS, QuietOption, SeedOption, simulate
from sim.errors import InputError, quoted

if TYPE_CHECKING:
    from sim.backtest.ledger import Issued
    from sim.history.corpus import Corpus

LedgerOption = Annotated[
    str, typer.Option("--ledger", metavar="FILE", help="Where the forecasts stand, a line each.")
]
WORLDS = {"questions": 2_000, "scenario": 10_000}


def issue(
    asked: Annotated[
        str,
        typer.Argument(metavar="SCENARIO|QUESTIONS", help="A scenario (TOML), or a table (CSV)."),
    ],
    ledger: LedgerOption,
    corpus: console.CorpusOption = None,
    worlds: Annotated[
        int | None,
        typer.Option(metavar="N", help="Simulated futures [default: 10000, of a table 2000]."),
    ] = None,
    seed: SeedOption = None,
    quiet: QuietOption = False,
) -> None:
    """Write forecasts into a ledger, dated and hashed, with how they will be resolved."""
    if worlds is not None:
        console.within("--worlds", worlds, 1, MAX_WORLDS)
    if seed is not None:
        console.within("--seed", seed, 0, MAX_SEED)
    from sim.backtest.ledger import added, hashes, read_ledger, with_known, write_ledger

    path = Path(ledger)
    standing = read_ledger(path) if path.exists() else []
    known = console.corpus(corpus, quiet)
    table = asked.endswith(".csv")
    made = _of_table if table else _of_scenario
    default = WORLDS["questions" if table else "scenario"]
    new = made(asked, known, default if worlds is None else worlds, seed, quiet)
    views = {day: known.as_of(day) for day in {i.day for i in new}}
    new = [with_known(i, views[i.day]) for i in new]
    every = added(path, standing, new)
    write_ledger(path, every)
    head = f"; its head is {hashes(every)[-1]}" if every else ""
    console.say(f"{len(new)} forecasts issued, {len(every)} stand in {ledger}{head}\n")


def _of_table(
    asked: str, known: Corpus, worlds: int, seed: int | None, quiet: bool
) -> list[Issued]:
    from sim.report.ledgers import from_questions
    from sim.world.answering import answers
    from sim.world.questions import read_questions

    rows = read_questions(asked, known)
    wrong = [InputError(asked, f"line {r.line}", "", r.wrong) for r in rows if r.question is None]
    if wrong:
        raise wrong[0].together(wrong[1:])
    seed = 1 if seed is None else seed
    found = answers([r.question for r in rows], known, worlds, seed)
    pairs = [(row, answer) for row, answer in zip(rows, found, strict=True) if answer is not None]
    return from_questions(pairs, known, worlds, seed)


def _of_scenario(
    asked: str, known: Corpus, worlds: int, seed: int | None, quiet: bool
) -> list[Issued]:
    from sim.report.ledgers import from_scenario
    from sim.world.channels import recognition_words
    from sim.world.scenario import load_scenario

    scenario = load_scenario(asked, known)
    if not scenario.forecasts:
        raise InputError(asked, "forecast", "nothing", "at least one [[forecast]] to write down")
    if scenario.premises or scenario.conditional:
        found = "a premise, or an act on a condition, which no record resolves"
        raise InputError(asked, "intervention", found, "acts on a day, and forbidden ones")
    ensemble = simulate(scenario, known, worlds, seed, (), quiet)
    words = recognition_words(known.as_of(scenario.as_of), ensemble.assembly.layout)
    meant = (kinds for key, kinds in words.items() if known.disputes[key].contested)
    return from_scenario(ensemble, known, frozenset().union(*meant))


def score(
    ledger: LedgerOption,
    corpus: console.CorpusOption = None,
    out: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write what became of each (CSV) too.")
    ] = None,
    head: Annotated[
        str | None,
        typer.Option(
            metavar="HASH", help="What `issue` told as its head: all up to there must stand."
        ),
    ] = None,
) -> None:
    """Resolve the forecasts of a ledger from the record, and score them."""
    from sim.backtest.ledger import hashes, read_ledger, resolve
    from sim.report.ledgers import score_csv, score_lines

    entries = read_ledger(Path(ledger))
    if head is not None and head not in hashes(entries):
        found = f"no forecast with the hash {quoted(head)}"
        raise InputError(
            ledger, "", found, "the ledger it stood for: some was cut off or rewritten"
        )
    target = None if out is None else console.file_to_write(out)
    known = console.corpus(corpus)
    outcomes = [resolve(issued, known) for issued in entries]
    if target is not None:
        console.write(target, score_csv(outcomes))
    console.say(console.rendered(lambda width: score_lines(outcomes)))
