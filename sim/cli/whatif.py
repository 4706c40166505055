"""The commands that change one thing and keep the luck: compare scenarios, rewrite history, trace an act."""

from __future__ import annotations

from contextlib import ExitStack
from enum import StrEnum
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import console
from sim.cli.simulating import (
    Format,
    OutOption,
    QuietOption,
    SeedOption,
    WorldsOption,
    as_json,
    check_numbers,
    simulate,
)
from sim.errors import InputError, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.history.corpus import Corpus
    from sim.report.comparison import Told
    from sim.world.ancestry import Ancestry
    from sim.world.named_acts import NamedAct
    from sim.world.scenario import Scenario

TopOption = Annotated[int, typer.Option(metavar="N", help="How many acts to list.")]


def compare(
    scenarios: Annotated[
        list[str],
        typer.Argument(metavar="SCENARIO...", help="Scenario files (TOML); the first is the base."),
    ],
    worlds: WorldsOption = 10_000,
    seed: SeedOption = None,
    out: OutOption = None,
    format: Annotated[Format, typer.Option(help="What to print.")] = Format.TABLE,
    corpus: console.CorpusOption = None,
    top: TopOption = 15,
    quiet: QuietOption = False,
) -> None:
    """Simulate scenarios, or the variants of one, with the same luck and tell what differs, and why."""
    check_numbers(worlds, seed, top)
    from sim.world.results import MOST_OTHERS, ResultFolder

    with ExitStack() as stack:
        folder = stack.enter_context(ResultFolder(out)) if out is not None else None
        known = console.corpus(corpus, quiet)
        named = _named(scenarios, known)
        if not 2 <= len(named) <= MOST_OTHERS + 1:
            right = f"a base and 1 to {MOST_OTHERS} others"
            found = "1 scenario" if len(named) == 1 else f"{len(named)} scenarios"
            raise InputError("demarche compare", "", found, right)
        told = _compared(named, known, worlds, seed, quiet)
        from sim.report.comparison import comparison_page, comparison_summary

        if format is Format.JSON:
            printed = as_json(comparison_summary(told))
        else:
            printed = console.rendered(lambda width: comparison_page(told, top))
        if folder is not None:
            from sim.report.comparison_folder import write_comparison

            write_comparison(folder, told)
    console.say(printed)


def _named(paths: Sequence[str], corpus: Corpus) -> list[tuple[str, Scenario]]:
    """Read the scenarios, each named by its file and followed by its variants under their names."""
    from sim.world.scenario import load_scenario

    named = []
    for path in paths:
        stem, scenario = PurePath(path).stem, load_scenario(path, corpus)
        named.append((stem, scenario))
        before = f"{stem}/" if len(paths) > 1 else ""
        named += [(f"{before}{v.name}", scenario.varied(v)) for v in scenario.variants]
    return named


def _compared(
    named: Sequence[tuple[str, Scenario]],
    corpus: Corpus,
    worlds: int,
    seed: int | None,
    quiet: bool,
) -> list[Told]:
    from sim.report.comparison import Told
    from sim.world.carriers import carriers
    from sim.world.paired import Pair

    (name, scenario), *others = named
    seed = scenario.seed if seed is None else seed  # the base's, so that all share their clocks
    base = simulate(scenario, corpus, worlds, seed, (), quiet)
    told = []
    for other_name, other in others:
        pair = Pair(base, simulate(other, corpus, worlds, seed, (), quiet))
        if pair.window[0] > pair.window[1]:
            found = f"{quoted(other_name)}, which ends before {quoted(name)} begins or the reverse"
            raise InputError("demarche compare", "", found, "scenarios that share some days")
        sides = (base.assembly, pair.other.assembly)
        carry = carriers(*sides, worlds, seed) or carriers(*sides[::-1], worlds, seed)
        told.append(Told(name, other_name, pair, carry))
    return told


class TraceFormat(StrEnum):
    """How `trace` prints."""

    TABLE = "table"
    JSON = "json"
    DOT = "dot"


