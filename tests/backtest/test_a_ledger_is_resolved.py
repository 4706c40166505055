"""A ledger: forecasts stand as they were written, and the record decides what became of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from sim.backtest.ledger import (
    Issued,
    added,
    hashes,
    read_ledger,
    resolve,
    resolved,
    with_known,
    write_ledger,
)
from sim.errors import InputError
from sim.history.corpus import Corpus, load_corpus

SYRIA = ("2022-06-29", "SYR", "recognise", "DPR")


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load_corpus()


def forecast(sender: str, kind: str, receiver: str, as_of: str, days: int) -> Issued:
    def codes(text: str) -> tuple[str, ...]:
        return tuple(text.split("+")) if text else ()

    return Issued(
        id=f"{sender}-{kind}-{receiver}", as_of=as_of, origin=as_of, senders=codes(sender),
        kinds=tuple(kind.split("|")), receivers=codes(receiver), within_days=days, dispute="",
        given=(), known=(), tables_to="2022-12-31", probability=0.7, low=0.4, high=0.9, rule="r",
        thin=False, made_by={"seed": 1},
    )  # fmt: skip


BREAK = forecast("UKR", "sever_relations", "SYR", "2022-06-28", 30)


def test_an_act_in_the_window_is_a_yes(corpus: Corpus) -> None:
    outcome = resolve(BREAK, corpus)
    assert outcome.state == "yes"
    assert outcome.reason in set(corpus.events["event_id"])


def test_silence_is_a_no_only_once_the_window_is_over(corpus: Corpus) -> None:
    control = forecast("CAN", "sever_relations", "USA", "2022-11-20", 30)
    assert resolve(control, corpus).state == "no"
    assert resolve(replace(control, within_days=400), corpus).state == "open"


def test_an_act_before_the_end_counts_with_the_silences(corpus: Corpus) -> None:
    """Else the first to be scored would be the yeses."""
    early = resolve(replace(BREAK, within_days=400), corpus)
    assert (early.state, early.scored) == ("yes", False)
    assert resolve(BREAK, corpus).scored
    assert not resolved([early])[1].size


def test_silence_of_what_no_record_covers_is_told(corpus: Corpus) -> None:
    note = forecast("BRA", "protest_note", "ARG", "2020-11-20", 30)
    assert resolve(note, corpus).reason == "nothing on record, and no record of it is complete"
    answer = replace(forecast("UKR", "sever_relations", "CUB", "2022-08-01", 30), dispute="donbas")
    assert resolve(answer, corpus).reason == "nothing on record"


def test_what_was_on_record_already_is_no_answer(corpus: Corpus) -> None:
    as_of = date(2022, 7, 13)  # Kyiv broke with Pyongyang on this very day
    asked = forecast("UKR", "sever_relations", "PRK", as_of.isoformat(), 30)
    assert resolve(asked, corpus).state == "yes", "a reaction on the day itself counts"
    issued = with_known(asked, corpus.as_of(as_of))
    assert issued.known
    assert resolve(issued, corpus).state == "no"


def test_a_forecast_given_what_never_happened_is_void(corpus: Corpus) -> None:
    given = replace(BREAK, origin="2022-06-29", given=(SYRIA,))
    assert resolve(given, corpus).state == "yes"
    belarus = replace(given, given=(("2022-08-01", "BLR", "recognise", "DPR"),))
    assert resolve(belarus, corpus).state == "void"
    later = replace(given, given=(("2022-12-30", "BLR", "recognise", "DPR"),))
    assert resolve(later, corpus).state == "open"


def test_what_is_imposed_answers_nothing(corpus: Corpus) -> None:
    """Who recognises next, if Pyongyang does? Nobody did: its own act is given."""
    act = ("2022-07-13", "PRK", "recognise", "DPR")
    asked = replace(
        forecast("", "recognise", "DPR+LPR", "2022-07-12", 30), origin="2022-07-13",
        given=(act, (*act[:3], "LPR")),
    )  # fmt: skip
    assert resolve(asked, corpus).state == "no"
    assert resolve(replace(asked, given=()), corpus).state == "yes"


def test_a_day_that_may_lie_outside_decides_nothing(corpus: Corpus) -> None:
    events = corpus.events
    vague = events[(events["first"] < events["last"]) & (events["kind"] == "recognise")]
    row = vague.iloc[-1]
    asked = forecast(row["sender"], "recognise", row["receiver"], f"{row['first']:%Y-%m-%d}", 1)
    others = tuple(events.loc[events["event_id"] != row["event_id"], "event_id"])
    outcome = resolve(replace(asked, known=others), corpus)
    assert (outcome.state, row["event_id"] in outcome.reason) == ("void", True)


def test_void_and_open_ones_are_not_scored(corpus: Corpus) -> None:
    void = replace(BREAK, given=(("2022-08-01", "BLR", "recognise", "DPR"),))
    control = forecast("CAN", "sever_relations", "USA", "2022-11-20", 30)
    open_ = replace(control, within_days=400)
    outcomes = [resolve(i, corpus) for i in (BREAK, void, control, open_)]
    probability, happened = resolved(outcomes)
    assert happened.tolist() == [1.0, 0.0]
    assert probability.tolist() == [0.7, 0.7]


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    entries = [BREAK, replace(BREAK, id="b", given=(SYRIA,))]
    write_ledger(path, entries)
    assert read_ledger(path) == entries
    again = tmp_path / "again.jsonl"
    write_ledger(again, read_ledger(path))
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        "probability",
        "dropped",
        "order",
        "window",
        "resolution",
        "more",
        "twice",
        "day",
        "origin",
        "far",
        "junk",
    ],
)
def test_a_ledger_that_was_touched_is_refused(tmp_path: Path, change: str) -> None:
    path = tmp_path / "ledger.jsonl"
    write_ledger(path, [BREAK, replace(BREAK, id="b"), replace(BREAK, id="c")])
    lines = path.read_text("utf-8").splitlines()
    first = json.loads(lines[0])
    if change == "probability":
        lines[0] = json.dumps(first | {"probability": 0.99})
    elif change == "dropped":
        del lines[1]
    elif change == "order":
        lines.reverse()
    elif change == "window":
        lines[0] = json.dumps(first | {"within_days": 3})
    elif change == "resolution":
        lines[0] = json.dumps(first | {"resolution": "yes if the sun rises"})
    elif change == "more":
        lines[0] = json.dumps(first | {"note": "a note"})
    elif change == "twice":
        lines[0] = lines[0].replace('"probability"', '"probability": 0.01, "probability"')
    elif change == "day":
        lines[0] = json.dumps(first | {"as_of": "zz"})
    elif change == "origin":
        lines[0] = json.dumps(first | {"origin": "yesterday"})
    elif change == "far":
        lines[0] = json.dumps(first | {"within_days": 10**9})
    else:
        lines[0] = "[1, 2]"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"line [12]"):
        read_ledger(path)


def test_a_head_stands_for_all_before_it(tmp_path: Path) -> None:
    entries = [BREAK, replace(BREAK, id="b")]
    head = hashes(entries)[-1]
    assert head in hashes([*entries, replace(BREAK, id="c")])
    assert head not in hashes(entries[:1])
    assert head not in hashes([replace(BREAK, probability=0.5), entries[1]])


def test_names_may_hold_any_character(tmp_path: Path) -> None:
    path, named = tmp_path / "ledger.jsonl", replace(BREAK, id="a\u2028b\u0085c\r")
    write_ledger(path, [named, BREAK])
    assert read_ledger(path) == [named, BREAK]


def test_what_was_issued_stands(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="issued already"):
        added(tmp_path / "l", [BREAK], [replace(BREAK, probability=0.1)])
    later = replace(BREAK, as_of="2022-06-29")
    assert added(tmp_path / "l", [BREAK], [later]) == [BREAK, later]
