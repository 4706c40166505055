"""Questions about toy histories: what may be known, what must agree, and what a base rate learns."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from sim.hazard import poisson, sampling
from sim.hazard.base_rates import BaseRates, _walk, learn_rates
from sim.hazard.dyads import FAMILY_OF, SIZES, Dyads
from sim.hazard.learn import learn
from sim.hazard.posterior import transferred
from sim.hazard.riskset import Layout
from sim.hazard.terms import Terms
from sim.history.corpus import Corpus
from sim.world.answering import Answer, answers, learned_on
from sim.world.ground import Standings
from sim.world.questions import Question
from tests.backtest.conftest import Reader, recognises, severs

DAY = date(2003, 6, 30)
WORLDS = 200


def act(sender: str, kind: str, receiver: str, day: date, n: int = 0) -> str:
    return (
        f"{sender}-{kind[:4]}-{receiver}-{day:%y%m%d}{n},{day},day,{sender},{kind},{receiver},none,"
    )


def often(sender: str, kind: str, receiver: str, first: date, every: int, times: int) -> list[str]:
    days = (first + timedelta(days=every * n) for n in range(times))
    return [act(sender, kind, receiver, day, n) for n, day in enumerate(days)]


BREAKS = [
    ("BBB", "DDD"), ("CCC", "EEE"), ("EEE", "BBB"), ("DDD", "AAA"), ("BBB", "AAA"), ("CCC", "BBB"),
]  # fmt: skip
HISTORY = [
    recognises("AAA", "NOR", "north", "2000-03-01"),
    recognises("BBB", "NOR", "north", "2000-06-01"),
    severs("PAN", "AAA", "north", "2000-03-02"),
    severs("PAN", "BBB", "north", "2000-06-03"),
    recognises("AAA", "SOU", "south", "2001-03-01"),
    recognises("CCC", "EST", "east", "2002-09-01"),
    *often("AAA", "expel_diplomats", "CCC", date(2000, 2, 1), 40, 20),
    *often("DDD", "condemn", "EEE", date(2000, 2, 1), 90, 10),
    *(
        act(one, "sever_relations", other, date(2000 + n // 3, 2 + n, 1))
        for n, (one, other) in enumerate(BREAKS)
    ),
    *often("AAA", "sanction", "BBB", date(2001, 2, 1), 200, 3),
]


@pytest.fixture(autouse=True)
def _few_proposals(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Learn by the fewest proposals, and keep nothing: coherence is compared, not quality."""
    cache = tmp_path_factory.getbasetemp() / "toy-posteriors"
    monkeypatch.setenv("DEMARCHE_CACHE", str(cache))
    monkeypatch.setattr(sampling, "BUDGET", 1)


def asked(
    sender: str, kinds: str, receiver: str, days: int, day: date = DAY, dispute: str = ""
) -> Question:
    def codes(cell: str) -> tuple[str, ...]:
        return tuple(cell.split("+")) if cell else ()

    return Question(day, codes(sender), tuple(kinds.split("|")), codes(receiver), days, dispute)


def told(corpus: Corpus, *questions: Question) -> list[Answer]:
    found = answers(list(questions), corpus, WORLDS, seed=1)
    assert all(answer is not None for answer in found)
    return [answer for answer in found if answer is not None]


QUESTIONS = (
    asked("DDD", "recognise", "NOR", 90),
    asked("", "recognise", "NOR", 90),
    asked("", "recognise", "", 90),
    asked("", "recognise", "", 365),
    asked("PAN", "sever_relations", "CCC", 365),
    asked("", "sever_relations", "CCC", 365),
    asked("", "sever_relations", "", 365),
    asked("", "sever_relations", "", 900),
    asked("", "sever_relations|recall_ambassador", "", 365),
    asked("", "sever_relations|recognise|sanction", "", 365),
    asked("DDD+EEE", "condemn|protest_note", "EEE+AAA", 365),
)
NOT_LESS = [(0, 1), (1, 2), (2, 3), (4, 5), (5, 6), (6, 7), (6, 8), (6, 9), (3, 9)]
"""Pairs of which the second asks for more, or for longer."""


def test_who_asks_for_more_is_told_no_less(toy: Reader) -> None:
    found = told(toy(HISTORY), *QUESTIONS)
    for answer in found:
        assert 0 < answer.probability < 1
        assert 0 <= answer.low <= answer.probability <= answer.high <= 1
    for less, more in NOT_LESS:
        assert found[less].probability <= found[more].probability, (
            QUESTIONS[less],
            QUESTIONS[more],
        )


def test_a_question_is_answered_the_same_in_other_company(toy: Reader) -> None:
    corpus = toy(HISTORY)
    alone = told(corpus, QUESTIONS[5])[0]
    assert told(corpus, *QUESTIONS)[5] == alone


