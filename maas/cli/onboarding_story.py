"""
The way of three companies into the service, from an empty database, over HTTP.

A server and a feed server on loopback; every mail is a file. One company brings a sheet, one an
address whose content turns bad in every way, one a zip that needs mending.
"""

import io
import re
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx2
import openpyxl
import uvicorn

from gtfs_feeds.sheets import write_template
from maas.app import served_app
from maas.core.clock import SystemClock, japan_date
from maas.settings import Settings
from operators.access.service import Access

COUNCIL: Final = "council@example.jp"
PAPER: Final = "5e" * 32
HTML: Final = b"<!doctype html><html><body>404 Not Found</body></html>"
PATIENCE_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what was done, what the service said, and how many companies count then."""

    key: str
    facts: Mapping[str, Any]
    counted: int


class FeedServer(ThreadingHTTPServer):
    """Answers with whatever was put there."""

    def __init__(self) -> None:
        self.body = b""
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(server.body)))
                self.end_headers()
                self.wfile.write(server.body)

            def log_message(self, *_: object) -> None:
                """Stay quiet."""

        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        """Where the feed is."""
        return f"http://127.0.0.1:{self.server_port}/feed.zip"


@dataclass
class Story:
    """A running service and whom it knows."""

    client: httpx2.Client
    access: Callable[[], str]
    """Makes the first council member's link, as the command line does."""
    mails: Path
    feeds: FeedServer
    today: date
    keys: dict[str, str]

    def ask(self, who: str, method: str, path: str, **more: Any) -> httpx2.Response:
        """Send a request with somebody's key."""
        headers = {"idempotency-key": uuid4().hex, **more.pop("headers", {})}
        if who:
            headers["authorization"] = f"Bearer {self.keys[who]}"
        return self.client.request(method, f"/v1{path}", headers=headers, **more)

    def step(self, key: str, answer: httpx2.Response | None = None, **facts: Any) -> Step:
        """Return a step with the count as everybody can read it."""
        days = self.ask("", "GET", "/participation").json()["days"]
        if answer is not None:
            facts["status"] = answer.status_code
        return Step(key, facts, days[-1]["total"])

    def token_for(self, address: str) -> str:
        """Wait for the newest mail to an address, and return the secret of its link."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            for path in sorted(self.mails.glob("*.eml"), reverse=True):
                mail = message_from_bytes(path.read_bytes(), policy=policy.default)
                found = re.search(r"token=(\S+)", mail.get_content())
                if mail["To"] == address and found:
                    return found[1]
            time.sleep(0.1)
        raise TimeoutError(address)

    def until(self, path: str, who: str, good: Callable[[Any], bool]) -> Any:
        """Ask until the answer is as wanted: work in the background takes a moment."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            answer = self.ask(who, "GET", path)
            if answer.status_code == 200 and good(answer.json()):
                return answer.json()
            time.sleep(0.2)
        raise TimeoutError(path)

    def live(self, slug: str, who: str, sha256: str) -> None:
        """Wait until a version is in use and the served network has the feed."""
        self.until(f"/companies/{slug}/data/{slug}", who, lambda said: said["inUse"] == sha256)
        self.until("/companies/" + slug, "", lambda said: said["state"] == "live")
        self.until("/network", "", lambda said: slug in {feed["tag"] for feed in said["feeds"]})


def tell(folder: Path) -> Iterator[Step]:
    """Yield the steps; the service runs in `folder`, which must be empty, while they are taken."""
    with running(folder) as story:
        yield story.step("empty")
        yield from council_signs_in(story)
        yield from sheet(story)
        yield from address(story)
        yield from mended_zip(story)


@contextmanager
def running(folder: Path) -> Iterator[Story]:
    """Run the service and the feed server."""
    feeds = FeedServer()
    threading.Thread(target=feeds.serve_forever, daemon=True).start()
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = Settings(
        data_dir=folder,
        network=folder / "network",
        port=port,
        database=f"sqlite:///{folder / 'maas.db'}",
        stripe_key="",
        smtp_url="",
        fetch_private=True,
        reload_s=0.2,
    )
    app = served_app(settings)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False)
    while not server.started and thread.is_alive():
        time.sleep(0.05)

    def first_link() -> str:
        with app.state.house.sessions.begin() as session:
            access = Access(session, SystemClock())
            made = access.sign_in_link(access.add_council_member(COUNCIL).id)
            assert made is not None
            return made[0]

    try:
        today = japan_date(SystemClock())
        yield Story(client, first_link, folder / "mail", feeds, today, {})
    finally:
        server.should_exit = True
        thread.join(30)
        client.close()
        feeds.shutdown()
        feeds.server_close()


