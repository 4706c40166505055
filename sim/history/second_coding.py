"""How far two coders agree: a random tenth of responses and recognitions, coded again from sources."""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np
import pandas as pd

from sim.history.checks import Checks
from sim.history.corpus import Corpus
from sim.history.events import IMPLIES_RECOGNITION
from sim.history.merge import SAME_EVENT_DAYS
from sim.history.placing import read_intervals
from sim.history.precedents import precedents
from sim.history.tables import Readable, header, read_table

COLUMNS = header("event_id,kind,date,date_precision,trigger,trigger_in_words,seen,main,source,note")
OPENING, NOT_FOUND = "opening", "not_found"


@cache
def second_coding() -> pd.DataFrame:
    """Return the lines of the second coder; an event has several where its pair did several things.

    ``kind`` is `NOT_FOUND` where no source was found, ``seen`` tells whether act and date (yes) or only
    the act (part) were seen in one, ``main`` marks the line that the second coder took for the answer,
    ``trigger`` holds the event that the words name, ``opening`` for a war or the like, or ``other``.
    """
    file: Readable = resources.files("sim.history") / "data" / "second_coding.csv"
    return read_table(file, COLUMNS, shown_as="shipped second_coding.csv")


def agreement(corpus: Corpus, second: pd.DataFrame | None = None) -> pd.DataFrame:
    """Compare both codings.

    Parameters
    ----------
    corpus : Corpus
        The first coding.
    second : DataFrame, optional
        The lines of the second coder, in the columns of `second_coding`, which are those shipped.

    Returns
    -------
    DataFrame
        A row for responses and one for recognitions: coded (number of events), not_found, act (share in
        which the first coder's act is among those of the second; all acts that imply recognition
        count as one), date (share within `SAME_EVENT_DAYS` of each other, as intervals: of a line with the
        same act, of any where none has it), trigger (share in which the second coder's main line names one
        of the triggers of the first) and kappa (Cohen, 1960: trigger beyond chance). Trigger is nan for
        recognitions.

    Examples
    --------
    >>> from sim.history.corpus import load_corpus
    >>> agreement(load_corpus()).index.tolist()
    ['responses', 'recognitions']
    """
    own = corpus.events.drop_duplicates("event_id").set_index("event_id")
    second = second_coding() if second is None else second
    checks = Checks()
    lines = second[second["kind"] != NOT_FOUND].reset_index(drop=True)
    first, last = read_intervals(lines, checks)
    checks.finish()
    lines = lines.assign(first=first, last=last)
    triggers = _triggers(corpus)
    asked = [name for name in second["event_id"].unique() if name in own.index]
    compared = [
        _compared(own.loc[name], lines[lines["event_id"] == name], triggers.get(name, ()))
        for name in asked
    ]
    groups = {
        "responses": [c for c in compared if c["first_trigger"]],
        "recognitions": [c for c in compared if c["recognition"] and not c["first_trigger"]],
    }
    return pd.DataFrame({group: _summary(rows) for group, rows in groups.items()}).T


def _triggers(corpus: Corpus) -> dict[str, tuple[str, ...]]:
    """Return what each response answers, as the first coder has it."""
    return {
        reaction.event_id: p.trigger_ids or (OPENING,)
        for p in precedents(corpus)
        for reaction in p.reactions
    }


def _compared(own: pd.Series, lines: pd.DataFrame, triggers: tuple[str, ...]) -> dict[str, object]:
    same = [_word(own["kind"]) == _word(kind) for kind in lines["kind"]]
    seen = lines[same] if any(same) else lines
    late = (seen["first"] - own["last"]).dt.days
    early = (own["first"] - seen["last"]).dt.days
    gap = np.maximum(np.maximum(late, early), 0)
    theirs = lines.loc[lines["main"] == "yes", "trigger"]
    same_trigger = bool(theirs.isin(triggers).any())
    said = (
        triggers[:1] if same_trigger else theirs[:1]
    )  # of several triggers the first stands for all
    return {
        "recognition": own["kind"] in IMPLIES_RECOGNITION,
        "found": len(seen) > 0,
        "act": any(same),
        "date": bool((gap <= SAME_EVENT_DAYS).any()),
        "first_trigger": triggers[0] if triggers else "",
        "trigger": same_trigger,
        "second_trigger": "".join(said),
    }


def _word(kind: str) -> str:
    return "recognise" if kind in IMPLIES_RECOGNITION else kind


def _summary(compared: list[dict[str, object]]) -> pd.Series:
    columns = ["found", "act", "date", "first_trigger", "trigger", "second_trigger"]
    rows = pd.DataFrame(compared, columns=columns)
    found = rows[rows["found"].astype(bool)]
    answers = found[found["first_trigger"] != ""]
    share = answers["trigger"].mean() if len(answers) else np.nan
    first = answers["first_trigger"].value_counts(normalize=True)
    second = answers["second_trigger"].value_counts(normalize=True)
    chance = float((first * second.reindex(first.index).fillna(0)).sum())
    return pd.Series(
        {
            "coded": len(rows),
            "not_found": len(rows) - len(found),
            "act": found["act"].mean(),
            "date": found["date"].mean(),
            "trigger": share,
            "kappa": (share - chance) / (1 - chance) if chance < 1 else np.nan,
        }
    )
