"""The command that visits many points of a scenario."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli import console
from sim.cli.simulating import (
    Format,
    OutOption,
    QuietOption,
    SeedOption,
    as_json,
    check_numbers,
)
from sim.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from sim.history.corpus import Corpus
    from sim.world.sweep import Sweep
    from sim.world.sweep_plan import Dimension, Points

MOST_SAMPLES = 100_000


def sweep(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario file (TOML).")],
    vary: Annotated[
        list[str],
        typer.Option(
            metavar="PATH=VALUES",
            help='What varies, such as "intervention[0].date=2022-08-01..2022-12-01/7", '
            '"intervention[0].sender=BLR,KAZ" or "intervention[1]=on,off" (repeatable).',
        ),
    ],
    event: Annotated[
        list[str] | None,
        typer.Option(metavar="ACT", help="Tell of this act too (repeatable)."),
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(metavar="N", help="Visit N points drawn evenly, not the whole grid."),
    ] = None,
    sobol: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Sensitivity after Sobol from N (a power of 2) times (what varies + 2) points; "
            "needs the extra sweep.",
        ),
    ] = None,
    worlds: Annotated[
        int, typer.Option(metavar="N", help="Simulated futures of each point.")
    ] = 1_000,
    seed: SeedOption = None,
    out: OutOption = None,
    format: Annotated[Format, typer.Option(help="What to print.")] = Format.TABLE,
    corpus: console.CorpusOption = None,
    top: Annotated[int, typer.Option(metavar="N", help="How many points to list.")] = 3,
    quiet: QuietOption = False,
) -> None:
    """Visit many points of a scenario on the same clocks: what moves the outcomes, and how far.

    With --out an interrupted sweep goes on where it stopped.
    """
    check_numbers(worlds, seed, top)
    for option, number in (("--samples", samples), ("--sobol", sobol)):
        if number is not None:
            console.within(option, number, 1, MOST_SAMPLES)
    if samples is not None and sobol is not None:
        raise InputError("demarche sweep", "", "both --samples and --sobol", "one of them")
    from sim.report.sweeps import sweep_page, sweep_summary, write_sweep
    from sim.world.results import ResultFolder

    with ExitStack() as stack:
        folder = stack.enter_context(ResultFolder(out)) if out is not None else None
        planned = _planned(scenario, vary, event or [], worlds, seed, console.corpus(corpus, quiet))
        points = _points(planned.dimensions, samples, sobol, planned.seed)
        journal, kept, known = None, None, []
        if out is not None:
            from sim.world.sweep_journal import Journal

            target = Path(out)
            journal = Journal(target.with_name(f".{target.name}.sweep.jsonl"), planned)
            stack.enter_context(journal)
            kept, known = journal.keep, journal.known
        progress = None if quiet else _bar(stack, len({tuple(p) for p in points.tolist()}))
        table = planned.table(points, known, kept, None, progress)
        found = _sensitivity(planned, table, sobol is not None)
        if format is Format.JSON:
            printed = as_json(sweep_summary(PurePath(scenario).stem, planned, table, found))
        else:
            page = sweep_page(planned, table, found, top, sobol is not None)
            printed = console.rendered(lambda width: page)
        if folder is not None:
            write_sweep(folder, planned, table, found)
        if journal is not None:
            stack.callback(journal.done)
    console.say(printed)


def _planned(
    path: str,
    vary: Sequence[str],
    events: Sequence[str],
    worlds: int,
    seed: int | None,
    corpus: Corpus,
) -> Sweep:
    from sim.hazard.shelf import posterior_for
    from sim.world.scenario import load_scenario
    from sim.world.sweep import Sweep
    from sim.world.sweep_plan import read_dimension

    base = load_scenario(path, corpus)
    dimensions = [read_dimension(text, base) for text in vary]
    names = [d.name for d in dimensions]
    if len(set(names)) < len(names):
        raise InputError("--vary", "", "a key path twice", "each key path once")
    posterior = posterior_for(corpus, base.as_of)
    seed = base.seed if seed is None else seed
    return Sweep(base, corpus, posterior, dimensions, tuple(dict.fromkeys(events)), worlds, seed)


def _points(
    dimensions: Sequence[Dimension], samples: int | None, sobol: int | None, seed: int
) -> Points:
    from sim.world.sweep_plan import grid, latin

    if sobol is not None:
        from sim.world.sensitivity import saltelli

        if sobol & (sobol - 1):
            raise InputError("--sobol", "", str(sobol), "a power of 2, such as 64")
        return saltelli(dimensions, sobol, seed % 2**32)
    return grid(dimensions) if samples is None else latin(dimensions, samples, seed)


def _sensitivity(planned: Sweep, table: pd.DataFrame, sobol: bool) -> pd.DataFrame:
    """Tell what moves each outcome; Sobol's indices only where every point can be."""
    from sim.report.sweeps import effects, told_outcomes

    if not sobol:
        return effects(planned, table)
    import pandas as pd

    from sim.world.sensitivity import sobol_indices

    if (table["impossible"] != "").any():
        found = str(table.loc[table["impossible"] != "", "impossible"].iloc[0])
        right = "values of which every combination can be"
        raise InputError("--sobol", "", f"a point that cannot be ({found})", right)
    parts = []
    for outcome in told_outcomes(planned, table):
        indices = sobol_indices(
            planned.dimensions, table[outcome].to_numpy(dtype=float), planned.seed % 2**32
        )
        indices.insert(0, "outcome", outcome)
        parts.append(indices)
    return pd.concat(parts, ignore_index=True)


def _bar(stack: ExitStack, total: int) -> Callable[[int], Any] | None:
    """Return what tells on a terminal how many points are done; None elsewhere."""
    if not sys.stderr.isatty():
        return None
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = stack.enter_context(Progress(*columns, console=Console(stderr=True), transient=True))
    task = bar.add_task("points", total=total)
    return lambda done: bar.update(task, completed=done)
