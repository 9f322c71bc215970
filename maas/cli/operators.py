"""`maas operators`: companies, their people and their data, as on the pages."""

from pathlib import Path
from typing import Annotated, Any

import typer

from maas.cli.feeds_mend import Format
from maas.cli.feeds_validate import LanguageName, date_of
from maas.cli.words import say

app = typer.Typer(no_args_is_help=True, help="Companies, their people and their data (事業者).")

Slug = Annotated[str, typer.Argument(help="Short name of the company.")]
Tag = Annotated[str, typer.Argument(help="The feed; the company's short name if left out.")]
Form = Annotated[Format, typer.Option("--format")]
Lang = Annotated[LanguageName, typer.Option()]
BY = "cli"
REFUSED = 1


@app.callback()
def operators() -> None:
    """Companies, their people and their data (事業者)."""


def open_house() -> Any:
    """Return the house over the database and folders of the environment's settings."""
    from maas.cli.database import open_database
    from maas.core.clock import SystemClock
    from maas.house import open_house as opened
    from maas.settings import Settings

    return opened(Settings(), open_database(), SystemClock())


class Refusals:
    """Says what the service refuses, in both languages, and ends the command with 1."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        from maas.core.errors import MaasError

        if isinstance(error, MaasError):
            ja = str(error.facts.get("detail_ja", ""))
            typer.echo(f"{error.title}: {ja} {error.detail}".replace(":  ", ": "), err=True)
            raise typer.Exit(REFUSED)


@app.command(name="council-member")
def council_member(email: Annotated[str, typer.Argument()]) -> None:
    """Make an account of the council and print a link to sign in with; for the first member."""
    from operators.access.service import Access

    house = open_house()
    with Refusals(), house.sessions.begin() as session:
        access = Access(session, house.clock)
        made = access.sign_in_link(access.add_council_member(email).id)
        assert made is not None
        link = house.enter_link(made[0])
    print(link)


@app.command()
def invite(
    company: Slug,
    email: Annotated[str, typer.Argument()],
    by: Annotated[str, typer.Option(help="Who invites.")] = "council",
) -> None:
    """Invite a person of a company; the running service mails the link."""
    from operators.access.service import Access

    house = open_house()
    with Refusals(), house.sessions.begin() as session:
        invitation = Access(session, house.clock).invite(company, email, by)
        until = invitation.expires_at
    print(say("operators.invited", email=email, until=until.date()))


@app.command()
def bring(
    company: Slug,
    source: Annotated[str, typer.Argument(help="A zip, a sheet (xlsx, csv), or an address.")],
    tag: Annotated[str, typer.Option(help="The feed; the company's short name if empty.")] = "",
    lang: Lang = LanguageName.JA,
) -> None:
    """Bring data: a zip, a timetable sheet, or the address of a feed."""
    house = open_house()
    feed = tag or company
    with Refusals():
        if "://" in source:
            result = house.offers.offer_url(company, feed, source, BY)
        else:
            path = Path(source)
            try:
                data = path.read_bytes()
            except OSError as error:
                typer.echo(f"{path}: 読めません / cannot be read ({error.strerror})", err=True)
                raise typer.Exit(2) from None
            is_sheet = path.suffix.lower() in {".xlsx", ".xlsm", ".csv", ".xls"}
            offer = house.offers.offer_sheet if is_sheet else house.offers.offer_zip
            result = offer(company, feed, data, path.name, BY)
        show(house.offers.report(company, feed), lang.value)
    raise typer.Exit(0 if result.outcome.value not in {"rejected", "unreachable"} else REFUSED)


@app.command()
def report(
    company: Slug,
    tag: Tag = "",
    version: Annotated[str, typer.Option(help="Begin of a version's digest.")] = "",
    form: Form = Format.TEXT,
    lang: Lang = LanguageName.JA,
) -> None:
    """Show all that is known of a feed: what the page and the API show."""
    import json

    house = open_house()
    with Refusals():
        said = house.offers.report(company, tag or company, version)
    if form is Format.JSON:
        print(json.dumps(said, ensure_ascii=False, indent=1))
    else:
        show(said, lang.value)


@app.command()
def preview(company: Slug, tag: Tag = "") -> None:
    """Show how travellers will see the version that waits, as JSON."""
    import json

    from maas.usecases.feed_report import focus
    from maas.usecases.live_network import live_feeds

    house = open_house()
    feed = tag or company
    with Refusals():
        house.offers.report(company, feed)
        sha256 = focus(house.store.state(feed))
        seen = house.previews.read(feed, sha256)
        if seen is None:
            with house.sessions() as session:
                live = live_feeds(session, house.store)
            seen = house.previews.make(feed, sha256, live)
    print(json.dumps(seen, ensure_ascii=False, indent=1))


@app.command()
def realtime(
    company: Slug,
    tag: Tag = "",
    add: Annotated[str, typer.Option(help="Ask this address from now on.")] = "",
    drop: Annotated[str, typer.Option(help="Ask this address no more.")] = "",
    lang: Lang = LanguageName.JA,
) -> None:
    """Show the health of a feed's realtime addresses: age, match rate, counted reasons."""
    house = open_house()
    feed = tag or company
    with Refusals():
        if add:
            house.offers.add_realtime(company, feed, add, BY)
        if drop:
            house.offers.drop_realtime(company, feed, drop)
        show_realtime(house.offers.report(company, feed), lang.value)


