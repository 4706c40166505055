"""The command line. Everything heavy is imported inside the commands, so that help comes at once.

Exit codes: 0 done, 1 the disk or the output failed, 2 the input is wrong, 3 a bug, 130 interrupted.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from sim.cli import (
    backtests,
    codes,
    explaining,
    forecasting,
    ledger,
    precedents,
    rules,
    scenarios,
    sweep,
    whatif,
)
from sim.cli.console import printable, say, tell
from sim.errors import InputError, SimError

TRACEBACK = "DEMARCHE_TRACEBACK"

BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Threads of the linear algebra, one unless the user says otherwise: on a machine that has other work to do
several wait for one another, and a fit takes four times as long."""

CHOICE = re.compile(r".*'(-[^']+)'[^']*: (?:Value error, )?(['\"].*['\"]) is not one of (.*?)\.?")
"""How Typer tells that an option has no such choice."""

NUMBER = re.compile(r".*'(-[^']+)'.*valid integer.*")
"""How Typer, and Click before it, tell that an option takes a whole number."""

UsageError = typer.BadParameter.__mro__[1]  # Typer brings its own Click from 0.26 on, and does not
ClickException = typer.BadParameter.__mro__[2]  # export these two

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="If X recognises Y, who reacts, how and when? Learned from dated precedents.",
)


app.command(context_settings={"allow_extra_args": True})(scenarios.run)
app.command()(whatif.compare)
app.command()(whatif.counterfactual)
app.command()(whatif.trace)
app.command()(explaining.explain)
app.command()(sweep.sweep)
app.command()(scenarios.validate)
app.command()(scenarios.schema)
app.command()(codes.actors)
app.command()(codes.disputes)
app.add_typer(precedents.app, name="precedents")
app.command()(rules.rules)
app.command()(rules.stances)
app.command()(rules.learn)
app.command()(forecasting.forecast)
app.command()(backtests.backtest)
app.command()(ledger.issue)
app.command()(ledger.score)
app.command()(precedents.covariates)


def _version(asked: bool) -> None:
    if asked:
        from sim.provenance import DISTRIBUTION, versions

        say(f"demarche {versions()[DISTRIBUTION]}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Tell Typer that there are subcommands; its help stands at the app."""


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
    for name in BLAS_THREADS:  # before numpy is loaded
        os.environ.setdefault(name, "1")
    arguments = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    try:
        command = typer.main.get_command(app)
        with command.make_context("demarche", arguments) as context:
            command.invoke(context)
        sys.stdout.flush()
    except Exception as error:
        return _failed(error)
    except KeyboardInterrupt:
        tell("interrupted")
        return 130
    return 0


def _failed(error: Exception) -> int:
    """Tell an error in its lines; return the exit code."""
    if isinstance(error, typer.Exit):
        return int(error.exit_code)
    if isinstance(error, typer.Abort):
        tell("interrupted")
        return 130
    if isinstance(error, BrokenPipeError):  # the reader of the pipe has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if os.environ.get(TRACEBACK):
        import traceback

        traceback.print_exc()
    if isinstance(error, SimError):
        tell(str(error))
        return 2 if isinstance(error, InputError) else 1
    if isinstance(error, ClickException):
        told = _in_plain_words(printable(error.format_message()))  # type: ignore[attr-defined]
        tell(told if told.startswith("--") else f"demarche: {told} (see demarche --help)")
        return 2 if isinstance(error, UsageError) else 1
    what = f"{type(error).__name__}: {printable(str(error))[:300]}"
    tell(f"demarche: this is a bug, please report it: {what} ({TRACEBACK}=1 shows where)")
    return 3


def _in_plain_words(message: str) -> str:
    """Tell a wrong choice or number as every other mistake is told: what was found, what would be right."""
    if number := NUMBER.fullmatch(message):
        return f"{number[1]}: found what is no whole number, expected one such as 1000"
    wrong = CHOICE.fullmatch(message)
    if wrong is None:
        return message
    option, found, choices = wrong.groups()
    return f"{option}: found {found}, expected one of {choices.replace(chr(39), '')}"
