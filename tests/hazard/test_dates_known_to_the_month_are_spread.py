"""An act known to the month is no act of a certain delay: its shares by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sim.hazard.terms import EDGES, PIECES

Play = Callable[..., Any]

EXACT = "X1,2000-06-10,day,AAA,recognise,ENT,north,"
VAGUE = "X1,2000-06-01,month,AAA,recognise,ENT,north,"
ANSWER = "X2,2000-06-01,month,PAR,sever_relations,AAA,north,X1"
# Pieces of the delay of an answer: [0, 1), [1, 4), [4, 15), [15, 60) ...
ANSWERED = ("PAR", "sever_relations", "AAA", "north")


def shares(played: Any, channel: tuple[str, str, str, str]) -> tuple[np.ndarray, np.ndarray]:
    """Events and days at risk of a channel by piece, after spreading."""
    rows = played.spread[played.spread[:, 0] == played.channel(*channel)]
    piece = rows[:, 3].astype(int)
    return (
        np.bincount(piece, rows[:, 5], minlength=PIECES),
        np.bincount(piece, rows[:, 4], minlength=PIECES),
    )


def pieces(*first: float) -> np.ndarray:
    """Give each delay piece its value, 0 to those not named."""
    return np.pad(np.array(first, dtype=float), (0, PIECES - len(first)))


def test_the_pieces_are_those_that_the_hand_counts_assume() -> None:
    assert EDGES["respond"][:4] == (0.0, 1.0, 4.0, 15.0)
    assert EDGES["recognise"][:4] == (0.0, 1.0, 7.0, 30.0)


def test_an_answer_of_the_month_to_an_exact_trigger(play: Play) -> None:
    """From 10 to 30 June, 21 days with as many delays: one of 0, 3 of 1-3, 11 of 4-14, 6 of 15-20."""
    events, days = shares(play([EXACT, ANSWER]), ANSWERED)
    np.testing.assert_allclose(events, pieces(1, 3, 11, 6) / 21)
    # An answer comes half a day into its day: 0.5 or 1 in the first piece, and so on.
    spent = [
        0.5 + 20 * 1,
        0.5 + 1.5 + 2.5 + 17 * 3,
        sum(d - 4 + 0.5 for d in range(4, 15)) + 6 * 11,
        sum(d - 15 + 0.5 for d in range(15, 21)),
    ]
    np.testing.assert_allclose(days, pieces(*spent) / 21, atol=1e-9)
    assert days.sum() == pytest.approx(10.5), "the mean delay, and half a day"


def test_an_answer_and_a_trigger_of_one_month(play: Play) -> None:
    """30 - d of the 465 pairs of days in which the answer is not the first have a delay of d."""
    events, days = shares(play([VAGUE, ANSWER]), ANSWERED)
    by_delay = np.array([30 - d for d in range(30)])
    assert by_delay.sum() == 465
    by_hand = [by_delay[0], by_delay[1:4].sum(), by_delay[4:15].sum(), by_delay[15:].sum()]
    np.testing.assert_allclose(events, pieces(*by_hand) / 465)
    assert days.sum() == pytest.approx((by_delay * np.arange(30)).sum() / 465 + 0.5)


def test_a_recognition_of_the_month_in_which_the_dispute_opened(play: Play) -> None:
    """31 days of January, delays 0 to 30 from the opening; the days at risk stay as they were."""
    played = play(["X1,2000-01-01,month,AAA,recognise,ENT,north,"])
    channel = ("AAA", "recognise", "ENT", "north")
    events, days = shares(played, channel)
    np.testing.assert_allclose(events, pieces(1, 6, 23, 1) / 31)
    assert days.sum() == pytest.approx(played.days(*channel))


def test_a_recognition_after_the_patrons_of_a_month(play: Play) -> None:
    """CCC in June, AAA on 30 June: delays of 0 to 29 days, all alike."""
    rows = [
        "X0,2000-06-01,month,CCC,recognise,ENT,north,",
        "X1,2000-06-30,day,AAA,recognise,ENT,north,",
    ]
    events, _ = shares(play(rows), ("AAA", "recognise", "ENT", "north"))
    np.testing.assert_allclose(events, pieces(1, 6, 23) / 30)


def test_the_sum_of_events_is_preserved(play: Play) -> None:
    rows = [
        VAGUE,
        ANSWER,
        "X3,2001-01-01,year,BBB,recognise,ENT,north,",
        "X4,2002-03-01,month,CCC,recognise,ENT,north,",
        "X5,2002-03-01,month,PAR,recall_ambassador,CCC,north,X4",
        "X6,2002-03-29,day,PAR,sever_relations,CCC,north,X4",
    ]
    played = play(rows)
    before, after = played.history.exposure, played.spread
    assert before[:, 5].sum() == 6
    assert after[:, 5].sum() == pytest.approx(6)
    by_channel = [np.bincount(r[:, 0].astype(int), r[:, 5], minlength=999) for r in (before, after)]
    np.testing.assert_allclose(by_channel[1], by_channel[0])
    assert (after[:, 4:6] >= 0).all()


def test_exact_dates_are_untouched(play: Play) -> None:
    exact = [
        EXACT,
        "X2,2000-06-20,day,PAR,sever_relations,AAA,north,X1",
        "X3,2000-06-20,day,CCC,recognise,ENT,north,",
    ]
    played = play(exact)
    np.testing.assert_array_equal(played.spread, played.history.exposure)
    played = play([*exact, "X4,2001-01-01,month,BBB,recognise,ENT,north,"])
    rows = played.history.exposure
    spread = {played.channel("BBB", "recognise", "ENT", "north")}
    kept = ~np.isin(rows[:, 0], list(spread))
    np.testing.assert_array_equal(played.spread[: len(rows)][kept], rows[kept])
    assert set(played.spread[len(rows) :, 0]) <= spread
