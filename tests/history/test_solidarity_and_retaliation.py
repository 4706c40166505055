"""Who joins a boycott and who strikes back: precedents that no recognition explains."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sim.history.corpus import Corpus
from sim.history.names import find_precedent
from sim.history.precedents import Precedent, precedents

Toy = Callable[..., Corpus]

BOYCOTT = "gulf,Gulf,boycott,OUT,AAA,BBB,,2000-06-05,,toy"
NORTH = "north,North,secession,ENT,PAR,PAT,,2000-01-01,,toy"
FIRST = "X0,2000-06-05,day,AAA,sever_relations,OUT,gulf,"


def made(toy: Toy, *tables: list[str]) -> list[Precedent]:
    """Derive the precedents of disputes, events and non-events."""
    return precedents(toy(*tables))


def test_a_boycott_that_is_joined_answers_its_opening(toy: Toy) -> None:
    first, second = made(
        toy, [BOYCOTT], [FIRST, "X1,2000-06-08,day,BBB,recall_ambassador,OUT,gulf,"]
    )
    assert [(p.id, p.process) for p in (first, second)] == [
        ("AAA-OUT-2000", "solidarity"),
        ("BBB-OUT-2000", "solidarity"),
    ]
    assert first.trigger_ids == second.trigger_ids == ()
    assert first.date == second.date == date(2000, 6, 5), "the opening"
    assert [r.days for p in (first, second) for r in p.reactions] == [0, 3]
    assert second.highest == "recall"


def test_a_joiner_that_names_a_trigger_answers_that(toy: Toy) -> None:
    _, joined = made(toy, [BOYCOTT], [FIRST, "X1,2000-06-08,day,BBB,sever_relations,OUT,gulf,X0"])
    assert joined.trigger_ids == ("X0",)
    assert (joined.process, joined.responder, joined.target) == ("solidarity", "BBB", "OUT")
    assert joined.date == date(2000, 6, 5)
    assert joined.days_to("sever") == 3


def test_acts_of_one_joiner_are_one_precedent_and_sanctions_count(toy: Toy) -> None:
    rows = [
        "X1,2000-06-06,day,BBB,sanction,OUT,gulf,",
        "X2,2000-06-09,day,BBB,sever_relations,OUT,gulf,",
        "X3,2000-06-09,day,BBB,signal_talks,OUT,gulf,",
    ]
    (joined,) = made(toy, [BOYCOTT], rows)
    assert [(r.event_id, r.rung) for r in joined.reactions] == [("X1", None), ("X2", "sever")]


def test_who_is_coded_as_not_joining_is_a_precedent_without_reactions(toy: Toy) -> None:
    said = [
        "N1,2000-06-20,day,CCC,sever_relations,OUT,gulf,,did_not_sever",
        "N2,2000-06-20,day,DDD,sever_relations,OUT,gulf,X0,did_not_sever",
    ]
    found = made(toy, [BOYCOTT], [FIRST], said)
    ccc, ddd = (find_precedent(found, f"{c}-OUT-2000") for c in ("CCC", "DDD"))
    assert ccc.process == ddd.process == "solidarity"
    assert ccc.reactions == ddd.reactions == ()
    assert (ccc.nonevents, ddd.nonevents) == (("N1",), ("N2",))
    assert (ccc.trigger_ids, ddd.trigger_ids) == ((), ("X0",))
    assert ccc.highest is None


def test_the_window_of_a_thousand_days_is_counted_from_what_is_answered(toy: Toy) -> None:
    inside, outside = "2003-03-02", "2003-03-03"  # 1000 and 1001 days after 5 June 2000
    assert (date.fromisoformat(inside) - date(2000, 6, 5)).days == 1000
    for named in ("", "X0"):
        found = made(
            toy, [BOYCOTT], [FIRST, f"X1,{inside},day,BBB,sever_relations,OUT,gulf,{named}"]
        )
        assert [r.days for r in find_precedent(found, "BBB-OUT-2000").reactions] == [1000]
        found = made(
            toy, [BOYCOTT], [FIRST, f"X1,{outside},day,BBB,sever_relations,OUT,gulf,{named}"]
        )
        assert [p.responder for p in found] == ["AAA"]


def test_only_acts_toward_the_shunned_side_answer_an_opening(toy: Toy) -> None:
    assert not made(toy, [BOYCOTT], ["X1,2000-06-08,day,OUT,sever_relations,AAA,gulf,"])
    assert not made(toy, [NORTH], ["X1,2000-06-08,day,AAA,condemn,ENT,north,"])


def test_the_target_that_answers_in_kind_retaliates(toy: Toy) -> None:
    found = made(toy, [BOYCOTT], [FIRST, "X1,2000-06-07,day,OUT,expel_diplomats,AAA,gulf,X0"])
    struck = find_precedent(found, "OUT-AAA-2000")
    assert struck.process == "retaliate"
    assert struck.trigger_ids == ("X0",)
    assert [(r.rung, r.days) for r in struck.reactions] == [("recall", 2)]


def test_a_recogniser_that_answers_the_answer_retaliates(toy: Toy) -> None:
    rows = [
        "X0,2000-06-05,day,PAT,recognise,ENT,north,",
        "X1,2000-06-06,day,PAR,expel_diplomats,PAT,north,X0",
        "X2,2000-06-07,day,PAT,expel_diplomats,PAR,north,X1",
    ]
    answered, struck = made(toy, [NORTH], rows)
    assert (answered.id, answered.process) == ("PAR-PAT-2000", "respond")
    assert [r.event_id for r in answered.reactions] == ["X1"]
    assert (struck.id, struck.process, struck.trigger_ids) == ("PAT-PAR-2000", "retaliate", ("X1",))


def test_the_hurt_side_that_turns_on_a_backer_retaliates(toy: Toy) -> None:
    """BBB supports PAT's recognition with a sanction; PAR, not itself its target, recalls from BBB."""
    rows = [
        "X0,2000-06-05,day,PAT,sanction,CCC,north,",
        "X1,2000-06-06,day,PAR,recall_ambassador,BBB,north,X0",
        "X2,2000-06-06,day,DDD,condemn,PAT,north,X0",
    ]
    found = made(toy, [NORTH], rows)
    assert find_precedent(found, "PAR-BBB-2000").process == "retaliate"
    assert find_precedent(found, "DDD-PAT-2000").process == "solidarity", "a third that joins"


