"""Plain English for acts, days and shares, safe to print anywhere."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date

from sim.history.actors import Actors

# Written out, since strftime would follow the locale.
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

VERBS = {
    "signal_talks": "opens talks with {}",
    "recognise": "recognises {}",
    "establish_relations": "establishes relations with {}",
    "open_embassy": "opens an embassy in {}",
    "treaty": "signs a treaty with {}",
    "set_stance": "takes another stance toward {}",
    "withdraw_recognition": "withdraws recognition of {}",
    "condemn": "condemns {}",
    "protest_note": "sends a protest note to {}",
    "summon_ambassador": "summons the ambassador of {}",
    "recall_ambassador": "recalls its ambassador from {}",
    "return_ambassador": "returns its ambassador to {}",
    "expel_diplomats": "expels diplomats of {}",
    "downgrade_relations": "downgrades relations with {}",
    "sever_relations": "severs relations with {}",
    "restore_relations": "restores relations with {}",
    "sanction": "sanctions {}",
    "non_recognition_statement": "declares not to recognise {}",
}

LONGEST_NAME = 40


def clean(text: object) -> str:
    r"""Replace what could steer a terminal or reorder a line: control and format characters.

    Examples
    --------
    >>> clean("a\x1b[31mb\nc")
    'a [31mb c'
    """
    return "".join(c if c.isprintable() else " " for c in str(text))


def name_of(actors: Actors, code: str) -> str:
    """Return an actor's name without what stands in brackets; the code itself if unknown.

    Examples
    --------
    >>> from sim.history.corpus import load_corpus
    >>> name_of(load_corpus().actors, "TWN")
    'Taiwan'
    """
    if code not in actors:
        return clean(code)
    name = clean(actors.name(code)).split(" (")[0].strip()
    return name if 0 < len(name) <= LONGEST_NAME else clean(code)


def listed(words: Iterable[str], joint: str = "and") -> str:
    """Join words as in a sentence.

    Examples
    --------
    >>> listed(["a", "b", "c"], "or")
    'a, b or c'
    """
    *most, last = list(words) or [""]
    return f"{', '.join(most)} {joint} {last}" if most else last


def act(sender: str, kind: str, receiver: str) -> str:
    """Tell an act of named actors.

    Examples
    --------
    >>> act("Ukraine", "sever_relations", "Syria")
    'Ukraine severs relations with Syria'
    """
    verb = VERBS.get(kind, f"{clean(kind).replace('_', ' ')} toward {{}}")
    return f"{sender} {verb.format(receiver)}"


def act_between(
    actors: Actors, sender: str, kind: str, receivers: Iterable[str], joint: str = "and"
) -> str:
    """Tell an act of actors given by their codes; an empty sender or receiver is anyone."""
    by = listed((name_of(actors, code) for code in sender.split("+")), "or") if sender else "Anyone"
    named = [name_of(actors, code) for code in receivers if code]
    return act(by, kind, listed(named, joint) if named else "anyone")


def day(when: date, year: bool = True) -> str:
    """Write a date.

    Examples
    --------
    >>> day(date(2022, 6, 29)), day(date(2022, 6, 29), year=False)
    ('29 Jun 2022', '29 Jun')
    """
    short = f"{when.day} {MONTHS[when.month - 1]}"
    return f"{short} {when.year}" if year else short


def percent(share: float) -> str:
    """Write a probability: one digit after the point below 1 %, and never 0 for what happened.

    Examples
    --------
    >>> [percent(p) for p in (0.0, 0.0002, 0.004, 0.516, 0.9999, 1.0)]
    ['0 %', '<0.1 %', '0.4 %', '52 %', '>99 %', '100 %']
    """
    if 0 < share < 0.0005:
        return "<0.1 %"
    if 0 < share < 0.0095:
        return f"{share * 100:.1f} %"
    if 0.995 <= share < 1:
        return ">99 %"
    return f"{share * 100:.0f} %"


def spread(low: float, high: float) -> str:
    """Write an interval of probabilities.

    Examples
    --------
    >>> spread(0.033, 0.93), spread(0.0, 0.004)
    ('3–93 %', '0–0.4 %')
    """
    first = percent(low).removesuffix(" %")
    return f"{'0' if low < 0.0005 else first}–{percent(high)}"


def points(change: float) -> str:
    """Write a difference of two probabilities in percentage points, with its sign.

    Examples
    --------
    >>> [points(p) for p in (0.88, -0.0031, 0.00004, 0.0)]
    ['+88', '-0.3', '+<0.1', '0']
    """
    if change == 0:
        return "0"
    if abs(change) < 0.0005:
        return f"{'+' if change > 0 else '-'}<0.1"
    return f"{change * 100:+.1f}" if abs(change) < 0.0095 else f"{change * 100:+.0f}"


def points_spread(low: float, high: float) -> str:
    """Write an interval of such a difference.

    Examples
    --------
    >>> points_spread(-0.0087, -0.0002), points_spread(0.604, 0.999)
    ('-0.9 to -<0.1', '+60 to +100')
    """
    return f"{points(low)} to {points(high)}"


def skill_spread(value: float, low: float, high: float) -> str:
    """Write a skill with its interval, or that there were too few units to tell one.

    Examples
    --------
    >>> skill_spread(0.21, -0.56, 0.66), skill_spread(0.21, float("nan"), float("nan"))
    ('0.21 [-0.56,0.66]', '0.21 (too few)')
    """
    return f"{value:.2f} (too few)" if math.isnan(low) else f"{value:.2f} [{low:.2f},{high:.2f}]"
