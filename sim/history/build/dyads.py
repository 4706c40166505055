"""How far actors depend on the parties of a dispute: shares of their trade and of their arms.

Only shares are shipped: the terms of SIPRI's database do not allow to pass its numbers on.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from sim.history.build.raw import Raw, Row, rounded
from sim.history.build.ties import LAST_YEAR
from sim.history.disputes import Dispute

DIGITS = 3
LEAST = 0.01
"""Smaller shares are left out, and read as none."""

WINDOW, STEP = 10, 2
"""Years of deliveries in a share of arms, for they come in lumps, and years from one to the next."""

KEY = ["code", "year", "partner"]


def dyad_rows(raw: Raw, disputes: Iterable[Dispute]) -> list[Row]:
    """One row for each actor, partner and year with a share worth telling."""
    partners = parties(disputes)
    both = [_told(_trade(raw), partners, "trade"), _told(_arms(raw), partners, "arms")]
    table = both[0].merge(both[1], on=KEY, how="outer").sort_values(["code", "partner", "year"])
    keys = zip(table["code"], table["partner"], table["year"].astype(str), strict=True)
    shares = zip(table["trade"], table["arms"], strict=True)
    return [
        (*key, *("" if pd.isna(share) else rounded(share, DIGITS) for share in pair))
        for key, pair in zip(keys, shares, strict=True)
    ]


def parties(disputes: Iterable[Dispute]) -> list[str]:
    """Return whom others may depend on: parents, patrons and backers, and who is broken with."""
    found = set()
    for dispute in disputes:
        found |= {dispute.parent, *dispute.patrons, *dispute.parent_backers}
        if dispute.kind in ("rupture", "boycott"):
            found |= set(dispute.entities)
    return sorted(found - {""})


def _trade(raw: Raw) -> pd.DataFrame:
    """Return the sum of both flows by actor, partner and year."""
    name = "trade_dyadic"
    table = raw.table(name)
    table["flow"] = raw.numbers(name, table, "exports_musd")
    table["year"] = raw.numbers(name, table, "year").astype(int)
    sides = [
        table.rename(columns={own: "code", other: "partner"})
        for own, other in (("exporter", "importer"), ("importer", "exporter"))
    ]
    flows = pd.concat(sides)
    return flows[flows["year"] <= LAST_YEAR].groupby(KEY, as_index=False)["flow"].sum()


def _arms(raw: Raw) -> pd.DataFrame:
    """Return the deliveries of `WINDOW` years by recipient, supplier and last year.

    The windows are counted back from the last year; the first that would be short is left out.
    """
    name = "arms_transfers_sipri"
    table = raw.table(name).rename(columns={"recipient": "code", "supplier": "partner"})
    table["flow"] = raw.numbers(name, table, "tiv")
    delivered = raw.numbers(name, table, "year").astype(int)
    windows = []
    for year in range(min(delivered.max(), LAST_YEAR), delivered.min() + WINDOW - 2, -STEP):
        within = table[(delivered > year - WINDOW) & (delivered <= year)]
        sums = within.groupby(["code", "partner"], as_index=False)["flow"].sum()
        windows.append(sums.assign(year=year))
    if not windows:
        return table.assign(year=0)[[*KEY, "flow"]].iloc[:0]
    return pd.concat(windows, ignore_index=True)


def _told(flows: pd.DataFrame, partners: list[str], name: str) -> pd.DataFrame:
    """Turn flows into shares of the actor's whole, and keep the ones to tell.

    Of an actor whose shares are all small the largest is kept (0 if none of the partners has any),
    for a year without a row is one of which nothing is known.
    """
    whole = flows.groupby(["code", "year"])["flow"].transform("sum")
    shares = flows[whole > 0].assign(share=(flows["flow"] / whole)[whole > 0])
    known = shares[["code", "year"]].drop_duplicates()
    shares = shares[shares["partner"].isin(partners)].sort_values([*KEY])
    largest = shares.groupby(["code", "year"])["share"].idxmax() if len(shares) else []
    kept = shares[(shares["share"] >= LEAST) | shares.index.isin(largest)]
    rest = known.merge(kept[["code", "year"]].drop_duplicates(), how="left", indicator=True)
    none = rest.loc[rest["_merge"] == "left_only", ["code", "year"]]
    other = ["" if not partners else next(p for p in partners if p != c) for c in none["code"]]
    none = none.assign(partner=other, share=0.0)
    return pd.concat([kept[[*KEY, "share"]], none]).rename(columns={"share": name})