@app.command()
def mend(company: Slug, tag: Tag = "", lang: Lang = LanguageName.JA) -> None:
    """Accept the safe mends of the version that is looked at."""
    house = open_house()
    with Refusals():
        house.offers.mend(company, tag or company, BY)
        show(house.offers.report(company, tag or company), lang.value)


@app.command()
def live(company: Slug, tag: Tag = "") -> None:
    """Take the version that waits live: build the network now."""
    house = open_house()
    feed = tag or company
    with Refusals():
        version = house.offers.ready(company, feed)
        house.publish({feed: version.sha256}, BY)
    print(say("operators.live", tag=feed, version=version.sha256[:12]))


@app.command()
def rollback(
    company: Slug,
    tag: Tag = "",
    to: Annotated[str, typer.Option(help="Begin of a version's digest.")] = "",
) -> None:
    """Use an earlier version again; a running service builds the network."""
    house = open_house()
    with Refusals():
        version = house.offers.roll_back(company, tag or company, to, BY)
    print(version.sha256)


@app.command()
def snooze(company: Slug, until: Annotated[str, typer.Argument()], tag: Tag = "") -> None:
    """Send no warnings about a seasonal feed before a date."""
    house = open_house()
    with Refusals():
        house.offers.snooze(company, tag or company, date_of(until))


@app.command()
def catalogue(
    source: Annotated[str, typer.Argument(help="gtfs-data.jp or odpt.")],
    prefecture: Annotated[str, typer.Option(help="福岡県; gtfs-data.jp only.")] = "",
    words: Annotated[str, typer.Option(help="Words of the names.")] = "",
    pick: Annotated[str, typer.Option(help="Note this feed (its id) as a source.")] = "",
    company: Annotated[str, typer.Option(help="Of this company; else of a new candidate.")] = "",
) -> None:
    """List feeds of a public catalogue, or note one as a company's source."""
    house = open_house()
    with Refusals():
        if pick:
            print(house.pick(source, pick, BY, company))
            return
        for feed in house.listed(source, prefecture, words):
            print(f"{feed.id}  {feed.company} {feed.name} {feed.prefecture} {feed.last_day or '-'}")
            print(f"  {feed.url} {feed.licence}")


@app.command(name="seed-sample")
def seed_sample(
    network: Annotated[
        Path | None, typer.Option(help="The sample network; that of `maas demo` by default.")
    ] = None,
) -> None:
    """Enter the companies of the sample as live or candidate; again, it changes nothing."""
    from maas.cli.refusal import UNREADABLE
    from maas.settings import Settings
    from maas.usecases.sample_companies import seed_companies
    from routing.errors import TimetableInvalid
    from routing.timetable.store import load_timetable

    try:
        loaded = load_timetable(network or Settings().sample_dir).network
    except TimetableInvalid as error:
        typer.echo(f"{error.detail}\nmaas demo --no-serve", err=True)
        raise typer.Exit(UNREADABLE) from None
    house = open_house()
    with house.sessions.begin() as session:
        done = seed_companies(session, house.clock, loaded, loaded.first_day)
    print(say("operators.seeded", entered=done.entered, live=done.live, known=done.known))


@app.command()
def watch() -> None:
    """Visit every feed with an address once and warn of what ends, as the service does hourly."""
    house = open_house()
    house.watch()


def show(said: dict[str, Any], lang: str) -> None:
    """Print a report as text."""
    version = said["version"]
    company = said["company"]
    print(f"{company['name']} [{company['stateText'][lang]}] {said['feed']['tag']}")
    refusal = said["refusal"]
    if refusal:
        print(f"✗ {refusal['text'][lang]} {refusal['file']}")
        for one in refusal["problems"]:
            print(f"  {one['at']} «{one['value']}» {one['text'][lang]}")
    if version is None:
        return
    print(
        f"{version['sha256'][:12]} {version['role']} {version['verdictText'][lang]} "
        f"{version['trips']} trips, {version['lastDay']}"
    )
    for one in said["findings"]:
        place = ":".join(part for part in (one["filename"], one["fieldName"]) if part)
        text = one["text"][lang]
        print(f"{one['severity']} {text['message']} {place} ×{one['count']} [{one['code']}]")
        print(f"  {text['cause']}\n  {text['remedy']}")
    mends = said["mends"]
    for group in mends["groups"] if mends else ():
        print(f"~ {group['text'][lang]} {group['file']} ×{group['count']}")
    for one in said["suggestions"]:
        print(f"? {one['at']} {one['field']}: {one['value']} ({one['source']})")
    for section in (said["changes"] or {"sections": ()})["sections"]:
        print(f"Δ {section['title'][lang]} {section['count']}")
    show_realtime(said, lang)
    for one in said["goLive"]["blocks"]:
        print(f"! {one['text'][lang]}")


def show_realtime(said: dict[str, Any], lang: str) -> None:
    """Print the health of realtime addresses."""
    for one in said["realtime"]:
        rate = "-" if one["matchRate"] is None else f"{one['matchRate']:.0%}"
        age = "-" if one["ageS"] is None else f"{one['ageS']} s"
        print(f"{one['url']} {one['text'][lang] or 'ok'} age {age}, match {rate}")
        print(f"  {one['matched']}/{one['updates']} {one['reasons']}")
