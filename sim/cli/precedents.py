"""The commands about the record: list, show, check and count precedents, bring in event data."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from sim.cli import console
from sim.errors import InputError, quoted

app = typer.Typer(help="List, show, check and count what the rules are learned from.")


class Scheme(StrEnum):
    """Codes of event data."""

    CAMEO = "cameo"
    PLOVER = "plover"


@app.command("list")
def listed(
    dispute: Annotated[str | None, typer.Option(metavar="KEY", help="Of this dispute.")] = None,
    kind: Annotated[
        str | None,
        typer.Option(metavar="KIND", help="With an act of this kind, such as recall_ambassador."),
    ] = None,
    actor: Annotated[str | None, typer.Option(metavar="CODE", help="With this actor.")] = None,
    as_of: console.AsOfOption = None,
    corpus: console.CorpusOption = None,
) -> None:
    """List the precedents: what --drop takes."""
    from sim.errors import did_you_mean
    from sim.history.disputes import check_dispute
    from sim.history.events import EventKind
    from sim.history.precedents import precedents as derived
    from sim.report.listing import precedent_table

    where = "demarche precedents list"
    known = console.corpus(corpus)
    day = console.day("--as-of", as_of)
    known = known.as_of(day) if day else known
    if dispute is not None:
        check_dispute(known.disputes, dispute, where, "--dispute")
    if actor is not None:
        known.actors.check(actor, where, "--actor")
    if kind is not None and kind not in tuple(EventKind):
        near = did_you_mean(kind, tuple(EventKind))
        raise InputError(
            where, "--kind", quoted(kind), "a kind of act such as recall_ambassador", near
        )
    of_kind = set(known.events.loc[known.events["kind"] == kind, "event_id"])
    found = [
        p
        for p in derived(known)
        if dispute in (None, p.dispute)
        and actor in (None, p.responder, p.target)
        and (kind is None or of_kind & set(p.event_ids))
    ]
    console.say(console.rendered(lambda _: precedent_table(known, found)))


@app.command()
def show(
    precedent: Annotated[
        str,
        typer.Argument(metavar="ID", help="Whatever stands under Rests on: UKR-SYR-2022, KOS19."),
    ],
    corpus: console.CorpusOption = None,
) -> None:
    """Show one precedent: trigger, at risk, reactions, delays, sources; or a single act with its source."""
    from sim.history.names import find_case
    from sim.history.precedents import Precedent
    from sim.report.acts import acts_page
    from sim.report.record import precedent_page

    known = console.corpus(corpus)
    precedent = precedent.lstrip("+")  # as pages print it
    found = find_case(known, precedent, "demarche precedents show")
    if isinstance(found, Precedent):
        console.say(console.rendered(lambda _: precedent_page(known, found)))
    else:
        console.say(console.rendered(lambda _: acts_page(known, precedent, found)))


@app.command()
def check(corpus: console.CorpusOption = None) -> None:
    """Check the tables against every rule of the codebook."""
    known = console.corpus(corpus, quiet=True)
    for note in [*known.repeated, *known.findings]:
        console.say(f"note: {console.printable(str(note))}\n")
    console.say(
        f"clean: {len(known.events)} atomic events, {len(known.nonevents)} non-events, "
        f"{len(known.disputes)} disputes; {len(known.findings)} oddities, all of them possible\n"
    )


@app.command()
def stats(corpus: console.CorpusOption = None) -> None:
    """Count by dispute, kind and confidence; response shares and delays by parent."""
    from sim.report.record import stats_page

    known = console.corpus(corpus)
    console.say(console.rendered(lambda _: stats_page(known)))


@app.command("import")
def import_events(
    file: Annotated[str, typer.Argument(metavar="FILE", help="ICEWS, POLECAT or GDELT events.")],
    format: Annotated[Scheme, typer.Option(help="The codes that the file is written in.")],
    out: Annotated[
        str | None, typer.Option(metavar="FILE", help="Where to write [default: the terminal].")
    ] = None,
    corpus: console.CorpusOption = None,
) -> None:
    """Turn machine-coded event data into candidate rows, for people to check."""
    from pathlib import Path

    from sim.history.candidates import candidates

    if out is not None and Path(out).exists():  # it may be a table that somebody checked by hand
        raise InputError("--out", "", f"{quoted(out)}, which is there already", "a new file")
    table, summary = candidates(Path(file), format.value, console.corpus(corpus).actors)
    text = table.to_csv(index=False, lineterminator="\n")
    if out is None:
        console.say(text)
    else:
        console.write(Path(out), text)
    console.tell(str(summary))


def covariates(
    raw: Annotated[str, typer.Argument(metavar="RAW_DIR", help="Folder of the raw files.")],
    out: Annotated[str, typer.Option(metavar="DIR", help="Where the tables go.")],
) -> None:
    """Make the tables of covariates again from the raw files, as CODEBOOK.md tells."""
    from sim.history.build import rebuild

    console.say(rebuild(raw, out))
