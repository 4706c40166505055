"""Whatever a scenario file holds, the command line says what is wrong (2) or does it (0), and never breaks.

Each of the scenarios is made from valid ones by a few random changes: of bytes, lines, values, words of the
right kind, and whole interventions taken from another. `DEMARCHE_MUTATIONS` sets how many are tried.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import typer

from sim.cli import main
from sim.hazard.posterior import Posterior, transferred
from sim.hazard.replay import History, replay
from sim.hazard.riskset import Layout
from sim.history.corpus import Corpus, load_corpus
from sim.history.events import EventKind
from sim.world.assemble import Assembly

ROOT = Path(__file__).parents[2]
SOURCES = [
    path.read_text("utf-8-sig")
    for path in sorted(
        [*(ROOT / "tests/cases/valid").glob("*.toml"), *ROOT.glob("scenarios/*.toml")]
    )
]
MANY = int(os.environ.get("DEMARCHE_MUTATIONS", "80"))

ODD = (
    "nan", "-inf", "1e400", "-1", "0", "3", "180", "true", '""', '"\\u0000"', "[]", "{}", "[[]]",
    "99999999999999999999", "2022-02-30", "0001-01-01", "9999-12-31", "2022-07-14T10:00:00Z",
    '"UKR+SYR"', '"' + "x" * 3000 + '"', "'''", '"""', '["DPR", "DPR"]', '{ kind = "recognise" }',
    '"\\u0421YR"', '"$(reboot)"', '"[bold]"', '"=1+1"', "07:32:00", "0xFF", "[1, 2]",
)  # fmt: skip
KEYS = re.compile(r"^(\w+)( *= *)(.+)$", re.MULTILINE)
CODES = re.compile(r'"[A-Z]{3,4}"')
WORDS = re.compile(r'"[a-z_]{6,}"')
DAYS = re.compile(r"\b\d{4}-\d\d-\d\d\b")
BLOCK = re.compile(r"\n(?=\[\[intervention\]\])")

Change = Callable[[str, np.random.Generator], str]


def of_a_match(
    pattern: re.Pattern[str], new: Callable[[re.Match[str], np.random.Generator], str]
) -> Change:
    """Return a change of one random match of a pattern."""

    def change(text: str, rng: np.random.Generator) -> str:
        found = list(pattern.finditer(text))
        if not found:
            return text
        m = found[rng.integers(len(found))]
        return text[: m.start()] + new(m, rng) + text[m.end() :]

    return change


def later(m: re.Match[str], rng: np.random.Generator) -> str:
    try:
        day = date.fromisoformat(m[0]) + timedelta(days=int(rng.normal(0, 60)))
    except (ValueError, OverflowError):
        return m[0]
    return day.isoformat()


def line_moved(text: str, rng: np.random.Generator) -> str:
    lines = text.split("\n")
    line = lines.pop(rng.integers(len(lines)))
    for _ in range(rng.integers(0, 3)):  # dropped, moved, doubled
        lines.insert(int(rng.integers(len(lines) + 1)), line)
    return "\n".join(lines)


def characters(text: str, rng: np.random.Generator) -> str:
    at = int(rng.integers(len(text) + 1))
    put = ["", '"', "\n", "[", "]", "{", "=", "\u202e", "\x1b[2J", "é", "\ud7ff", "#", "\\"]
    return text[:at] + put[rng.integers(len(put))] + text[at + int(rng.integers(0, 3)) :]


def crossed(text: str, rng: np.random.Generator) -> str:
    """Add an intervention of another scenario."""
    blocks = BLOCK.split(SOURCES[rng.integers(len(SOURCES))])[1:]
    return text + "\n" + blocks[rng.integers(len(blocks))] if blocks else text


def changes(codes: list[str], disputes: list[str]) -> list[Change]:
    """Return the ways in which a scenario is changed; the gentle ones come more than once."""
    kinds = [kind.value for kind in EventKind]
    one = lambda words: lambda m, rng: f'"{words[rng.integers(len(words))]}"'  # noqa: E731
    code, word = of_a_match(CODES, one(codes)), of_a_match(WORDS, one([*kinds, *disputes]))
    odd = of_a_match(KEYS, lambda m, rng: f"{m[1]}{m[2]}{ODD[rng.integers(len(ODD))]}")
    day = of_a_match(DAYS, later)
    return [code, code, word, word, day, day, crossed, crossed, odd, line_moved, characters]


def mutated(number: int, corpus: Corpus) -> str:
    rng = np.random.default_rng([17, number])
    ways = changes(list(corpus.actors), list(corpus.disputes))
    text = SOURCES[rng.integers(len(SOURCES))]
    for _ in range(rng.integers(1, 4)):
        text = ways[rng.integers(len(ways))](text, rng)
    return text


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, syria: Assembly) -> Corpus:
    """Do once what the same history gives every time, and let one posterior serve for every day.

    Nothing here asks whether the numbers are right.
    """
    corpus = load_corpus()
    days: dict[date, Corpus] = {}
    as_of = Corpus.as_of
    learned: dict[date, Posterior] = {}

    def remembered(self: Corpus, day: date) -> Corpus:
        if self is not corpus:
            return as_of(self, day)
        if day not in days:
            days[day] = as_of(self, day)
        return days[day]

    def posterior_for(whole: Corpus, day: date, *_: object) -> Posterior:
        if day not in learned:
            learned[day] = transferred(syria.posterior, whole.as_of(day))
        return learned[day]

    played: dict[object, History] = {}

    def replayed(known: Corpus, layout: Layout, day: date) -> History:
        if known not in days.values():
            return replay(known, layout, day)
        if (key := (day, layout.active)) not in played:
            played[key] = replay(known, layout, day)
        return played[key]

    monkeypatch.setattr("typer.main.get_command", cache(typer.main.get_command))
    monkeypatch.setattr("sim.world.assemble.replay", replayed)
    monkeypatch.setattr("sim.history.corpus.load_corpus", lambda extra=None: corpus)
    monkeypatch.setattr(Corpus, "as_of", remembered)
    monkeypatch.setattr("sim.world.run.posterior_for", posterior_for)
    return corpus


@pytest.mark.slow
def test_it_is_told_or_done(
    quick: Corpus, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mutated.toml"
    codes: Counter[tuple[str, int]] = Counter()
    for number in range(MANY):
        text = mutated(number, quick)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        code = main(["validate", str(path)])
        out, err = capsys.readouterr()
        codes["validate", code] += 1
        assert code in (0, 2), f"mutation {number}: {err}\n{text}"
        assert bool(out) == (code == 0), number
        assert "Traceback" not in err, number
        assert all(line.startswith((str(path), "... and ")) for line in err.splitlines()), err
        if code == 0:
            code = main(["run", str(path), "--worlds", "8", "--format", "json", "--quiet"])
            _, err = capsys.readouterr()
            codes["run", code] += 1
            assert code in (0, 2), f"mutation {number}: {err}\n{text}"
    print(dict(codes))  # shown with -s, and when it fails
    assert codes["validate", 0] > MANY / 20, "some still hold"
    assert codes["validate", 2] > MANY / 20, "and some do not"
    assert codes["run", 0] >= 0.9 * codes["validate", 0]
