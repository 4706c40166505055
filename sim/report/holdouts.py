"""Pages of the backtests that leave something out: who recognises, and how far a parent goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pandas as pd
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from sim.backtest import parents, recognisers, scoring
from sim.backtest.holdout import WITHIN
from sim.report.words import clean

AUCS = ("AUC", "votes", "bloc")
LOSSES = ("Brier", "Skill", "Surprise", "Skill")
EMPTY = Text("No case on record: nothing was scored.")


def recogniser_lines(table: pd.DataFrame) -> RenderableType:
    """Build the page of forecasts of recognisers, each by a fit on all other disputes.

    Parameters
    ----------
    table : DataFrame
        As `sim.backtest.recognisers.backtest` returns it.
    """
    if table.empty:
        return EMPTY
    shown = column_table(3, "Dispute", "Entity", "As of", "Days", "At risk", "Acted", *AUCS)
    scores = column_table(2, "Entity", "First, and their place", *LOSSES)
    for row in table.to_dict("records"):
        day, counts = row["day"], [row[name] for name in ("days", "at_risk", "recognised")]
        auc = [_share(row[f"auc_{name}"]) for name in ("model", *recognisers.BASELINES)]
        shown.add_row(*texts(row["dispute"], row["entity"], day, *counts, *auc))
        scores.add_row(*texts(row["entity"], row["ranks"] or "nobody", *_losses(row)))
    head = (
        f"Who recognises within {WITHIN} days (or as long as the record is complete)? Learned without "
        "the dispute. AUC: how often who acted was ranked above who did not."
    )
    foot = "Skill: against the share that acted in the questions of all other disputes."
    return Group(
        Text(head), Text(), shown, *_summary(table), Text(), scores, *_overall(table), Text(foot)
    )


def _summary(table: pd.DataFrame) -> list[Text]:
    """Tell the mean and the least AUC of the disputes with enough recognisers."""
    ranked = recognisers.by_dispute(table)
    lines = []
    for name in ("model", *recognisers.BASELINES):
        if len(ranked):
            auc = ranked[f"auc_{name}"]
            worst = clean(auc.idxmin())
            lines.append(f"{name}: mean {auc.mean():.2f}, least {auc.min():.2f} ({worst})")
    head = f"AUC where at least {recognisers.ENOUGH} recognised (disputes: {len(ranked)})"
    return [Text(f"{head}: {'; '.join(lines) or 'none'}.")]


def _overall(table: pd.DataFrame) -> list[Text]:
    """Tell the scores over all disputes, each counted once."""
    names = ["brier", "brier_base", "surprise", "surprise_base"]
    mean = table.groupby("dispute")[names].mean().mean()
    brier, brier_skill, surprise, surprise_skill = _losses(mean.to_dict())
    count = table["dispute"].nunique()
    return [
        Text(
            f"Mean over disputes ({count}): Brier {brier}, skill {brier_skill}; "
            f"surprise {surprise}, skill {surprise_skill}."
        )
    ]


def parent_lines(table: pd.DataFrame) -> RenderableType:
    """Build the page of forecasts of answers, each by a fit on all other parents.

    Parameters
    ----------
    table : DataFrame
        As `sim.backtest.parents.backtest` returns it.
    """
    if table.empty:
        return EMPTY
    rungs = (parents.NONE, *parents.ASKED)
    shown = column_table(
        1, "Parent", "Cases", *map(str.title, rungs), "Model", "Alike", "Base", "Skill"
    )
    found = parents.by_parent(table)
    for parent, row in found.iterrows():
        counts = [f"{row[name]:.0f}" for name in ("cases", *rungs)]
        shown.add_row(*texts(parent, *counts, *_surprises(row.to_dict())))
    lines = [
        f"{name}: model {model}, alike {alike}, base rate {base}, skill {gain}"
        for name, rows in (("Mean of the cases", table), ("Mean of the parents", found))
        for model, alike, base, gain in [
            _surprises(rows[list(parents.SURPRISES.values())].mean().to_dict())
        ]
    ]
    head = (
        f"How far does the parent go within {WITHIN} days of a recognition? Learned without its "
        f"answers. {len(table)} cases, scored by surprise (minus the log of the probability of the "
        "rung it reached), beside rules learned without doctrines, as if all parents were alike, and the "
        "pooled base rate of the other parents. Skill: of the model, against the base rate."
    )
    return Group(Text(head), Text(), shown, *map(Text, lines))


def _surprises(row: dict[str, float]) -> tuple[str, str, str, str]:
    model, base, gained = _pair(row["surprise"], row["surprise_base"])
    return model, f"{row['surprise_alike']:.3f}", base, gained


def column_table(left: int, *names: str, whole: int = 0) -> Table:
    """Return an empty table, its first columns flush left and the others right; `whole` never wrap."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    for c, name in enumerate(names):
        side: Literal["left", "right"] = "left" if c < left else "right"
        table.add_column(name, justify=side, overflow="fold", no_wrap=c < whole)
    return table


def texts(*cells: object) -> Sequence[Text]:
    """Return cells as text that no markup can hide in."""
    return [Text(clean(cell)) for cell in cells]


def _share(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.2f}"


def _pair(model: float, base: float) -> tuple[str, str, str]:
    return f"{model:.3f}", f"{base:.3f}", f"{scoring.gain(model, base):.2f}"


def _losses(row: dict[str, float]) -> list[str]:
    """Tell the model's loss and its skill, for both scores."""
    pairs = [_pair(row[name], row[f"{name}_base"]) for name in ("brier", "surprise")]
    return [cell for model, _, gained in pairs for cell in (model, gained)]
