"""What the commands that simulate share: their options, and worlds with a bar that tells how far they are."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import console

if TYPE_CHECKING:
    from rich.progress import Progress

    from sim.history.corpus import Corpus
    from sim.world.ensemble import Ensemble
    from sim.world.scenario import Scenario

Play = Callable[..., "Ensemble"]
MAX_WORLDS = 1_000_000
MAX_SEED = 2**63 - 1

WorldsOption = Annotated[int, typer.Option(metavar="N", help="How many simulated futures.")]
SeedOption = Annotated[int | None, typer.Option(metavar="N", help="The scenario's own by default.")]
OutOption = Annotated[
    str | None, typer.Option(metavar="DIR", help="Write a folder of results, with the figure.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No messages, no progress.")]


class Format(StrEnum):
    """How a command prints."""

    TABLE = "table"
    JSON = "json"


def check_numbers(worlds: int, seed: int | None, top: int) -> None:
    """Require numbers that can be simulated and listed."""
    console.within("--worlds", worlds, 1, MAX_WORLDS)
    console.within("--top", top, 1, 10_000)
    if seed is not None:
        console.within("--seed", seed, 0, MAX_SEED)


def as_json(told: object) -> str:
    """Write one object for standard output."""
    return json.dumps(told, indent=2, allow_nan=False) + "\n"


def simulate(
    scenario: Scenario,
    corpus: Corpus,
    worlds: int,
    seed: int | None,
    drop: Sequence[str] = (),
    quiet: bool = False,
    play: Play | None = None,
) -> Ensemble:
    """Simulate a scenario, telling on a terminal how far it is.

    Parameters
    ----------
    play : callable, optional
        What plays the worlds of an assembly; `sim.world.ensemble.run_ensemble` by default.
    """
    from sim.world.ensemble import run_ensemble
    from sim.world.run import prepare

    play = play or run_ensemble
    if quiet or not sys.stderr.isatty():
        return play(prepare(scenario, corpus, drop), worlds, seed, None, None)
    with _bar() as bar:
        task = bar.add_task("reading history", total=None)
        told: Callable[[str], None] = lambda text: bar.update(task, description=text)  # noqa: E731
        assembly = prepare(scenario, corpus, drop, told)
        bar.reset(task, total=worlds, description="simulating (the first run compiles)")
        return play(assembly, worlds, seed, None, lambda done: bar.update(task, completed=done))


def _bar() -> Progress:
    """Return a bar on standard error that tells how many are done, how fast, and how long it will take."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Done(ProgressColumn):
        def render(self, task: Task) -> Text:
            if task.total is None:
                return Text("")
            rate = f", {task.speed:,.0f} a second" if task.speed else ""
            return Text(f"{task.completed:,.0f} of {task.total:,.0f} worlds{rate}")

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        Done(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), transient=True)
