"""A draw has a name: keys never change, and no two channels share one."""

from itertools import product

import numpy as np
import pytest

from sim.history.corpus import load_corpus
from sim.history.events import EventKind
from sim.world import streams
from sim.world.streams import channel_name, clock_key, clock_keys


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("respond/sever_relations/UKR>SYR@donbas", 9156675257695271856),
        ("respond/sever_relations/UKR>PRK@donbas", 2196246168764919651),
        ("recognise/recognise/BLR>DPR@donbas", 16738734804253637882),
        ("respond/recall_ambassador/SRB>SVK@kosovo", 6624456804732766203),
        ("respond/condemn/A>B@", 7649272690259345532),
    ],
)
def test_known_answers(name: str, key: int) -> None:
    """A change here changes every simulated world of every release."""
    assert clock_key(name) == key
    assert clock_keys([name]).tolist() == [key]


def test_every_part_tells_channels_apart() -> None:
    parts = ("respond", "condemn", "UKR", "SYR", "donbas")
    names = {channel_name(*parts)}
    for i in range(5):
        names.add(channel_name(*(*parts[:i], "other", *parts[i + 1 :])))
    assert len(names) == 6
    assert channel_name("p", "k", "AB", "C", "d") != channel_name("p", "k", "A", "BC", "d")


def test_no_two_of_the_corpus_collide() -> None:
    corpus = load_corpus()
    actors, kinds = corpus.actors.codes, list(EventKind)
    contested = {code for d in corpus.disputes.values() for code in d.contested}
    names = [
        channel_name("recognise", kind, sender, receiver, dispute)
        for kind, sender, receiver, dispute in product(
            kinds, actors, sorted(contested), corpus.disputes
        )
    ]
    names += [
        channel_name("respond", kind, sender, receiver, "donbas")
        for kind, sender, receiver in product(kinds[:4], actors, actors)
    ]
    keys = clock_keys(names)
    assert keys.dtype == np.uint64
    assert len(np.unique(keys)) == len(names) > 300_000


def test_the_keys_use_all_bits() -> None:
    keys = clock_keys(str(i) for i in range(4000))
    share = np.array([np.mean((keys >> np.uint64(bit)) & np.uint64(1)) for bit in range(64)])
    assert np.all(np.abs(share - 0.5) < 0.05)


def test_a_name_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="the same name"):
        clock_keys(["a", "b", "a"])


def test_names_that_share_a_key_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "clock_key", lambda name: len(name))
    with pytest.raises(ValueError, match="share the clock key 2: ab and cd"):
        clock_keys(["ab", "cd"])


@pytest.mark.parametrize(
    "parts",
    [
        ("respond", "condemn", "", "SYR", "donbas"),
        ("", "condemn", "UKR", "SYR", "donbas"),
        ("respond", "condemn", "UKR>SYR", "SYR", "donbas"),
        ("respond", "condemn", "UKR", "SYR", "don@bas"),
        ("res/pond", "condemn", "UKR", "SYR", "donbas"),
    ],
)
def test_parts_that_would_blur_a_name(parts: tuple[str, str, str, str, str]) -> None:
    with pytest.raises(ValueError, match="a channel"):
        channel_name(*parts)


def test_no_keys() -> None:
    assert clock_keys([]).shape == (0,)