def test_later_acts_change_nothing_and_earlier_ones_do(toy: Reader) -> None:
    plain = told(toy(HISTORY), *QUESTIONS)
    later = [
        recognises("DDD", "NOR", "north", "2003-07-01"),
        severs("PAN", "DDD", "north", "2003-07-01"),
        act("EEE", "sever_relations", "CCC", date(2003, 7, 2)),
    ]
    assert told(toy([*HISTORY, *later]), *QUESTIONS) == plain
    earlier = act("EEE", "sever_relations", "CCC", date(2003, 6, 29))
    changed = told(toy([*HISTORY, earlier]), *QUESTIONS)
    assert all(now != before for now, before in zip(changed, plain, strict=True))


def test_which_rule_answers(toy: Reader) -> None:
    corpus = toy(HISTORY)
    questions = (
        asked("DDD", "recognise", "NOR", 90),
        asked("PAN", "sever_relations", "CCC", 90),
        asked("DDD", "sever_relations", "CCC", 90),
    )
    simulated, both, base = told(corpus, *questions)
    assert (simulated.rules, simulated.simulated) == (("recognise/secession",), 1.0)
    assert both.rules == ("respond/sever", "base/sever_relations")
    assert 0 < both.simulated < 1
    assert (base.rules, base.simulated) == (("base/sever_relations",), 0.0)


def test_who_recognises_is_left_to_the_worlds_whole(toy: Reader) -> None:
    """Those who have recognised, or claim it themselves, add no base rate to "anyone"."""
    (anyone,) = told(toy(HISTORY), Question(DAY, (), ("recognise",), ("NOR",), 365))
    assert anyone.rules == ("recognise/secession",)
    assert anyone.simulated == 1.0


def test_both_ways_compete(toy: Reader) -> None:
    """That neither comes has the product of both probabilities: so a joint question is no sum."""
    corpus = toy(HISTORY)
    recognition, base, either = told(
        corpus,
        asked("DDD", "recognise", "NOR", 365),
        asked("DDD", "condemn", "NOR", 365),
        asked("DDD", "recognise|condemn", "NOR", 365),
    )
    neither = (1 - recognition.probability) * (1 - base.probability)
    assert either.probability == pytest.approx(1 - neither, rel=1e-9)


