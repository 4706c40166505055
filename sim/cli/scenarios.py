"""The commands that take a scenario: run it, check it, tell how to write one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import console
from sim.errors import InputError, quoted

if TYPE_CHECKING:
    from sim.world.assemble import Assembly
    from sim.world.ensemble import Ensemble

MAX_WORLDS = 1_000_000
MAX_SEED = 2**63 - 1


class Format(StrEnum):
    """How `run` prints."""

    TABLE = "table"
    JSON = "json"


def run(
    context: typer.Context,
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario file (TOML).")],
    worlds: Annotated[int, typer.Option(metavar="N", help="How many simulated futures.")] = 10_000,
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="The scenario's own by default.")
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="Write a folder of results, with the figure."),
    ] = None,
    format: Annotated[Format, typer.Option(help="What to print.")] = Format.TABLE,
    corpus: console.CorpusOption = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(metavar="PRECEDENT", help="Learn without this precedent (repeatable)."),
    ] = None,
    top: Annotated[int, typer.Option(metavar="N", help="How many reactions to list.")] = 15,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No messages, no progress.")] = False,
) -> None:
    """Simulate a scenario and tell who would probably react."""
    console.within("--worlds", worlds, 1, MAX_WORLDS)
    console.within("--top", top, 1, 10_000)
    if seed is not None:
        console.within("--seed", seed, 0, MAX_SEED)
    if context.args and not drop:
        found = f"a second argument {quoted(context.args[0])}"
        raise InputError("demarche run", "", found, "one scenario file")
    dropped = [*(drop or ()), *context.args]  # "--drop A B" means both
    from sim.world.results import ResultFolder

    with ExitStack() as stack:
        # Opened first: a target that cannot be written is told before the work, not after it.
        folder = stack.enter_context(ResultFolder(out)) if out is not None else None
        ensemble = _simulate(scenario, corpus, dropped, worlds, seed, quiet)
        printed = _told(scenario, ensemble, format, top)
        if folder is not None:
            from sim.report.folder import write

            write(folder, ensemble)
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
    from sim.world.scenario import load_scenario, resolved_toml

    found = load_scenario(scenario, console.corpus(corpus))
    console.say(
        resolved_toml(found) if resolved else f"{clean(scenario)}: valid: {clean(found.title)}\n"
    )


def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    import json

    from sim.world.scenario import scenario_schema

    console.say(json.dumps(scenario_schema(), indent=2) + "\n")


def _simulate(
    path: str, folder: str | None, drop: Sequence[str], worlds: int, seed: int | None, quiet: bool
) -> Ensemble:
    from sim.world.ensemble import run_ensemble
    from sim.world.run import prepare
    from sim.world.scenario import load_scenario

    corpus = console.corpus(folder, quiet)
    scenario = load_scenario(path, corpus)
    if quiet or not sys.stderr.isatty():
        return run_ensemble(prepare(scenario, corpus, drop), worlds, seed)
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading history", total=None)
        told: Callable[[str], None] = lambda text: bar.update(task, description=text)  # noqa: E731
        assembly: Assembly = prepare(scenario, corpus, drop, told)
        bar.update(
            task, total=worlds, description="simulating (the first run after installation compiles)"
        )
        return run_ensemble(
            assembly, worlds, seed, None, lambda done: bar.update(task, completed=done)
        )


def _told(path: str, ensemble: Ensemble, format: Format, top: int) -> str:
    """Return what goes to standard output."""
    if format is Format.JSON:
        import json
        from pathlib import PurePath

        from sim.report.folder import summary

        return json.dumps(summary(PurePath(path).stem, ensemble), indent=2, allow_nan=False) + "\n"
    from sim.report.text import page

    return console.rendered(lambda width: page(ensemble, top, width))
