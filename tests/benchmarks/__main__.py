"""What the engine costs, beside what one would run instead: ``python -m tests.benchmarks [PART ...]``."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from tests.benchmarks import engine, product
from tests.benchmarks.kills import at_once, kill


def kills(quick: bool) -> Table:
    """Kill -9 runs of 100,000 worlds and run them again; start eight at once into one folder."""
    table = Table("result folders", "found")
    table.add_row("killed and run again", str(kill(kills=5 if quick else 50, worlds=100_000)))
    wrote, refused, whole = at_once(8, 100_000)
    told = f"{wrote} wrote, {refused} said that another is writing; {'whole' if whole else 'NOT WHOLE'}"
    table.add_row("eight runs at once", told)
    return table


PARTS: dict[str, Callable[[bool], Table]] = {
    "peers": engine.beside_peers,
    "growth": engine.growth,
    "limit": engine.limit,
    "donbas": product.donbas,
    "start": product.start,
    "pairing": product.pairing,
    "kills": kills,
}


def main() -> None:
    """Run the parts that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    told = f"of {', '.join(PARTS)}; all by default"
    parser.add_argument("part", nargs="*", metavar="PART", help=told)
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller runs")
    given = parser.parse_args()
    if unknown := [part for part in given.part if part not in PARTS]:
        parser.error(f"unknown: {', '.join(unknown)}")
    console = Console(width=110)
    for part in given.part or PARTS:
        console.print(PARTS[part](given.quick))


if __name__ == "__main__":
    main()
