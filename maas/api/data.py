"""
Endpoints of a company's data: bring it, look at it, mend it, show it, take it live.

Answers about a feed are the one report (`maas.usecases.feed_report`), which the pages and the
command line show, too. The council sees every company's, a company's staff their own.
"""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, ClassVar, Literal, cast

from fastapi import APIRouter, Body, Depends, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import StringConstraints
from starlette.responses import FileResponse, JSONResponse, Response

from gtfs_feeds.sheets import write_template
from gtfs_feeds.watch import Outcome, Result
from maas.core.errors import Kind, MaasError
from maas.house import House
from maas.rest.errors import NotAllowed, NotSignedIn
from maas.rest.principal import Principal, PrincipalDep
from maas.usecases.feed_report import focus
from maas.usecases.open_files import FEED, LICENCES

LARGEST = {"zip": 200 << 20, "sheet": 20 << 20}
"""Bytes of an upload."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

router = APIRouter(tags=["data"])


class UploadTooLarge(MaasError):
    """More bytes than any timetable."""

    code: ClassVar[str] = "upload-too-large"
    title: ClassVar[str] = "The upload is too large"
    kind: ClassVar[Kind] = Kind.TOO_LARGE


def house_of(request: Request) -> House:
    """Return the house of the application."""
    return cast("House", request.app.state.house)


HouseDep = Annotated[House, Depends(house_of)]
AnswerName = Literal["reading", "english", "coordinate"]
Reference = Annotated[str, StringConstraints(max_length=200)]
Tag = Annotated[str, Path(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]


def may_act(principal: Principal, slug: str) -> str:
    """
    Return who acts for a company: the council or its own staff.

    Raises:
        NotSignedIn: Nobody is calling.
        NotAllowed: The caller belongs to another company.
    """
    if not principal.subject:
        raise NotSignedIn("Send `Authorization: Bearer <access key>`.")
    if not principal.may("council") and principal.operator_id != slug:
        raise NotAllowed("This is another company's.")
    return principal.subject


async def received(request: Request, most: int) -> bytes:
    """
    Return the body, without taking in more than is allowed.

    Raises:
        UploadTooLarge: It is larger.
    """
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise UploadTooLarge(f"At most {most >> 20} MiB.", limit=most)
        parts.append(part)
    return b"".join(parts)


@router.get("/data/template.xlsx")
def template() -> Response:
    """Download the workbook that a company fills in."""
    return Response(
        write_template(),
        media_type=XLSX,
        headers={"Content-Disposition": 'attachment; filename="template.xlsx"'},
    )


class NotPublished(MaasError):
    """The council has not published the open feed yet."""

    code: ClassVar[str] = "open-feed-not-published"
    title: ClassVar[str] = "The open feed is not published yet"
    kind: ClassVar[Kind] = Kind.NOT_FOUND


@router.get("/open-data/gtfs.zip", response_class=FileResponse)
def read_open_feed(house: HouseDep) -> FileResponse:
    """
    Fetch the public network as one GTFS feed: every feed whose licence allows it, with its credit.

    For everybody. Credits are in its `attributions.txt`; `licences.csv` lists every feed.
    """
    answer = _open_file(house, FEED, "application/zip")
    answer.headers["Link"] = '<licences.csv>; rel="license"'
    return answer


@router.get("/open-data/licences.csv", response_class=FileResponse)
def read_open_licences(house: HouseDep) -> FileResponse:
    """Read each feed of the network with its licence, and why it is not in the open feed."""
    return _open_file(house, LICENCES, "text/csv; charset=utf-8")


def _open_file(house: House, name: str, media: str) -> FileResponse:
    path = house.open_folder / name
    if not path.is_file():
        raise NotPublished("The council publishes it with `maas council opendata`.")
    return FileResponse(path, media_type=media, filename=name)


@router.get("/catalogues/{catalogue}")
def list_catalogue(
    catalogue: Annotated[str, Path(pattern=r"^[a-z.-]{1,40}$")],
    house: HouseDep,
    principal: PrincipalDep,
    prefecture: Annotated[str, Query(max_length=20)] = "",
    words: Annotated[str, Query(max_length=100)] = "",
) -> list[dict[str, Any]]:
    """List feeds of gtfs-data.jp or ODPT: of a prefecture, or whose names hold some words."""
    principal.require("council")
    return [asdict(feed) for feed in house.listed(catalogue, prefecture, words)]


@router.post("/catalogues/{catalogue}/picks", status_code=201)
def pick_from_catalogue(
    catalogue: Annotated[str, Path(pattern=r"^[a-z.-]{1,40}$")],
    house: HouseDep,
    principal: PrincipalDep,
    feed: Annotated[str, Body(max_length=210)],
    company: Annotated[str, Body(max_length=80)] = "",
) -> dict[str, str]:
    """Note a listed feed as the source of a company, or of a new candidate."""
    principal.require("council")
    return {"company": house.pick(catalogue, feed, principal.subject, company)}


@router.get("/companies/{slug}/data")
def list_feeds(slug: str, house: HouseDep, principal: PrincipalDep) -> list[dict[str, Any]]:
    """List the feeds that a company brings."""
    may_act(principal, slug)
    found = []
    for tag in house.offers.tags(slug):
        state = house.store.state(tag)
        found.append({"tag": tag, "inUse": state.current, "waiting": state.held})
    return found


@router.get("/companies/{slug}/data/{tag}")
def read_report(
    slug: str,
    tag: Tag,
    house: HouseDep,
    principal: PrincipalDep,
    version: Annotated[str, Query(pattern="^[0-9a-f]{0,64}$")] = "",
) -> dict[str, Any]:
    """Read all that is known of a feed: findings, mends, suggestions, changes, what is missing."""
    may_act(principal, slug)
    return house.offers.report(slug, tag, version)


@router.post("/companies/{slug}/data/{tag}/zip")
async def upload_zip(
    slug: str,
    tag: Tag,
    request: Request,
    house: HouseDep,
    principal: PrincipalDep,
    file: Annotated[str, Query(max_length=200)] = "feed.zip",
) -> JSONResponse:
    """Bring a zip of GTFS; the body is the file."""
    by = may_act(principal, slug)
    data = await received(request, LARGEST["zip"])
    result = await run_in_threadpool(house.offers.offer_zip, slug, tag, data, file, by)
    return await run_in_threadpool(_told, house, slug, result)


@router.post("/companies/{slug}/data/{tag}/sheet")
async def upload_sheet(
    slug: str,
    tag: Tag,
    request: Request,
    house: HouseDep,
    principal: PrincipalDep,
    file: Annotated[str, Query(max_length=200)] = "timetable.xlsx",
) -> JSONResponse:
    """Bring a timetable sheet (xlsx or csv); the body is the file."""
    by = may_act(principal, slug)
    data = await received(request, LARGEST["sheet"])
    result = await run_in_threadpool(house.offers.offer_sheet, slug, tag, data, file, by)
    return await run_in_threadpool(_told, house, slug, result)


@router.post("/companies/{slug}/data/{tag}/answers")
def answer_sheet(
    slug: str,
    tag: Tag,
    house: HouseDep,
    principal: PrincipalDep,
    answers: Annotated[dict[Reference, dict[AnswerName, Reference]], Body(embed=True)],
) -> JSONResponse:
    """
    Give readings, English names and positions for stops of the last sheet; it is read again.

    By id of a stop as the report's suggestions name it; what the sheet says itself stays.
    """
    by = may_act(principal, slug)
    return _told(house, slug, house.offers.answer_sheet(slug, tag, answers, by))


@router.post("/companies/{slug}/data/{tag}/url")
def name_url(
    slug: str,
    tag: Tag,
    house: HouseDep,
    principal: PrincipalDep,
    url: Annotated[str, Body(embed=True, max_length=1000)],
) -> JSONResponse:
    """Name the address of a feed: it is fetched now and watched from now on."""
    by = may_act(principal, slug)
    return _told(house, slug, house.offers.offer_url(slug, tag, url, by))


@router.post("/companies/{slug}/data/{tag}/visit")
def visit(slug: str, tag: Tag, house: HouseDep, principal: PrincipalDep) -> JSONResponse:
    """Fetch the feed from its address now, if it changed."""
    by = may_act(principal, slug)
    return _told(house, slug, house.offers.look_again(slug, tag, by))


@router.post("/companies/{slug}/data/{tag}/mend")
def mend(slug: str, tag: Tag, house: HouseDep, principal: PrincipalDep) -> JSONResponse:
    """Accept the safe mends that the report shows."""
    by = may_act(principal, slug)
    return _told(house, slug, house.offers.mend(slug, tag, by))


@router.get("/companies/{slug}/data/{tag}/preview")
def read_preview(slug: str, tag: Tag, house: HouseDep, principal: PrincipalDep) -> JSONResponse:
    """Read how travellers will see the version that waits; 202 while it is being made."""
    may_act(principal, slug)
    house.offers.report(slug, tag)
    seen = house.previews.read(tag, focus(house.store.state(tag)))
    return JSONResponse({"status": "making"}, 202) if seen is None else JSONResponse(seen)


@router.post("/companies/{slug}/data/{tag}/live", status_code=202)
def go_live(slug: str, tag: Tag, house: HouseDep, principal: PrincipalDep) -> dict[str, str]:
    """Take the version that waits live; the network is built in the background."""
    by = may_act(principal, slug)
    return {"status": "accepted", "version": house.offers.go_live(slug, tag, by).sha256}


@router.post("/companies/{slug}/data/{tag}/rollback", status_code=202)
def roll_back(
    slug: str,
    tag: Tag,
    house: HouseDep,
    principal: PrincipalDep,
    to: Annotated[str, Body(embed=True, pattern="^[0-9a-f]{0,64}$")] = "",
) -> dict[str, str]:
    """Use an earlier version again, the one before if none is named."""
    by = may_act(principal, slug)
    return {"status": "accepted", "version": house.offers.roll_back(slug, tag, to, by).sha256}


@router.post("/companies/{slug}/data/{tag}/snooze", status_code=204)
def snooze(
    slug: str,
    tag: Tag,
    house: HouseDep,
    principal: PrincipalDep,
    until: Annotated[date, Body(embed=True)],
) -> None:
    """Send no warnings about a seasonal feed before a date."""
    may_act(principal, slug)
    house.offers.snooze(slug, tag, until)


@router.post("/companies/{slug}/data/{tag}/realtime", status_code=201)
def add_realtime(
    slug: str,
    tag: Tag,
    house: HouseDep,
    principal: PrincipalDep,
    url: Annotated[str, Body(embed=True, max_length=1000)],
) -> list[dict[str, Any]]:
    """Name an address with GTFS Realtime messages about the feed; it is asked from now on."""
    by = may_act(principal, slug)
    house.offers.add_realtime(slug, tag, url, by)
    return house.realtime.health([tag])


@router.get("/companies/{slug}/data/{tag}/realtime")
def read_realtime(
    slug: str, tag: Tag, house: HouseDep, principal: PrincipalDep
) -> list[dict[str, Any]]:
    """Read the health of the feed's realtime addresses: age, match rate, counted reasons."""
    may_act(principal, slug)
    realtime: list[dict[str, Any]] = house.offers.report(slug, tag)["realtime"]
    return realtime


@router.delete("/companies/{slug}/data/{tag}/realtime", status_code=204)
def drop_realtime(
    slug: str,
    tag: Tag,
    house: HouseDep,
    principal: PrincipalDep,
    url: Annotated[str, Query(max_length=1000)],
) -> None:
    """Ask an address no more."""
    may_act(principal, slug)
    house.offers.drop_realtime(slug, tag, url)


def _told(house: House, slug: str, result: Result) -> JSONResponse:
    """Answer what came of bringing something: the report, and how this attempt ended."""
    refused = {Outcome.REJECTED, Outcome.UNREACHABLE}
    report = house.offers.report(slug, result.tag)
    body = {"outcome": result.outcome.value, "sha256": result.sha256, "report": report}
    return JSONResponse(body, 422 if result.outcome in refused else 201)
