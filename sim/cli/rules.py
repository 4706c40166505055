"""The commands about the response rules: learn them, and tell them."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import console
from sim.errors import InputError, ResultError, quoted

if TYPE_CHECKING:
    from sim.report.rulebook import Rulebook


class Process(StrEnum):
    """What rules are about."""

    RECOGNISE = "recognise"
    RESPOND = "respond"
    SOLIDARITY = "solidarity"
    WITHDRAW = "withdraw"
    RECONCILE = "reconcile"
    RESTORE = "restore"
    RETURN = "return"


class Format(StrEnum):
    """How `rules` prints."""

    TABLE = "table"
    JSON = "json"


def learn(
    as_of: console.AsOfOption = None,
    corpus: console.CorpusOption = None,
    out: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Where to write [default: what ships]."),
    ] = None,
    draws: Annotated[int, typer.Option(metavar="N", help="Size of the posterior sample.")] = 1000,
    ablate: Annotated[
        bool, typer.Option("--ablate", help="Only tell what each covariate is worth.")
    ] = False,
    process: Annotated[
        Process | None, typer.Option(help="Of which process to tell it [default: of all].")
    ] = None,
) -> None:
    """Learn the response rules again from the tables."""
    console.within("--draws", draws, 10, 100_000)
    day = console.day("--as-of", as_of)
    if ablate:
        _ablate(corpus, process)
        return
    if process is not None:
        right = "with --ablate only: what is learned is learned of all processes"
        raise InputError("demarche learn", "--process", quoted(process), right)
    for option, given in (("--corpus", corpus), ("--as-of", as_of)):
        if given is not None and out is None:
            right = "--out FILE too: what ships is learned from all of the shipped tables"
            raise InputError("demarche learn", option, quoted(given), right)
    from pathlib import Path

    import sim
    from sim.hazard.learn import learn as learned
    from sim.hazard.shelf import SHIPPED, check_taught
    from sim.report.listing import learned_lines

    known = console.corpus(corpus)
    day = day or known.end
    check_taught(known, day, "demarche learn", "--as-of")
    path = Path(out) if out is not None else Path(sim.__file__).parent / "hazard" / "data" / SHIPPED
    posterior = learned(known, day, draws)
    try:
        posterior.save(path)
    except OSError as error:
        raise ResultError(f"{path}: cannot be written: {error.strerror}") from error
    console.say(learned_lines(posterior.about) + f"{draws} draws, learned as of {day}: {path}\n")


def _ablate(corpus: str | None, only: Process | None) -> None:
    """Print the gain of each covariate over windows that end before what the backtest scores."""
    from sim.hazard.ablation import ORIGINS, ablate
    from sim.report.listing import ablation_lines

    if only is not None and only not in ORIGINS:
        right = (
            f"one of {', '.join(ORIGINS)}: of others too little is on record to divide into windows"
        )
        raise InputError("demarche learn", "--process", f"{only} with --ablate", right)
    known = console.corpus(corpus)
    gains = {
        process: ablate(known, process, origins, console.counter())
        for process, origins in ORIGINS.items()
        if only in (None, process)
    }
    console.say(console.rendered(lambda width: ablation_lines(gains)))


def rules(
    process: Annotated[Process | None, typer.Option(help="Only of this process.")] = None,
    actor: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only by which this actor acts.")
    ] = None,
    dispute: Annotated[
        str | None, typer.Option(metavar="KEY", help="Only of this dispute.")
    ] = None,
    doctrine: Annotated[
        str | None,
        typer.Option(metavar="CODE,CODE", help="Compare how these parents answer recognitions."),
    ] = None,
    as_of: console.AsOfOption = None,
    format: Annotated[Format, typer.Option(help="What to print.")] = Format.TABLE,
    corpus: console.CorpusOption = None,
) -> None:
    """Tell the response rules learned, or compare doctrines."""
    import json

    where = "demarche rules"
    if doctrine is not None:
        for option, given in (("--process", process), ("--actor", actor)):
            if given is not None:
                right = "either the rules of one or --doctrine"
                raise InputError(where, option, f"{quoted(given)} beside --doctrine", right)
    book = _book(where, as_of, corpus, actor, dispute)
    if doctrine is not None:
        from sim.report.doctrine import doctrines
        from sim.report.rule_pages import doctrine_json, doctrine_page

        parents = [code.strip() for code in doctrine.split(",")]
        compared = doctrines(book, parents, dispute or "", where)
        made, page = doctrine_json(book, compared), doctrine_page(book, compared)
    else:
        from sim.report.rule_pages import rules_json, rules_page
        from sim.report.rules import rules as told

        found = told(book, process or "", actor or "", dispute or "")
        made, page = rules_json(book, found), rules_page(book, found)
    if format is Format.JSON:
        console.say(json.dumps(made, indent=2, allow_nan=False) + "\n")
    else:
        console.say(console.rendered(lambda width: page))


def stances(
    dispute: Annotated[str, typer.Option(metavar="KEY", help="The dispute.")],
    toward: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only toward this contested actor.")
    ] = None,
    actor: Annotated[str | None, typer.Option(metavar="CODE", help="Only of this one.")] = None,
    top: Annotated[
        int, typer.Option(metavar="N", help="How many to show at either end; 0: all.")
    ] = 10,
    as_of: console.AsOfOption = None,
    format: Annotated[Format, typer.Option(help="What to print.")] = Format.TABLE,
    corpus: console.CorpusOption = None,
) -> None:
    """Tell where everyone stands in a dispute, how sure that is, and what puts them there."""
    import json

    where = "demarche stances"
    console.within("--top", top, 0, 1000)
    book = _book(where, as_of, corpus, actor, dispute)
    from sim.report.stances import stances_in, stances_json, stances_page

    found = stances_in(book, dispute, toward or "", actor or "", where)
    if format is Format.JSON:
        made = stances_json(book, found)
        console.say(json.dumps(made, indent=2, allow_nan=False) + "\n")
    else:
        console.say(console.rendered(lambda width: stances_page(book, found, top or None)))


def _book(
    where: str, as_of: str | None, corpus: str | None, actor: str | None, dispute: str | None
) -> Rulebook:
    """Learn, or look up, what was known on a day; refuse an actor or a dispute that is not known."""
    from sim.hazard.shelf import check_taught, posterior_for
    from sim.history.disputes import check_dispute
    from sim.report.rulebook import Rulebook

    whole = console.corpus(corpus)
    day = console.day("--as-of", as_of) or whole.end
    check_taught(whole, day, where, "--as-of")
    known = whole.as_of(day)
    if actor is not None:
        known.actors.check(actor, where, "--actor")
    if dispute is not None:
        check_dispute(known.disputes, dispute, where, "--dispute")
    return Rulebook(known, posterior_for(whole, day, told=_said))


def _said(text: str) -> None:
    if sys.stderr.isatty():
        console.tell(text)
