"""What a result folder holds: every event, the projection, the answers, and what made them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from sim.provenance import Provenance
from sim.report import answers as asked
from sim.report.explain import supports as explained
from sim.report.figures import projection_png
from sim.report.rests_on import Supports, is_thin, weighty
from sim.report.words import clean
from sim.world.assemble import Assembly
from sim.world.ensemble import Ensemble
from sim.world.projection import COLUMNS
from sim.world.results import MARKER, ResultFolder
from sim.world.scenario import resolved_toml

PRECEDENTS = 3
"""How many precedents the object names for each row; the page names as many where it is wide."""


def event_table(part: Ensemble) -> pa.Table:
    """Return every event of a part of an ensemble, in columns that are the same for each part."""
    columns = {
        "world": pa.int64(), "day": pa.int64(), "date": pa.timestamp("s"),
        **dict.fromkeys(("sender", "kind", "receiver", "dispute", "trigger"), pa.string()),
    }  # fmt: skip
    return pa.Table.from_pandas(part.events, pa.schema(columns), preserve_index=False)


SCALES = ("scales", "vectors", "vector")
"""What is told of a process but not in a provenance: too much, and kept with the posterior."""


def provenance(ensemble: Ensemble) -> Provenance:
    """Return what made an ensemble. Nothing dated after the as-of date enters it."""
    a = ensemble.assembly
    about = {
        name: {key: value for key, value in found.items() if key not in SCALES}
        for name, found in sorted(a.posterior.about.items())
        if isinstance(found, dict)
    }
    return Provenance(
        seed=ensemble.seed,
        data=a.posterior.fingerprint,
        title=clean(a.scenario.title),
        worlds=ensemble.worlds,
        posterior={
            "as_of": a.posterior.as_of.isoformat(),
            "draws": len(a.posterior.draws),
            "learner": a.posterior.about.get("learner"),
            "forgotten": list(a.posterior.without),
            "processes": about,
        },
    )


def summary(name: str, ensemble: Ensemble, supports: Supports | None = None) -> dict[str, object]:
    """Return the object that ``--format json`` prints.

    A question rests on the precedents of the likeliest act that answers it.

    Parameters
    ----------
    name : str
        What to call the scenario; the command line takes the file's name without its ending.
    ensemble : Ensemble
    supports : callable, optional
        Which precedents an act rests on; `sim.report.explain.supports` by default.
    """
    scenario = ensemble.assembly.scenario
    rows = ensemble.projection().to_dict("records")
    supports = supports or explained
    projected = [_projected(ensemble.assembly, row, supports) for row in rows]
    return {
        "scenario": clean(name),
        "as_of": scenario.as_of.isoformat(),
        "horizon_days": scenario.horizon_days,
        "worlds": ensemble.worlds,
        "seed": ensemble.seed,
        "projection": projected,
        "forecasts": [_answered(ensemble, answer, projected) for answer in asked.answers(ensemble)],
        "provenance": provenance(ensemble).as_dict(),
    }


def write(folder: ResultFolder, ensemble: Ensemble, events: bool = True) -> None:
    """Fill an open result folder.

    ``events.parquet``, ``projection.csv``, ``forecasts.csv`` (where the scenario asks any),
    ``projection.png``, ``scenario.toml`` (every default spelled out, with the seed that was run) and
    ``provenance.json`` (which tells the rest: how many worlds, what was forgotten, which history).

    Parameters
    ----------
    events : bool
        Whether to write every event of every world.

    Raises
    ------
    ResultError
        If the disk refuses.
    """
    scenario = ensemble.assembly.scenario
    if events:
        folder.write_parquet("events.parquet", more=map(event_table, ensemble.parts()))
    rows = ensemble.projection().itertuples(index=False)
    folder.write_csv("projection.csv", COLUMNS, ([short(cell) for cell in row] for row in rows))
    if answered := asked.answers(ensemble):
        folder.write_csv("forecasts.csv", asked.COLUMNS, (_row(ensemble, a) for a in answered))
    folder.write_bytes("projection.png", projection_png(ensemble))
    ran = scenario.model_copy(update={"seed": ensemble.seed})  # the caller may have chosen another
    folder.write_text("scenario.toml", resolved_toml(ran))
    folder.write_json(MARKER, provenance(ensemble).as_dict())


def _projected(a: Assembly, row: dict[Any, Any], supports: Supports) -> dict[str, Any]:
    """Return one row of the projection, with what it rests on."""
    act = (row["sender"], row["kind"], row["receiver"])
    found = weighty(supports(a, *act, row["dispute"]), row["probability"], PRECEDENTS)
    return {
        **{str(key): short(cell) for key, cell in row.items()},
        "precedents": [{"id": clean(s.label), "change": short(s.change)} for s in found],
        "thin": is_thin(a, *act),
    }


def _answered(
    ensemble: Ensemble, answer: asked.Answer, projected: Sequence[dict[str, Any]]
) -> dict[str, object]:
    """Return one answer, under the names of the columns of ``forecasts.csv``; null where there is none."""
    f = answer.forecast
    acts = (row for row in projected if f.matches(row["sender"], row["kind"], row["receiver"]))
    likeliest = next(acts, {}) if answer.probability is not None else {}
    cells = dict(zip(asked.COLUMNS, _row(ensemble, answer), strict=True))
    numbers = ("probability", "low", "high", "median_days")
    absent = {name: None for name in numbers if cells[name] == ""}
    return {
        "question": answer.told(ensemble.assembly), **cells, **absent,
        "precedents": likeliest.get("precedents", []),
        "thin": is_thin(ensemble.assembly, f.sender, f.kind, f.receiver),
    }  # fmt: skip


def _row(ensemble: Ensemble, answer: asked.Answer) -> list[object]:
    f = answer.forecast
    numbers = (answer.probability, answer.low, answer.high, answer.median_days)
    return [
        f.id, f.sender, f.kind, f.receiver, f.within_days,
        ensemble.assembly.scenario.forecast_origin.isoformat(),
        *("" if number is None else short(number) for number in numbers), answer.note,
    ]  # fmt: skip


def short(cell: object) -> object:
    """Six significant digits are more than 10,000 worlds can tell."""
    return float(f"{cell:.6g}") if isinstance(cell, float) else cell