def test_what_is_impossible_is_unlikely_and_says_so(toy: Reader) -> None:
    """Some breaks are mended, so that it is on record what a mending needs."""
    mendings = [
        act(one, "restore_relations", other, date(2001 + n // 2, 10, 1 + n))
        for n, (one, other) in enumerate(BREAKS[:3])
    ]
    corpus = toy([*HISTORY, *mendings])
    again, left, mended, unbroken = told(
        corpus,
        asked("PAN", "sever_relations", "AAA", 90),
        asked("AAA", "sever_relations", "PAN", 90),
        asked("AAA", "restore_relations", "PAN", 90),
        asked("AAA", "restore_relations", "EEE", 90),
    )
    assert "PAN and AAA, who have no relations" in again.reason
    assert "not possible" not in left.reason, "whom PAN has left may break on its part"
    assert "not severed" in unbroken.reason
    assert unbroken.probability < mended.probability
    for family in ("sever", "restore"):  # all else alike
        never, once = rates_of(corpus).families[family].rates[0].mode[-SIZES[-1] :]
        assert never < once, family


def rates_of(corpus: Corpus, day: date = DAY) -> BaseRates:
    known = corpus.as_of(day)
    return learn_rates(known, day, Standings(known, day))


def expected(rates: BaseRates, corpus: Corpus, sender: str, kind: str, receiver: str) -> float:
    n, row = len(corpus.actors), corpus.actors.row
    pairs = np.zeros((n, n), dtype=bool)
    pairs[row(sender), row(receiver)] = True
    assert FAMILY_OF[kind]
    return float(rates.expected(kind, pairs, 90).mean())


def test_who_acted_often_is_expected_to_act_again(toy: Reader) -> None:
    corpus = toy(HISTORY)
    rates = rates_of(corpus)
    usual = expected(rates, corpus, "AAA", "expel_diplomats", "CCC")
    assert usual > 3 * expected(rates, corpus, "BBB", "expel_diplomats", "DDD")
    observed = 90 / 40  # one each 40 days, up to eight months before the day
    assert observed / 3 < usual < observed * 3


def test_a_kind_has_its_share_of_the_family(toy: Reader) -> None:
    corpus = toy(HISTORY)
    rates = rates_of(corpus)
    condemned = expected(rates, corpus, "DDD", "condemn", "EEE")
    assert condemned > 5 * expected(rates, corpus, "DDD", "protest_note", "EEE")


def test_a_feature_that_tells_nothing_shrinks_to_nothing() -> None:
    rng = np.random.default_rng(5)
    bands = rng.integers(0, 3, size=(4000, 2))
    days = np.full(len(bands), 100.0)
    acts = rng.poisson(days * 0.002 * np.exp(1.5 * (bands[:, 0] == 2))).astype(float)
    found = poisson.fit(bands, acts, days, (3, 3), 0.002)
    telling, silent = found.mode[1:4], found.mode[4:7]
    assert telling[2] - telling[:2].mean() == pytest.approx(1.5, abs=0.25)
    assert np.abs(silent).max() < 0.2


def test_whoever_acts_was_among_those_who_might(toy: Reader) -> None:
    """EST is none of the pairs until its dispute opens: nor are the recognitions that come then."""
    corpus = toy([*HISTORY, recognises("DDD", "EST", "east", "2002-09-05")])
    known = corpus.as_of(DAY)
    acts = [
        (at.toordinal(), str(sender), str(kind), str(receiver))
        for at, sender, kind, receiver in zip(
            *(known.events[c] for c in ("placed", "sender", "kind", "receiver")), strict=True
        )
    ]
    acts.sort()
    walked = Dyads(known, Standings(known, DAY))
    counts = _walk(walked, acts, acts, date(2000, 1, 1).toordinal(), DAY.toordinal())["recognise"]
    followed = 0
    for cells, (ahead, _) in zip(counts.cells, counts.ahead, strict=True):
        assert np.isin(ahead, cells).all()
        followed += len(ahead)
    assert followed > 0


def test_lumps_widen_what_is_known() -> None:
    found = poisson.fit(np.array([[0], [1]]), np.array([40.0, 40.0]), np.full(2, 1e4), (2,), 0.004)
    single, lumped = (found.draws(4000, seed=1, lumped=by).std(axis=0) for by in (1.0, 4.0))
    assert lumped == pytest.approx(2 * single, rel=1e-6)


def test_rules_are_learned_no_later_than_asked(toy: Reader) -> None:
    known = toy(HISTORY).as_of(DAY)
    last = known.last_known
    assert learned_on(known, "day") == last < DAY
    assert learned_on(known, "quarter") == date(2003, 4, 1) <= last or last < date(2003, 4, 1)
    assert learned_on(known, "year") == min(date(2003, 1, 1), last)
    assert learned_on(toy(HISTORY).as_of(date(2050, 1, 1)), "day") == date(2004, 12, 31)


def test_earlier_rules_meet_a_dispute_that_opened_since(toy: Reader) -> None:
    corpus = toy(HISTORY)
    early = learn(corpus, date(2001, 12, 31), draws=50)
    known = corpus.as_of(date(2002, 9, 2))
    carried = transferred(early, known)
    assert carried.fingerprint == known.fingerprint
    assert carried.names == list(Terms(Layout.of(known)).index)
    new = carried.names.index("recognise/entity/EST")
    assert "recognise/entity/EST" not in early.names
    scale = early.about["recognise"]["scales"]["entity"]
    assert carried.sd[new] == scale
    about = early.about["recognise"]
    own = np.array([scales["entity"] for scales in about["vectors"]])[about["vector"]]
    assert own.std() > 0, "scales are not known, and each draw has its own"
    assert 0.7 < (carried.draws[:, new] / own).std() < 1.3
    old = carried.names.index("recognise/entity/NOR")
    at = early.names.index("recognise/entity/NOR")
    assert np.array_equal(carried.draws[:, old], early.draws[:, at])


def test_the_last_acts_count_though_the_rules_are_older(toy: Reader) -> None:
    """With rules of the first of January, whom DDD has recognised in June is still known."""
    corpus = toy([*HISTORY, recognises("DDD", "NOR", "north", "2003-06-29")])
    question = asked("PAN", "sever_relations", "DDD", 30)
    fresh, old, bystander = (
        answers([q], corpus, WORLDS, 1, refit)[0]
        for q, refit in (
            (question, "day"),
            (question, "year"),
            (asked("PAN", "sever_relations", "EEE", 30), "year"),
        )
    )
    assert fresh is not None
    assert old is not None
    assert bystander is not None
    assert fresh != old
    assert old.probability > 3 * bystander.probability


def test_who_joins_a_fresh_rupture_is_simulated_and_an_old_one_is_not(toy: Reader) -> None:
    """Two ruptures: the first teaches, of the second it is asked ten days and two years after it began."""
    disputes = [
        "first,First,boycott,DDD,AAA,,,2001-01-01,,toy",
        "second,Second,boycott,EEE,AAA,,,2002-06-01,,toy",
    ]
    records = ["first,solidarity,sever_relations,,2001-01-01,2001-12-31,Toy.,toy,verified"]
    acts = [
        severs("AAA", "DDD", "first", "2001-01-01"),
        severs("BBB", "DDD", "first", "2001-01-03"),
        severs("CCC", "DDD", "first", "2001-01-04"),
        severs("GRT", "DDD", "first", "2001-01-09"),
        severs("AAA", "EEE", "second", "2002-06-01"),
    ]
    corpus = toy(acts, records, disputes)
    fresh, old, other = (
        answers([Question(day, ("BBB",), ("sever_relations",), (whom,), 30)], corpus, WORLDS, 1)[0]
        for day, whom in (
            (date(2002, 6, 11), "EEE"), (date(2004, 6, 11), "EEE"), (date(2002, 6, 11), "CCC")
        )
    )  # fmt: skip
    assert fresh is not None
    assert old is not None
    assert other is not None
    assert fresh.rules == ("solidarity/sever", "base/sever_relations")
    assert old.rules == other.rules == ("base/sever_relations",)
    assert fresh.probability > 3 * other.probability
