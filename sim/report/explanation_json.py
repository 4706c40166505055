"""The object that ``explain --format json`` prints."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sim.report.explanation import Explanation, Verification, Without
from sim.report.folder import provenance, short
from sim.report.words import clean


def explanation_summary(
    name: str,
    explained: Explanation,
    without: Without | None = None,
    verified: Verification | None = None,
) -> dict[str, Any]:
    """Return an explanation as plain data.

    The contributions and the log hazard keep all their digits: the ones sum to the other.

    Parameters
    ----------
    name : str
        What to call the scenario.
    explained : Explanation
    without : Without, optional
    verified : Verification, optional
    """
    scenario, clock = explained.assembly.scenario, explained.clock
    sender, kind, receiver, dispute = explained.act
    rule = explained.rule
    return {
        "scenario": clean(name),
        "as_of": scenario.as_of.isoformat(),
        "horizon_days": scenario.horizon_days,
        "worlds": explained.ensemble.worlds,
        "seed": explained.ensemble.seed,
        "event": {
            "sender": sender, "kind": kind, "receivers": [receiver], "dispute": dispute,
        },
        "awaits": _named(explained.awaited),
        "rule": None if rule is None else rule.sentence,
        **_chances(explained),
        "median_days": explained.share.median_days,
        "contributions": [asdict(part) for part in explained.contributions],
        "precedents": [
            {"id": clean(p.label), "change": short(p.change), "log_hazard_change": short(p.step)}
            for p in explained.precedents
        ],
        "probability_at_mode": short(float(clock.modes[0])),
        "effective_precedents": short(explained.effective),
        "prior": _rounded(asdict(explained.prior) | {"narrower": explained.prior.narrower}),
        "similar": [
            _rounded(asdict(case) | {"date": case.date.isoformat()}) for case in explained.similar
        ],
        "track": asdict(explained.track),
        "without": None if without is None else _without(without),
        "verify": None if verified is None else _verified(verified),
        "provenance": provenance(explained.ensemble).as_dict(),
    }  # fmt: skip


def _chances(explained: Explanation) -> dict[str, Any]:
    """Return the act's probability in the scenario, once its clock runs, and its log hazard."""
    found, (once, low, high) = explained.share, explained.draws
    return {
        "probability": short(found.probability),
        "low": short(found.low),
        "high": short(found.high),
        "once_open": _rounded({"probability": once, "low": low, "high": high}),
        "log_hazard": explained.clock.log_hazard,
    }


def _without(without: Without) -> dict[str, Any]:
    after = without.after
    return {
        "dropped": list(map(clean, without.dropped)),
        "only_verified": without.only_verified,
        "events_forgotten": without.forgotten,
        "simulated": after.clock.opening.is_open,
        **_chances(after),
        "effective_precedents": short(after.effective),
        "provenance": provenance(after.ensemble).as_dict(),
    }


def _verified(verified: Verification) -> dict[str, Any]:
    rows = zip(verified.labels, verified.predicted, verified.refitted, strict=True)
    return {
        "correlation": short(verified.correlation),
        "slope": short(verified.slope),
        "cases": len(verified.labels),
        "compared": [
            {"id": clean(label), "predicted": short(step), "refitted": short(refit)}
            for label, step, refit in rows
        ],
    }


def _named(act: tuple[str, str, str, str] | None) -> dict[str, str] | None:
    words = ("sender", "kind", "receiver", "dispute")
    return None if act is None else dict(zip(words, act, strict=True))


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    return {key: short(cell) for key, cell in row.items()}
