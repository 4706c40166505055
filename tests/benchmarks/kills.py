"""Kill -9 at random moments of a run and the same command again; several runs into one folder at once."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = ROOT / "scenarios" / "donbas-syria.toml"
Content = dict[str, bytes]


def command(out: Path, worlds: int) -> list[str]:
    """Return the command that makes a result."""
    run = [sys.executable, "-m", "sim", "run", str(SCENARIO), "--worlds", str(worlds)]
    return [*run, "--out", str(out), "--format", "json"]


def start(out: Path, worlds: int) -> subprocess.Popen[bytes]:
    """Start the command."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command(out, worlds), cwd=ROOT, **pipes)  # type: ignore[call-overload,no-any-return]


def content(folder: Path) -> Content | None:
    """Return every file of a folder; None if it is not there."""
    if not folder.exists():
        return None
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@dataclass
class Found:
    """What the kills have shown."""

    kills: int = 0
    finished: int = 0  # before the moment came
    went_on: int = 0  # from blocks of the killed run
    torn: int = 0
    stuck: int = 0
    other_bytes: int = 0
    left_behind: int = 0
    moments: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        moments = f"from {min(self.moments):.1f} to {max(self.moments):.1f} s"
        return (
            f"{self.kills} kills {moments} after the start ({self.finished} came too late), "
            f"{self.went_on} runs went on from blocks: {self.torn} torn or mixed results, "
            f"{self.stuck} stuck locks, {self.other_bytes} results of other bytes, "
            f"{self.left_behind} with anything left beside the result"
        )


def kill(kills: int, worlds: int, seed: int = 1) -> Found:
    """Kill a run at random moments of its life, and run it again each time.

    Returns
    -------
    Found
        All but the first three of its numbers are to be 0.
    """
    luck, found = random.Random(seed), Found()
    with tempfile.TemporaryDirectory() as name:
        began = time.perf_counter()
        whole = Path(name, "whole")
        subprocess.run(command(whole, worlds), cwd=ROOT, check=True, capture_output=True)
        life, expected = time.perf_counter() - began, content(whole)
        for _ in range(kills):
            case = Path(tempfile.mkdtemp(dir=name))
            moment = luck.uniform(0, life)
            found.moments.append(moment)
            with start(case / "run", worlds) as child:
                try:
                    child.wait(moment)
                    found.finished += 1
                except subprocess.TimeoutExpired:
                    child.kill()
                    found.kills += 1
            found.torn += content(case / "run") not in (None, expected)
            again = subprocess.run(
                command(case / "run", worlds), cwd=ROOT, capture_output=True, check=False
            )
            found.went_on += b"going on from" in again.stderr
            found.stuck += again.returncode != 0
            found.other_bytes += content(case / "run") != expected
            found.left_behind += [path.name for path in case.iterdir()] != ["run"]
            shutil.rmtree(case)
    return found


def at_once(runs: int, worlds: int) -> tuple[int, int, bool]:
    """Start several runs into one folder at once.

    Returns
    -------
    wrote, refused : int
        How many wrote, and how many said that another is writing (exit code 2, one line).
    whole : bool
        Whether the result is there and nothing else.
    """
    with tempfile.TemporaryDirectory() as name:
        out = Path(name, "run")
        children = [start(out, worlds) for _ in range(runs)]
        told = [(child.communicate()[1], child.returncode) for child in children]
        wrote = sum(code == 0 for _, code in told)
        refused = sum(
            code == 2 and b"another run is writing" in text and text.count(b"\n") == 1
            for text, code in told
        )
        there = content(out)
        whole = there is not None and "provenance.json" in there
        return wrote, refused, whole and [path.name for path in Path(name).iterdir()] == ["run"]
