"""The command that explains one act by its rule and by the precedents that taught it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import console
from sim.cli.simulating import (
    Format,
    QuietOption,
    SeedOption,
    WorldsOption,
    as_json,
    check_numbers,
    simulate,
)
from sim.errors import InputError

if TYPE_CHECKING:
    from sim.history.corpus import Corpus
    from sim.report.explanation import Explanation, Without


def explain(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario file (TOML).")],
    event: Annotated[
        str, typer.Option(metavar="ACT", help='The act, such as "UKR sever_relations PRK".')
    ],
    drop: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PRECEDENT,...", help="Learn again without these and tell what changes."
        ),
    ] = None,
    only_verified: Annotated[
        bool,
        typer.Option("--only-verified", help="Learn again without events that nobody verified."),
    ] = False,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Compare the precedents' weight with refits: seconds for an answer or a break, "
            "a quarter of an hour for a recognition.",
        ),
    ] = False,
    worlds: WorldsOption = 10_000,
    seed: SeedOption = None,
    format: Annotated[Format, typer.Option(help="What to print.")] = Format.TABLE,
    corpus: console.CorpusOption = None,
    top: Annotated[int, typer.Option(metavar="N", help="How many precedents to list.")] = 8,
    quiet: QuietOption = False,
) -> None:
    """Tell why an act is expected as it is: its rule, its covariates, its precedents."""
    check_numbers(worlds, seed, top)
    from sim.report.explanation import verify as verified_by_refits

    known = console.corpus(corpus, quiet)
    explained = _explained(scenario, event, known, worlds, seed, quiet)
    dropped = tuple(word.strip() for one in drop or () for word in one.split(","))
    without = None
    if dropped or only_verified:
        without = _without(explained, known, dropped, only_verified, quiet)
    if verify and explained.assembly.scenario.premises:
        found = "a scenario with premises, which no refit knows"
        raise InputError("--verify", "", found, "one that only imposes and forbids acts")
    told = None if quiet else console.counter()
    verified = verified_by_refits(explained, told) if verify else None
    if format is Format.JSON:
        from sim.report.explanation_json import explanation_summary

        name = PurePath(scenario).stem
        console.say(as_json(explanation_summary(name, explained, without, verified)))
        return
    from sim.report.explanation_page import explanation_page

    console.say(console.rendered(lambda width: explanation_page(explained, without, verified, top)))


def _explained(
    path: str, event: str, corpus: Corpus, worlds: int, seed: int | None, quiet: bool
) -> Explanation:
    from sim.report.explanation import OPTION, Explanation, clock_of
    from sim.world.named_acts import read_act
    from sim.world.premises import given
    from sim.world.scenario import load_scenario

    scenario = load_scenario(path, corpus)
    act = read_act(OPTION, event, corpus.actors, dated=False)
    ensemble = simulate(scenario, corpus, worlds, seed, (), quiet)
    known = given(corpus.as_of(scenario.as_of), scenario)
    return Explanation(ensemble, known, clock_of(ensemble.assembly, act))


def _without(
    before: Explanation, corpus: Corpus, dropped: Sequence[str], only_verified: bool, quiet: bool
) -> Without:
    """Explain the same act by a refit that forgets some precedents."""
    from sim.report.explain import Clock
    from sim.report.explanation import Explanation, Without, recalled_events

    names = [*dropped, *(recalled_events(before.known) if only_verified else ())]
    ran = before.ensemble
    ensemble = simulate(ran.assembly.scenario, corpus, ran.worlds, ran.seed, names, quiet)
    clock = Clock.of(ensemble.assembly, before.clock.k)
    return Without(tuple(dropped), only_verified, Explanation(ensemble, before.known, clock))