def council_signs_in(story: Story) -> Iterator[Step]:
    """The first council member's link comes from the command line, later ones by mail."""
    answer = story.ask("", "POST", "/sign-in/confirm", json={"token": story.access()})
    story.keys["council"] = answer.json()["access_key"]
    yield story.step("council", answer)


def joins(story: Story, slug: str, name: str, mode: str, number: str) -> Iterator[Step]:
    """Candidate, invitation by mail, confirmation, signed agreement."""
    council, mail = "council", f"{slug}@example.jp"
    known = {"name": name, "modes": [mode], "prefectures": ["福岡県"]}
    new = {"slug": slug, "why": "candidate", **known}
    story.ask(council, "POST", "/companies", json=new)
    answer = story.ask(council, "POST", f"/companies/{slug}/invitations", json={"email": mail})
    yield story.step("invited", answer, company=name)
    said = {"token": story.token_for(mail), "corporate_number": number, **known}
    answer = story.ask("", "POST", "/invitations/accept", json=said)
    story.keys[slug] = answer.json()["access_key"]
    again = story.ask("", "POST", "/invitations/accept", json=said)
    yield story.step("joined", answer, company=name, again=again.status_code)
    signed = {"title": "参加協定", "document": PAPER, "signed_on": story.today.isoformat()}
    signed["valid_from"] = story.today.isoformat()
    story.ask(council, "POST", f"/companies/{slug}/agreements", json=signed)
    agreed = {"to": "agreed", "why": "協定締結", "document": PAPER}
    answer = story.ask(council, "POST", f"/companies/{slug}/steps", json=agreed)
    yield story.step("agreed", answer, company=name)


def sheet(story: Story) -> Iterator[Step]:
    """A ferry company brings a workbook: first with an unclear cell, then a good one."""
    slug = "ferry"
    yield from joins(story, slug, "見本渡船株式会社", "ferry", "3000020401307")
    path = f"/companies/{slug}/data/{slug}"
    bad = workbook(story.today, {"時刻表 沖島航路": {"C8": "9時半ごろ"}})
    answer = story.ask(slug, "POST", f"{path}/sheet", content=bad, params={"file": "沖島.xlsx"})
    problems = answer.json()["report"]["refusal"]["problems"]
    yield story.step("sheet-refused", answer, cells=[one["at"] for one in problems])
    answer = story.ask(
        slug, "POST", f"{path}/sheet", content=workbook(story.today), params={"file": "沖島.xlsx"}
    )
    report = answer.json()["report"]
    yield story.step(
        "sheet",
        answer,
        findings=report["totals"],
        suggestions=len(report["suggestions"]),
        trips=report["version"]["trips"],
    )
    yield from goes_live(story, slug)


def goes_live(story: Story, slug: str) -> Iterator[Step]:
    """Preview, then live."""
    path = f"/companies/{slug}/data/{slug}"
    seen = story.until(f"{path}/preview", slug, lambda said: "usable" in said)
    yield story.step(
        "preview",
        departures=sum(len(board["rows"]) for board in seen.get("departures", [])),
        journeys=sum(len(one["journeys"]) for one in seen.get("journeys", [])),
        connects=len(seen.get("connects", [])),
    )
    answer = story.ask(slug, "POST", f"{path}/live")
    story.live(slug, slug, answer.json()["version"])
    yield story.step("live", answer, company=slug)


def address(story: Story) -> Iterator[Step]:
    """A bus company names an address; what lies there changes for better and worse."""
    slug = "bus"
    yield from joins(story, slug, "見本バス株式会社", "bus", "7000012050002")
    path = f"/companies/{slug}/data/{slug}"
    first, last = story.today - timedelta(days=30), story.today + timedelta(days=300)
    story.feeds.body = feed(first, last, minute=0)
    answer = story.ask(slug, "POST", f"{path}/url", json={"url": story.feeds.url})
    yield story.step("url", answer, outcome=answer.json()["outcome"])
    yield from goes_live(story, slug)
    good = {
        "replaced": feed(first, last, minute=5),
        "expired": feed(first - timedelta(days=400), first - timedelta(days=1), minute=9),
        "html": HTML,
        "hostile": bomb(),
        "broken": feed(first, last, minute=7, stops=False),
    }
    current = ""
    for name, body in good.items():
        story.feeds.body = body
        answer = story.ask(slug, "POST", f"{path}/visit")
        said = answer.json()
        if name == "replaced":
            current = said["sha256"]
            story.live(slug, slug, current)
        kept = said["report"]["inUse"] == current
        yield story.step(f"url-{name}", answer, outcome=said["outcome"], goodOneKept=kept)
    answer = story.ask(slug, "POST", f"{path}/rollback", json={"to": ""})
    back = answer.json()["version"]
    story.live(slug, slug, back)
    yield story.step("rolled-back", answer, toAnother=back != current)