def test_each_act_counts_once_a_response_before_all(toy: Toy) -> None:
    rows = [
        "X0,2000-06-05,day,PAT,recognise,ENT,north,",
        "X1,2000-06-06,day,PAR,sever_relations,PAT,north,X0",
        "X2,2000-06-08,day,BBB,condemn,PAT,north,X0",
    ]
    answered, joined = made(toy, [NORTH], rows)
    assert [(p.process, p.responder) for p in (answered, joined)] == [
        ("respond", "PAR"),
        ("solidarity", "BBB"),
    ]
    reactions = [r.event_id for p in (answered, joined) for r in p.reactions]
    assert sorted(reactions) == ["X1", "X2"]


def test_of_several_triggers_the_earliest_counts_however_they_are_named(toy: Toy) -> None:
    rows = [
        FIRST,
        "X1,2000-06-09,day,CCC,sever_relations,OUT,gulf,X0",
        "X2,2000-06-10,day,BBB,sever_relations,OUT,gulf,X1+X0",
    ]
    joined = find_precedent(made(toy, [BOYCOTT], rows), "BBB-OUT-2000")
    assert joined.trigger_ids == ("X0", "X1")
    assert joined.date == date(2000, 6, 5)
    assert joined.days_to("sever") == 5


def test_a_precedent_is_as_sure_as_its_least_sure_row(toy: Toy) -> None:
    said = ["N1,2000-06-20,day,CCC,sever_relations,OUT,gulf,,did_not_sever"]
    corpus = toy([BOYCOTT], [FIRST], said)
    assert find_precedent(precedents(corpus), "CCC-OUT-2000").confidence == "verified"
    corpus.nonevents["confidence"] = "recalled"
    assert find_precedent(precedents(corpus), "CCC-OUT-2000").confidence == "recalled"
