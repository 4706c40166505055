"""Lists for the terminal: the precedents that teach, and what a fit has learned from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.backtest.rolling import BASELINES, WITHIN, summary
from sim.backtest.scoring import BOUND
from sim.hazard.posterior import vectors_behind
from sim.hazard.riskset import PROCESSES, SLOTS
from sim.history.corpus import Corpus
from sim.history.events import IMPOSSIBLE, UNKNOWN
from sim.history.precedents import Precedent
from sim.history.statistics import coded_reasons, reasons_of
from sim.report.words import act_between, clean, skill_spread


def precedent_table(corpus: Corpus, found: Sequence[Precedent]) -> RenderableType:
    """Build the list of precedents: id, trigger, day, and the answers with their delays.

    Parameters
    ----------
    corpus : Corpus
        For the names of actors.
    found : sequence of Precedent
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    table.add_column("Precedent", no_wrap=True)
    table.add_column("Trigger", ratio=3)
    table.add_column("Date", no_wrap=True)
    table.add_column("Answers (days after)", ratio=3)
    parts, reasons = _parts(corpus), reasons_of(corpus)
    missing = corpus.nonevents
    kinds = dict(zip(missing["nonevent_id"], missing["kind"], strict=True))
    for p in found:
        joint: dict[tuple[str, str], list[str]] = {}
        for sender, kind, receiver in (part for e in p.trigger_ids for part in parts[e]):
            joint.setdefault((sender, kind), []).append(receiver)
        acts = [
            act_between(corpus.actors, sender, kind, dict.fromkeys(receivers))
            for (sender, kind), receivers in joint.items()
        ] or ["the dispute opens"]
        answered = [f"{clean(r.kind).replace('_', ' ')} ({r.days:+d})" for r in p.reactions]
        if p.nonevents and not answered:
            answered = [_undone(p, reasons, kinds)]
        table.add_row(
            Text(clean(p.id)), Text("; ".join(acts)), Text(p.date.isoformat()),
            Text(", ".join(answered) or "none recorded", style="" if p.reactions else "dim"),
        )  # fmt: skip
    return Group(
        table, Text(f"{len(found)} precedents" if len(found) != 1 else "1 precedent", "dim")
    )


def _undone(p: Precedent, reasons: Mapping[str, str], kinds: Mapping[str, str]) -> str:
    """Tell which acts are coded as not done; what could not be done, or is not known, is told as such."""
    spared = [n for n in p.nonevents if reasons[n] not in {*UNKNOWN, *IMPOSSIBLE}]
    if spared:
        return "not done: " + ", ".join(dict.fromkeys(kinds[n].replace("_", " ") for n in spared))
    return "nothing to do it with" if coded_reasons(p, reasons) else "not known whether any"


def _parts(corpus: Corpus) -> dict[str, list[tuple[str, str, str]]]:
    """Return (sender, kind, receiver) of each event id, one for every part of a joint act."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    columns = (corpus.events[c] for c in ("event_id", "sender", "kind", "receiver"))
    for name, sender, kind, receiver in zip(*columns, strict=True):
        found.setdefault(str(name), []).append((str(sender), str(kind), str(receiver)))
    return found


def _unsure(vectors: float) -> str:
    """Tell on how many vectors of scales the draws rest."""
    return f"; around these, effectively {vectors:.0f} vectors" if vectors > 1 else ""


def learned_lines(about: dict[str, Any]) -> str:
    """Tell what a fit learned, process by process."""
    lines = []
    for process in PROCESSES:
        found = about[process]
        scales = ", ".join(f"{name} {scale:.2f}" for name, scale in sorted(found["scales"].items()))
        lines += [
            f"{process}: {found['events']:.0f} events in {found['days']:,.0f} days at risk",
            f"    effective share of the draws {found['effective_share']:.2f}",
            f"    scales: {scales}{_unsure(vectors_behind(found['vector']))}",
        ]
    silent = [slot for s, slot in enumerate(SLOTS) if s not in about["slots"]]
    lines += [f"not learned, for want of a complete record: {', '.join(silent)}"] if silent else []
    return "\n".join(lines) + "\n"


def backtest_lines(table: pd.DataFrame) -> RenderableType:
    """Build the page of a backtest: scores beside the baselines, and every case with its forecast.

    Parameters
    ----------
    table : DataFrame
        As `sim.backtest.rolling.backtest` returns it.
    """
    if table.empty:
        return Text("No case on record in this span: nothing was scored.")
    cases = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    for name in ("Precedent", "Date", "Severed", "Model", *BASELINES):
        left = name in ("Precedent", "Date")
        cases.add_column(name, justify="left" if left else "right", no_wrap=left)
    for row in table.itertuples(index=False):
        told = ["yes" if row[3] else "no", *(f"{p:.0%}" for p in row[4:])]
        cases.add_row(Text(clean(row[0])), Text(str(row[1])), *map(Text, told))
    scores = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    for name in ("Forecast", "Brier", "Skill against", "Surprise", "Skill against"):
        scores.add_column(name, justify="left" if name == "Forecast" else "right", no_wrap=True)
    for row in summary(table).to_dict("records"):
        cells = [str(row["forecast"])]
        for loss in ("brier", "surprise"):
            cells.append(f"{row[loss]:.3f}")
            model = row["forecast"] == "model"
            spread = [float(row[f"{loss}_{part}"]) for part in ("skill", "low", "high")]
            cells.append("" if model else skill_spread(*spread))
        scores.add_row(*map(Text, cells))
    rate = table["happened"].mean()
    head = (
        f"Does the parent sever within {WITHIN} days of a recognition? {len(table)} cases of "
        f"{table['parent'].nunique()} parents, {rate:.0%} yes. Intervals: 90 %, whole parents resampled. "
        f"{BOUND}"
    )
    return Group(Text(head), Text(), scores, Text(), cases)


def ablation_lines(gains: Mapping[str, pd.DataFrame]) -> RenderableType:
    """Build a table a process: what each of its covariates is worth (see `sim.hazard.ablation`)."""
    return Group(*(part for item in gains.items() for part in _ablated(*item)))


def _ablated(process: str, gains: pd.DataFrame) -> tuple[Table, Text]:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    table.add_column(f"{process} without")
    for column in gains.columns:
        table.add_column("gain" if column == "gain" else f"from {column}", justify="right")
    for name, row in gains.iterrows():
        table.add_row(str(name), *(f"{value:+.2f}" for value in row))
    acts, score = gains.attrs["acts"], gains.attrs["score"]
    return table, Text(f"{acts:.0f} acts, log score {score:.1f} with all covariates\n", "dim")
