"""The command line. Everything heavy is imported inside the commands, so that help comes at once.

Exit codes: 0 done, 1 the disk or the output failed, 2 the input is wrong, 3 a bug, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.errors import InputError, ResultError, SimError, quoted

if TYPE_CHECKING:
    from datetime import date

    from sim.history.corpus import Corpus
    from sim.world.assemble import Assembly
    from sim.world.ensemble import Ensemble

TRACEBACK = "DEMARCHE_TRACEBACK"
MAX_WORLDS = 1_000_000
MAX_SEED = 2**63 - 1

UsageError = typer.BadParameter.__mro__[1]  # Typer brings its own Click from 0.26 on, and does not
ClickException = typer.BadParameter.__mro__[2]  # export these two

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="If X recognises Y, who reacts, how and when? Learned from dated precedents.",
)


class Format(StrEnum):
    """How `run` prints."""

    TABLE = "table"
    JSON = "json"


CorpusOption = Annotated[
    str | None,
    typer.Option("--corpus", metavar="DIR", help="Folder of tables to add to the shipped ones."),
]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="What was known on this day.")
]


def _version(asked: bool) -> None:
    if asked:
        from sim.provenance import DISTRIBUTION, versions

        _say(f"demarche {versions()[DISTRIBUTION]}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Tell Typer that there are subcommands; its help stands at the app."""


@app.command(context_settings={"allow_extra_args": True})
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
    corpus: CorpusOption = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(metavar="PRECEDENT", help="Learn without this precedent (repeatable)."),
    ] = None,
    top: Annotated[int, typer.Option(metavar="N", help="How many reactions to list.")] = 15,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No messages, no progress.")] = False,
) -> None:
    """Simulate a scenario and tell who would probably react."""
    _within("--worlds", worlds, 1, MAX_WORLDS)
    _within("--top", top, 1, 10_000)
    if seed is not None:
        _within("--seed", seed, 0, MAX_SEED)
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
    _say(printed)


@app.command()
def learn(
    as_of: AsOfOption = None,
    corpus: CorpusOption = None,
    out: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Where to write [default: what ships]."),
    ] = None,
    draws: Annotated[int, typer.Option(metavar="N", help="Size of the posterior sample.")] = 1000,
) -> None:
    """Learn the response rules again from the tables."""
    _within("--draws", draws, 10, 100_000)
    day = _day("--as-of", as_of)
    for option, given in (("--corpus", corpus), ("--as-of", as_of)):
        if given is not None and out is None:
            right = "--out FILE too: what ships is learned from all of the shipped tables"
            raise InputError("demarche learn", option, quoted(given), right)
    from pathlib import Path

    from sim.hazard.learn import learn as learned
    from sim.hazard.shelf import SHIPPED, check_taught
    from sim.report.listing import learned_lines

    known = _corpus(corpus)
    day = day or known.end
    check_taught(known, day, "demarche learn", "--as-of")
    path = Path(out) if out is not None else Path(__file__).parent / "hazard" / "data" / SHIPPED
    posterior = learned(known, day, draws)
    try:
        posterior.save(path)
    except OSError as error:
        raise ResultError(f"{path}: cannot be written: {error.strerror}") from error
    _say(learned_lines(posterior.about) + f"{draws} draws, learned as of {day}: {path}\n")


@app.command()
def validate(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario file (TOML).")],
    resolved: Annotated[
        bool, typer.Option("--resolved", help="Print it with every default spelled out.")
    ] = False,
    corpus: CorpusOption = None,
) -> None:
    """Check a scenario without running it."""
    from sim.report.words import clean
    from sim.world.scenario import load_scenario, resolved_toml

    found = load_scenario(scenario, _corpus(corpus))
    _say(resolved_toml(found) if resolved else f"{clean(scenario)}: valid: {clean(found.title)}\n")


@app.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    import json

    from sim.world.scenario import scenario_schema

    _say(json.dumps(scenario_schema(), indent=2) + "\n")


@app.command()
def backtest(
    first: Annotated[int, typer.Option("--from", metavar="YEAR", help="First year.")] = 2015,
    last: Annotated[int, typer.Option("--to", metavar="YEAR", help="Last year.")] = 2022,
    dispute: Annotated[str, typer.Option(metavar="KEY", help="Only this dispute.")] = "",
    corpus: CorpusOption = None,
) -> None:
    """Forecast past answers with what was known before each, and score them beside plain baselines."""
    _within("--from", first, 1950, 2100)
    _within("--to", last, first, 2100)
    from datetime import date

    from sim.backtest.rolling import backtest as rolled
    from sim.history.disputes import check_dispute
    from sim.report.listing import backtest_lines

    known = _corpus(corpus)
    if dispute:
        check_dispute(known.disputes, dispute, "demarche backtest", "--dispute")
    told: Callable[[int, int], None] | None = None
    if sys.stderr.isatty():
        told = lambda done, cases: print(f"\r{done}/{cases}", end="\r", file=sys.stderr)  # noqa: E731
    table = rolled(known, date(first, 1, 1), date(last, 12, 31), dispute, told)
    _say(_rendered(lambda width: backtest_lines(table)))