def trace(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario file (TOML).")],
    event: Annotated[
        str, typer.Option(metavar="ACT", help='The act, such as "UKR sever_relations PRK".')
    ],
    worlds: WorldsOption = 10_000,
    seed: SeedOption = None,
    out: OutOption = None,
    format: Annotated[TraceFormat, typer.Option(help="What to print.")] = TraceFormat.TABLE,
    corpus: console.CorpusOption = None,
    top: TopOption = 15,
    quiet: QuietOption = False,
) -> None:
    """Tell what an act hangs on: delete each act before it and see whether it still comes."""
    check_numbers(worlds, seed, top)
    from sim.world.ancestry import happens
    from sim.world.ancestry import trace as traced
    from sim.world.named_acts import read_act, simulated_acts
    from sim.world.results import ResultFolder
    from sim.world.scenario import load_scenario

    with ExitStack() as stack:
        folder = stack.enter_context(ResultFolder(out)) if out is not None else None
        known = console.corpus(corpus, quiet)
        asked = load_scenario(scenario, known)
        act = read_act("--event", event, known.actors, dated=False)
        ensemble = simulate(asked, known, worlds, seed, (), quiet)
        meant = simulated_acts("--event", act, ensemble.assembly.layout)
        if not happens(ensemble, meant):
            found = f"{quoted(event)}, which happens in none of {worlds:,} worlds"
            raise InputError("--event", "", found, "an act that does (see demarche run)")
        found_ancestry = traced(ensemble, meant)
        printed = _ancestry_told(PurePath(scenario).stem, found_ancestry, act, format, top)
        if folder is not None:
            from sim.report.ancestry import write_ancestry

            write_ancestry(folder, PurePath(scenario).stem, found_ancestry, act)
    console.say(printed)


def _ancestry_told(
    name: str, ancestry: Ancestry, act: NamedAct, format: TraceFormat, top: int
) -> str:
    from sim.report.ancestry import ancestry_dot, ancestry_page, ancestry_summary

    if format is TraceFormat.JSON:
        return as_json(ancestry_summary(name, ancestry, act))
    if format is TraceFormat.DOT:
        return ancestry_dot(ancestry, act, top)
    return console.rendered(lambda width: ancestry_page(ancestry, act, top))


def counterfactual(
    history: Annotated[str, typer.Option(metavar="DISPUTE", help="Whose history is written anew.")],
    remove: Annotated[
        list[str] | None,
        typer.Option(metavar="ACT", help='Without this act: "SYR recognise DPR+LPR 2022-06-29".'),
    ] = None,
    add: Annotated[
        list[str] | None, typer.Option(metavar="ACT", help="With this act on its day (repeatable).")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Last day played, and last day known.")
    ] = None,
    worlds: WorldsOption = 2_000,
    seed: SeedOption = None,
    out: OutOption = None,
    format: Annotated[Format, typer.Option(help="What to print.")] = Format.TABLE,
    corpus: console.CorpusOption = None,
    top: TopOption = 15,
    quiet: QuietOption = False,
) -> None:
    """Play real history again with the clocks it had, without an act or with another."""
    check_numbers(worlds, seed, top)
    last = console.day("--until", until)
    from sim.report.rewriting import rewriting_page, rewriting_summary, write_rewriting
    from sim.world.counterfactual import counterfactual as rewritten
    from sim.world.results import ResultFolder

    with ExitStack() as stack:
        folder = stack.enter_context(ResultFolder(out)) if out is not None else None
        known = console.corpus(corpus, quiet)
        gone, new = remove or [], add or []
        found = rewritten(known, history, gone, new, last, worlds, 1 if seed is None else seed)
        if format is Format.JSON:
            printed = as_json(rewriting_summary(history, found, gone, new))
        else:
            printed = console.rendered(lambda width: rewriting_page(found, gone, new, top))
        if folder is not None:
            write_rewriting(folder, history, found, gone, new)
    console.say(printed)
