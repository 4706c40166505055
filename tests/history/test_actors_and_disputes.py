from datetime import date

import pytest

from sim.errors import InputError
from sim.history.corpus import Corpus
from sim.history.disputes import Dispute, check_dispute


def test_all_members_of_the_united_nations_are_actors(shipped: Corpus) -> None:
    joined = shipped.actors.table["un_member_from"] != ""
    alive = shipped.actors.alive(date(2022, 6, 1))
    assert (joined.to_numpy() & alive).sum() == 193


def test_an_actor_is_found_by_its_exact_code_only(shipped: Corpus) -> None:
    actors = shipped.actors
    assert actors.check("SYR") == "SYR"
    assert actors.codes[actors.row("SYR")] == "SYR"
    assert actors.name("XKX") == "Kosovo"
    for wrong in ("SY", "syr", "Syria", "SYR ", "", "DPR+LPR"):
        assert wrong not in actors
        with pytest.raises(InputError, match="expected the code of an actor"):
            actors.check(wrong, "a.toml", "sender")


@pytest.mark.parametrize(("word", "code"), [("Syria", "SYR"), ("syr", "SYR"), ("Belaruss", "BLR")])
def test_a_wrong_name_is_answered_with_the_right_code(
    shipped: Corpus, word: str, code: str
) -> None:
    with pytest.raises(InputError, match=f"did you mean .*{code}"):
        shipped.actors.check(word)


def test_an_actor_lives_from_its_start_to_its_end(shipped: Corpus) -> None:
    actors = shipped.actors
    dpr, ddr = actors.row("DPR"), actors.row("DDR")
    assert not actors.alive(date(2014, 1, 1))[dpr]
    assert actors.alive(date(2022, 2, 21))[dpr]
    assert actors.alive(date(1970, 1, 1))[ddr]
    assert not actors.alive(date(1991, 1, 1))[ddr]


def test_an_actor_of_the_future_keeps_its_row_and_tells_nothing(shipped: Corpus) -> None:
    before = shipped.as_of(date(1985, 1, 1)).actors
    assert before.codes == shipped.actors.codes
    row = before.row("DPR")
    assert before.table["start"].iat[row] == ""
    assert not before.alive(date(2022, 2, 21))[row]
    ddr = before.row("DDR")
    assert before.table["end"].iat[ddr] == ""
    assert before.type("DDR") == "state"
    assert before.alive(date(2022, 2, 21))[ddr]


def test_in_a_secession_the_parent_answers_for_every_entity(shipped: Corpus) -> None:
    donbas = shipped.disputes["donbas"]
    assert donbas.contested == ("DPR", "LPR")
    assert donbas.responder("LPR") == "UKR"
    assert donbas.rivals("UKR") == ()
    assert donbas.patrons_of("DPR") == ("RUS",)
    assert donbas.touches("RUS")
    assert not donbas.touches("SYR")
    assert not donbas.touches("")
    assert donbas.is_open(date(2022, 2, 21))
    assert not donbas.is_open(date(2022, 12, 31))


def test_between_rival_governments_each_side_answers_for_the_other(shipped: Corpus) -> None:
    china = shipped.disputes["china"]
    assert china.contested == ("TWN", "CHN")
    assert china.responder("TWN") == "CHN"
    assert china.responder("CHN") == "TWN"
    assert china.patrons_of("CHN") == china.parent_backers


def test_in_a_rupture_the_patrons_are_those_of_the_shunned(shipped: Corpus) -> None:
    qatar = shipped.disputes["qatar_2017"]
    assert qatar.patrons_of("QAT") == ("TUR", "IRN")
    assert qatar.patrons_of("SAU") == ("ARE", "BHR", "EGY")
    assert qatar.touches("ARE")
    assert not qatar.touches("TUR")


def test_nobody_stands_on_both_sides_of_a_dispute(shipped: Corpus) -> None:
    for dispute in shipped.disputes.values():
        behind = {*dispute.entities, *dispute.patrons} - {""}
        against = {dispute.parent, *dispute.parent_backers} - {""}
        assert not behind & against or dispute.dispute == "homelands"


def test_a_dispute_without_a_parent_has_nobody_to_answer() -> None:
    rupture = Dispute(
        "gulf", "", "rupture", ("QAT",), "", (), (), date(2017, 6, 5), date(2021, 1, 5), ""
    )
    assert rupture.rivals("QAT") == ()
    assert rupture.responder("QAT") == ""
    assert rupture.responder("XXX") == ""


def test_a_dispute_is_found_by_its_key_only(shipped: Corpus) -> None:
    assert check_dispute(shipped.disputes, "donbas", "a.toml", "disputes").parent == "UKR"
    with pytest.raises(InputError, match=r"disputes: found 'donbass'.* \(did you mean donbas\?\)"):
        check_dispute(shipped.disputes, "donbass", "a.toml", "disputes")


def test_a_closing_to_come_is_not_known(shipped: Corpus) -> None:
    before = shipped.as_of(date(2022, 6, 28)).disputes["donbas"]
    assert before.closed is None
    assert shipped.as_of(date(2022, 12, 31)).disputes["donbas"].closed == date(2022, 9, 30)
