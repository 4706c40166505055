"""The commands that take a scenario: run it, check it, tell how to write one."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import console
from sim.cli.simulating import (
    Format,
    OutOption,
    Play,
    QuietOption,
    SeedOption,
    WorldsOption,
    as_json,
    check_numbers,
    simulate,
)
from sim.errors import InputError, quoted

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from sim.world.assemble import Assembly
    from sim.world.ensemble import Ensemble, Progress
    from sim.world.results import ResultFolder

LOGGED = 100_000
"""Up to so many worlds a result holds every event; beyond, only if asked."""


def run(
    context: typer.Context,
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario file (TOML).")],
    worlds: WorldsOption = 10_000,
    seed: SeedOption = None,
    out: OutOption = None,
    format: Annotated[Format, typer.Option(help="What to print.")] = Format.TABLE,
    corpus: console.CorpusOption = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(metavar="PRECEDENT", help="Learn without this precedent (repeatable)."),
    ] = None,
    top: Annotated[int, typer.Option(metavar="N", help="How many to list, of 1 % and more.")] = 15,
    events: Annotated[
        bool,
        typer.Option("--events", help="Write every event to DIR beyond 100,000 worlds too."),
    ] = False,
    quiet: QuietOption = False,
) -> None:
    """Simulate a scenario and tell who would probably react."""
    check_numbers(worlds, seed, top)
    if context.args and not drop:
        found = f"a second argument {quoted(context.args[0])}"
        raise InputError("demarche run", "", found, "one scenario file")
    dropped = [*(drop or ()), *context.args]  # "--drop A B" means both
    from sim.world.results import ResultFolder

    with ExitStack() as stack:
        # Opened first: a target that cannot be written is told before the work, not after it.
        folder = stack.enter_context(ResultFolder(out)) if out is not None else None
        play = partial(_play, stack, folder, quiet)
        ensemble = _simulate(scenario, corpus, dropped, worlds, seed, quiet, play)
        printed = _told(scenario, ensemble, format, top)
        if folder is not None:
            from sim.report.folder import write

            write(folder, ensemble, events or worlds <= LOGGED)
    console.say(printed)


def validate(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario file (TOML).")],
    resolved: Annotated[
        bool, typer.Option("--resolved", help="Print it with every default spelled out.")
    ] = False,
    corpus: console.CorpusOption = None,
) -> None:
    """Check a scenario without running it."""
    from sim.report.words import clean
    from sim.world.premises import given
    from sim.world.scenario import load_scenario, resolved_toml
    from sim.world.standing import Standing, foregone

    known = console.corpus(corpus)
    found = load_scenario(scenario, known)
    if known.last_known < found.as_of:
        console.tell(f"{clean(scenario)}: note: nothing is on record after {known.last_known}")
    start = given(known.as_of(found.as_of), found)
    for question, why in foregone(found, Standing(start, found.as_of)).items():
        console.tell(f"{clean(scenario)}: note: forecast {question}: {why}")
    console.say(
        resolved_toml(found) if resolved else f"{clean(scenario)}: valid: {clean(found.title)}\n"
    )


def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from sim.world.scenario import scenario_schema

    console.say(as_json(scenario_schema()))


def _simulate(
    path: str,
    folder: str | None,
    drop: Sequence[str],
    worlds: int,
    seed: int | None,
    quiet: bool,
    play: Play,
) -> Ensemble:
    from sim.world.scenario import load_scenario

    corpus = console.corpus(folder, quiet)
    return simulate(load_scenario(path, corpus), corpus, worlds, seed, drop, quiet, play)


def _play(
    stack: ExitStack,
    folder: ResultFolder | None,
    quiet: bool,
    assembly: Assembly,
    worlds: int,
    seed: int | None,
    executor: Executor | None,
    progress: Progress | None,
) -> Ensemble:
    """Play few worlds in memory, and many block by block beside the result, or in a passing folder."""
    from sim.world.blocks import BLOCK
    from sim.world.run import run_blocks

    if worlds <= BLOCK:
        from sim.world.ensemble import run_ensemble

        return run_ensemble(assembly, worlds, seed, executor, progress)
    from pathlib import Path
    from tempfile import TemporaryDirectory

    kept = folder.kept() if folder else Path(stack.enter_context(TemporaryDirectory()), "blocks")
    told = console.tell if folder and not quiet else None
    return run_blocks(assembly, worlds, kept, seed, executor, progress, told)


def _told(path: str, ensemble: Ensemble, format: Format, top: int) -> str:
    """Return what goes to standard output."""
    if format is Format.JSON:
        from pathlib import PurePath

        from sim.report.folder import summary

        return as_json(summary(PurePath(path).stem, ensemble))
    from sim.report.text import page

    return console.rendered(lambda width: page(ensemble, top, width))
