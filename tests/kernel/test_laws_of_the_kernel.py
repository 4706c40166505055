"""Over fifty closed forms hold, judged as one family; the same laws catch every fault planted in the kernel.

`tests/benchmarks/closed_forms.py` plays the same at a million worlds each.
"""

from __future__ import annotations

import laws_of_many_clocks
import laws_of_one_clock
import pytest
from law_bench import Bench, Law, bench_of, holm, judge
from planted_bugs import BUGS, Bug, planted

LAWS = (*laws_of_one_clock.LAWS, *laws_of_many_clocks.LAWS)
WORLDS, FEW = 50_000, 2_000
LEVEL = 0.01


@pytest.fixture(scope="module")
def judged(toy_of) -> dict[str, float]:
    return holm(judge(bench_of(toy_of, WORLDS), LAWS))


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_a_law_holds(law: Law, judged: dict[str, float]) -> None:
    assert len(judged) >= 40
    claims = {claim: p for claim, p in judged.items() if claim.startswith(f"{law.__name__}: ")}
    assert claims
    assert min(claims.values()) > LEVEL, claims


@pytest.fixture(scope="module")
def plain(toy_of) -> Bench:
    return bench_of(toy_of, FEW)


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name.replace(" ", "-"))
def test_a_planted_fault_is_caught(
    bug: Bug, plain: Bench, toy_of, judged: dict[str, float]
) -> None:
    """By the law it breaks, though it were one of the whole family; the sound kernel passes it."""
    law = next(law for law in LAWS if law.__name__ == bug.breaks)
    faulty = bench_of(toy_of, FEW, planted(bug, compiled=False))
    assert min(judge(faulty, [law]).values()) * len(judged) < LEVEL
    assert min(judge(plain, [law]).values()) * len(judged) > LEVEL
