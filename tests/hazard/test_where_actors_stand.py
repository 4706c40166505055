"""Stances: the race against the middling actor, what is certain, and what may not reach them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from sim import kernel
from sim.hazard.posterior import Posterior
from sim.hazard.replay import empty_world
from sim.hazard.riskset import Layout
from sim.hazard.shelf import posterior_for
from sim.hazard.stance import Stances, log_ratio, stances
from sim.history.corpus import Corpus
from sim.report.rulebook import Rulebook
from sim.report.stances import axis, stances_in


@pytest.fixture(scope="module")
def book(shipped: Corpus) -> Rulebook:
    return Rulebook(shipped, posterior_for(shipped, shipped.end))


@pytest.fixture(scope="module")
def kosovo(book: Rulebook) -> Stances:
    stand = book.stands_at("kosovo")
    column = book.layout.column_index["kosovo", "XKX"]
    fixed, weight, _ = book.posterior.coefficients(book.terms)
    return stances(stand.world, book.layout, column, fixed, weight, stand.now)


@pytest.mark.parametrize(("dispute", "entity"), [("kosovo", "XKX"), ("donbas", "LPR")])
def test_the_stance_is_the_odds_of_a_race_with_the_middling_actor(
    book: Rulebook, dispute: str, entity: str
) -> None:
    """By the hazards that the kernel plays: Kosovo's wave is fourteen years old, Donbas' ten months."""
    column, stand = book.layout.column_index[dispute, entity], book.stands_at(dispute)
    coefficients = book.posterior.coefficients(book.terms)
    told = stances(stand.world, book.layout, column, *coefficients[:2], stand.now)
    first = column * book.layout.n
    free = first + np.flatnonzero(stand.world.is_open[first : first + book.layout.n])
    for draw in (0, 17, 400):
        w = kernel.copy_state(stand.world)
        kernel.load_draw(w, *(x[draw] for x in coefficients), stand.now, stand.now + 100)
        rate = np.array([kernel.hazard_now(w, k, stand.now) for k in free])
        middling = np.sort(rate)[len(rate) // 2]
        raced = 2 * rate / (rate + middling) - 1
        assert told.draws[draw, free - first] == pytest.approx(raced, abs=1e-9)


def test_who_recognises_stands_at_the_entitys_end_and_the_parent_at_the_other(
    book: Rulebook, kosovo: Stances
) -> None:
    row = book.layout.actors.row
    assert (kosovo.draws[:, row("DEU")] == 1.0).all()
    assert (kosovo.draws[:, row("SRB")] == -1.0).all()
    assert np.isnan(kosovo.draws[:, row("XKX")]).all(), "nobody has a stance toward itself"


def test_intervals_are_wider_than_nothing_and_within_bounds(kosovo: Stances) -> None:
    low, high = kosovo.interval()
    open_ = ~np.isnan(kosovo.value) & ~kosovo.held & (kosovo.value > -1)
    assert (low[open_] < high[open_]).all()
    assert np.nanmin(kosovo.draws) >= -1
    assert np.nanmax(kosovo.draws) <= 1


def test_half_of_those_at_risk_stand_on_either_side_of_zero(kosovo: Stances) -> None:
    first = kosovo.draws[0]
    at_risk = ~np.isnan(first) & ~kosovo.held & (first > -1)
    assert abs((first[at_risk] > 0).sum() - (first[at_risk] < 0).sum()) <= 1


def test_a_set_stance_is_the_hazard_that_it_stands_for() -> None:
    for stance in (-0.9, -0.2, 0.0, 0.5, 0.99):
        assert np.tanh(log_ratio(stance) / 2) == pytest.approx(stance)
    assert log_ratio(1.0) == log_ratio(0.999)


def test_nobody_stands_anywhere_once_everyone_has_acted(shipped: Corpus) -> None:
    layout = Layout.of(shipped, ["kosovo"])
    w = empty_world(layout)
    column = layout.column_index["kosovo", "XKX"]
    with pytest.raises(ValueError, match="nobody"):
        stances(w, layout, column, np.zeros((1, 1)), np.zeros((1, 9, kernel.ENDOGENOUS)), 0.0)


def test_reasons_are_told_for_the_undecided_only(book: Rulebook) -> None:
    found = stances_in(book, "kosovo")
    assert [s.value for s in found] == sorted((s.value for s in found), reverse=True)
    for s in found:
        assert bool(s.reasons) <= (not s.holds)
    russia = next(s for s in found if s.actor == "RUS")
    assert russia.value < 0
    assert dict(russia.reasons)


def test_a_stance_follows_the_rules_that_were_learned(book: Rulebook) -> None:
    names = book.posterior.names
    turned = book.posterior.draws.copy()
    at = names.index("recognise/x/alignment")
    turned[:, at] = -turned[:, at]
    posterior: Posterior = replace(book.posterior, draws=turned)
    other = {s.actor: s.value for s in stances_in(Rulebook(book.known, posterior), "kosovo")}
    own = {s.actor: s.value for s in stances_in(book, "kosovo")}
    assert own["RUS"] < other["RUS"], "voting against the West no longer speaks against"


def test_the_axis_marks_the_ends() -> None:
    assert axis(-1.0, -1.0, -1.0)[0] == "●"
    assert axis(1.0, 1.0, 1.0)[-1] == "●"
    assert len(axis(-0.3, 0.1, 0.4)) == 13


def test_nothing_later_than_the_day_moves_a_stance(shipped: Corpus, book: Rulebook) -> None:
    day = date(2019, 6, 30)
    early = Rulebook(shipped.as_of(day), replace(book.posterior, as_of=day))
    short = Rulebook(
        shipped.as_of(date(2020, 6, 30)).as_of(day), replace(book.posterior, as_of=day)
    )
    if early.terms.index != short.terms.index:
        pytest.fail("the same day names other coefficients")
    draws = book.posterior.draws[:, : len(early.terms.index)]
    posterior = replace(book.posterior, as_of=day, draws=draws, names=list(early.terms.index))
    one, two = (stances_in(Rulebook(b.known, posterior), "kosovo") for b in (early, short))
    assert one == two
