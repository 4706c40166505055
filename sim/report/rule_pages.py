"""Pages of the rules: each rule as a line with what it rests on, and parents side by side."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.report.doctrine import SPANS, Chance, Doctrine
from sim.report.rulebook import Rulebook
from sim.report.rules import NAMED, THIN, WITHIN, Rule, signed
from sim.report.words import clean, day, name_of, percent, spread

MOST = 2  # precedents in the table; the sentences name more

LEGEND = (
    f"Prob.: that the act comes within {WITHIN} days, of an answer after the recognition; for a middling "
    "actor (median covariates over the states that could). Day: by whose end half of what comes has come. "
    "Cases: effective number of precedents, the smaller of over how many the rule is spread and how many "
    f"would leave as much doubt; below {THIN:.0f}: thin. Closest: + makes it likelier, - less likely."
)


def rules_page(book: Rulebook, found: Sequence[Rule]) -> RenderableType:
    """Build the table of rules, by dispute."""
    if not found:
        return Text("No rule answers to this: nothing is learned of it, or nobody is at risk.")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    table.add_column("Rule", overflow="fold")
    for head in ("Prob.", "90 % interval", "Day", "Cases"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("Closest", no_wrap=True)
    for rule in found:
        when = "" if rule.median_days is None else str(rule.median_days)
        table.add_row(
            Text(_asked(book, rule)), Text(percent(rule.probability), style="bold"),
            Text(spread(rule.low, rule.high)), Text(when),
            Text(_count(rule.effective) + ("\nthin" if rule.thin else "")),
            Text("\n".join(signed(s) for s in rule.closest[:MOST])),
        )  # fmt: skip
    return Group(table, Text(LEGEND, style="dim"), Text(_foot(book), style="dim"))


def _count(number: float) -> str:
    return f"{number:.1f}" if number < 10 else f"{number:,.0f}"


def _asked(book: Rulebook, rule: Rule) -> str:
    return rule.told if rule.day == book.as_of else f"{rule.told} ({day(rule.day)})"


def _foot(book: Rulebook) -> str:
    return f"Learned from what was known on {day(book.as_of)}; history {book.posterior.fingerprint[:8]}."


def rules_json(book: Rulebook, found: Sequence[Rule]) -> dict[str, Any]:
    """Return the rules as plain data."""
    rows = []
    for rule in found:
        row = dataclasses.asdict(rule) | {"day": rule.day.isoformat(), "thin": rule.thin}
        row["closest"] = [dataclasses.asdict(s) for s in rule.closest[:NAMED]]
        rows.append(row | {"sentence": rule.sentence})
    return _about(book) | {"within_days": WITHIN, "rules": rows}


def _about(book: Rulebook) -> dict[str, Any]:
    return {"as_of": book.as_of.isoformat(), "history": book.posterior.fingerprint}


def doctrine_page(book: Rulebook, found: Sequence[Doctrine]) -> RenderableType:
    """Build the comparison of parents: a table of numbers, then each in words."""
    actors = book.layout.actors
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Parent", no_wrap=True)
    for who in ("Middling", "Strongest"):
        for span in SPANS:
            table.add_column(f"{who},\n{span} days", justify="right", no_wrap=True)
    table.add_column("On\nrecord", justify="right", no_wrap=True)
    for d in found:
        table.add_row(Text(name_of(actors, d.parent), style="bold"))
        for rung, times in d.record.times.items():
            cells = [*_cells(d.middling, rung), *_cells(d.to_strongest, rung)]
            told = f"{times[-1]} of {d.record.known}{'' if rung in d.record.complete else '*'}"
            table.add_row(Text(f"  {rung}s"), *map(Text, cells), Text(told))
    lines: list[RenderableType] = [table, Text(_doctrine_legend(), style="dim")]
    for d in found:
        stood = "" if d.day == book.as_of else f", as it stood on {day(d.day)}"
        lines += [Text(), Text(f"{d.words(actors)} [{clean(d.dispute)}{stood}]")]
    return Group(*lines, Text(), Text(_foot(book), style="dim"))


def _cells(chances: Mapping[str, tuple[Chance, ...]], rung: str) -> list[str]:
    """Write probabilities in per cent, with their intervals."""
    if rung not in chances:
        return ["-"] * len(SPANS)
    return [
        f"{percent(c.probability)} ({spread(c.low, c.high)})".replace(" %", "")
        for c in chances[rung]
    ]


def _doctrine_legend() -> str:
    return (
        "In per cent, with 90 % intervals over posterior draws: that the answer reaches the rung within so "
        "many days; it may reach several. Middling: the median covariates over the states with which the "
        "parent has relations; strongest: the most capable of them. On record: known cases in which it "
        f"did within {max(SPANS)} days; * none of them taught the rule, since no record of such answers of "
        "the parent's is complete: what stands there is that of other parents."
    )


def doctrine_json(book: Rulebook, found: Sequence[Doctrine]) -> dict[str, Any]:
    """Return the comparison as plain data."""
    rows = []
    for d in found:
        row = dataclasses.asdict(d) | {"day": d.day.isoformat()}
        rows.append(row | {"words": d.words(book.layout.actors)})
    return _about(book) | {"spans": list(SPANS), "doctrines": rows}