@app.command()
def precedents(
    dispute: Annotated[str | None, typer.Option(metavar="KEY", help="Of this dispute.")] = None,
    actor: Annotated[str | None, typer.Option(metavar="CODE", help="With this actor.")] = None,
    as_of: AsOfOption = None,
    corpus: CorpusOption = None,
) -> None:
    """List the precedents: what --drop takes, and what the rules are learned from."""
    from sim.history.disputes import check_dispute
    from sim.history.precedents import precedents as derived
    from sim.report.listing import precedent_table

    known = _corpus(corpus)
    day = _day("--as-of", as_of)
    known = known.as_of(day) if day else known
    if dispute is not None:
        check_dispute(known.disputes, dispute, "demarche precedents", "--dispute")
    if actor is not None:
        known.actors.check(actor, "demarche precedents", "--actor")
    found = [
        p
        for p in derived(known)
        if dispute in (None, p.dispute) and actor in (None, p.responder, p.target)
    ]
    _say(_rendered(lambda _: precedent_table(known, found)))


@app.command()
def covariates(
    raw: Annotated[str, typer.Argument(metavar="RAW_DIR", help="Folder of the raw files.")],
    out: Annotated[str, typer.Option(metavar="DIR", help="Where the tables go.")],
) -> None:
    """Make the tables of covariates again from the raw files, as CODEBOOK.md tells."""
    from sim.history.build import rebuild

    _say(rebuild(raw, out))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process by default.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without UTF-8 shows question marks
    arguments = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    try:
        command = typer.main.get_command(app)
        with command.make_context("demarche", arguments) as context:
            command.invoke(context)
        sys.stdout.flush()
    except Exception as error:
        return _failed(error)
    except KeyboardInterrupt:
        _tell("interrupted")
        return 130
    return 0


def _failed(error: Exception) -> int:
    """Tell an error in its lines; return the exit code."""
    if isinstance(error, typer.Exit):
        return int(error.exit_code)
    if isinstance(error, typer.Abort):
        _tell("interrupted")
        return 130
    if isinstance(error, BrokenPipeError):  # the reader of the pipe has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if os.environ.get(TRACEBACK):
        import traceback

        traceback.print_exc()
    if isinstance(error, SimError):
        _tell(str(error))
        return 2 if isinstance(error, InputError) else 1
    if isinstance(error, ClickException):
        _tell(f"demarche: {_printable(error.format_message())} (see demarche --help)")  # type: ignore[attr-defined]
        return 2 if isinstance(error, UsageError) else 1
    what = f"{type(error).__name__}: {_printable(str(error))[:300]}"
    _tell(f"demarche: this is a bug, please report it: {what} ({TRACEBACK}=1 shows where)")
    return 3


# -- the work of run ------------------------------------------------------------------------------


def _simulate(
    path: str, folder: str | None, drop: Sequence[str], worlds: int, seed: int | None, quiet: bool
) -> Ensemble:
    from sim.world.ensemble import run_ensemble
    from sim.world.run import prepare
    from sim.world.scenario import load_scenario

    corpus = _corpus(folder, quiet)
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

    return _rendered(lambda width: page(ensemble, top, width))


# -- small parts ----------------------------------------------------------------------------------


def _corpus(folder: str | None, quiet: bool = False) -> Corpus:
    """Read the history; tell of the user's rows that were known already or look odd."""
    from sim.history.corpus import load_corpus

    corpus = load_corpus(folder)
    if folder is not None and not quiet:
        odd = [f for f in corpus.findings if not f.file.startswith("shipped ")]
        for note in [*corpus.repeated, *odd]:
            _tell(f"note: {_printable(str(note))}")
    return corpus


def _day(option: str, text: str | None) -> date | None:
    from sim.history.checks import read_day

    day = read_day(text) if text is not None else None
    if text is not None and day is None:
        raise InputError(option, "", quoted(text), "a date such as 2022-06-28")
    return day


def _within(option: str, number: int, least: int, most: int) -> None:
    if not least <= number <= most:
        right = f"a whole number from {least:,} to {most:,}"
        raise InputError(option, "", quoted(number), right)


def _rendered(build: Callable[[int], Any]) -> str:
    """Render for standard output as it is: coloured on a terminal, plain and 80 wide in a pipe."""
    from io import BytesIO, TextIOWrapper

    from rich.console import Console

    out = Console()
    encoding = getattr(sys.stdout, "encoding", None)
    page = TextIOWrapper(BytesIO(), encoding=encoding, errors="replace")
    console = Console(
        file=page, width=out.width, force_terminal=out.is_terminal, highlight=False,
        color_system=out.color_system,  # type: ignore[arg-type]
    )  # fmt: skip
    console.print(build(out.width))
    page.seek(0)
    return "\n".join(line.rstrip() for line in page.read().splitlines()) + "\n"


def _say(text: str) -> None:
    """Print the result, all at once."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ResultError(f"standard output: cannot be written: {error.strerror}") from error


def _tell(text: str) -> None:
    """Print a message to standard error."""
    print(text, file=sys.stderr)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