def mended_zip(story: Story) -> Iterator[Step]:
    """A company brings a zip as spreadsheets write them; safe mends put it right."""
    slug = "island"
    yield from joins(story, slug, "見本島バス", "bus", "")
    path = f"/companies/{slug}/data/{slug}"
    first, last = story.today - timedelta(days=30), story.today + timedelta(days=300)
    untidy = feed(first, last, minute=12, untidy=True)
    answer = story.ask(slug, "POST", f"{path}/zip", content=untidy, params={"file": "gtfs.zip"})
    report = answer.json()["report"]
    rules = sorted({group["rule"] for group in report["mends"]["groups"]})
    yield story.step("zip", answer, findings=report["totals"], mends=rules)
    early = story.ask(slug, "POST", f"{path}/live")
    answer = story.ask(slug, "POST", f"{path}/mend")
    report = answer.json()["report"]
    yield story.step(
        "mended",
        answer,
        before=early.status_code,
        findings=report["totals"],
        left=report["mends"]["count"],
    )
    yield from goes_live(story, slug)


def workbook(today: date, changes: Mapping[str, Mapping[str, str]] | None = None) -> bytes:
    """Return the template, valid from today for a year, with some cells changed."""
    book = openpyxl.load_workbook(io.BytesIO(write_template()))
    for row in book["事業者"].iter_rows():
        if row[0].value == "開始日":
            row[1].value = today.isoformat()
        if row[0].value == "終了日":
            row[1].value = (today + timedelta(days=364)).isoformat()
    for sheet_name, cells in (changes or {}).items():
        for cell, value in cells.items():
            book[sheet_name][cell] = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


AGENCY: Final = "7000012050002"


def feed(
    first: date, last: date, *, minute: int, stops: bool = True, untidy: bool = False
) -> bytes:
    """Return a small valid GTFS-JP feed; untidy ones are as spreadsheets write them."""
    times = [f"{8 + trip // 2}:{minute + 30 * (trip % 2):02}:00" for trip in range(8)]
    if not untidy:
        times = [text.zfill(8) for text in times]
    calls = "".join(
        f"T{trip},{begin},{begin},A,1,1\nT{trip},{begin[:-4]}9:00,{begin[:-4]}9:00,B,2,1\n"
        for trip, begin in enumerate(times)
    )
    span = f"{first:%Y%m%d},{last:%Y%m%d}"
    files = {
        "agency.txt": "agency_id,agency_name,agency_url,agency_timezone,agency_lang\n"
        f"{AGENCY},見本バス,https://example.jp/,Asia/Tokyo,ja\n",
        "stops.txt": "stop_id,stop_name,stop_lat,stop_lon,zone_id,location_type\n"
        + ("A,博多駅前,33.5902,130.4207,A,0\nB,中洲,33.5950,130.4200,B,0\n" if stops else ""),
        "routes.txt": f"route_id,agency_id,route_short_name,route_type\nR,{AGENCY},1,3\n",
        "trips.txt": "route_id,service_id,trip_id,trip_headsign\n"
        + "".join(f"R,S,T{trip},中洲\n" for trip in range(8)),
        "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence,timepoint\n"
        + calls,
        "calendar.txt": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,"
        f"start_date,end_date\nS,1,1,1,1,1,1,1,{span}\n",
        "calendar_dates.txt": f"service_id,date,exception_type\nS,{last:%Y%m%d},2\n",
        "feed_info.txt": "feed_publisher_name,feed_publisher_url,feed_lang,feed_start_date,"
        f"feed_end_date,feed_version\n見本バス,https://example.jp/,ja,{span},{minute}\n",
        "fare_attributes.txt": "fare_id,price,currency_type,payment_method,transfers,agency_id\n"
        f"F,200,JPY,0,0,{AGENCY}\n",
        "fare_rules.txt": "fare_id,route_id,origin_id,destination_id\nF,R,A,B\n",
        "translations.txt": "table_name,field_name,language,translation,record_id,record_sub_id,"
        "field_value\nstops,stop_name,ja-Hrkt,はかたえきまえ,,,博多駅前\n"
        "stops,stop_name,ja-Hrkt,なかす,,,中洲\n",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            data = text.encode("cp932") if untidy else text.encode()
            archive.writestr(f"gtfs/{name}" if untidy else name, data)
    return out.getvalue()


def bomb() -> bytes:
    """Return a small zip that would unpack to a gigabyte."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open("stops.txt", "w", force_zip64=True) as file,
    ):
        for _ in range(1024):
            file.write(b"0" * (1 << 20))
    return out.getvalue()
