"""
Pages of the companies and of the council: sign in, bring data, look at it, take it live.

Forms post to their own page. A browser sends the session's cookie to foreign posts neither
(SameSite) nor may they come from another site (Sec-Fetch-Site).
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, ClassVar, Final, TypeVar
from urllib.parse import urlencode

from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from gtfs_feeds.sheets import write_template
from gtfs_feeds.watch import VersionUnknown
from maas.adapters.feed_catalogues import PREFECTURE_CODES, CatalogueUnavailable, ListedFeed
from maas.core.clock import japan_date
from maas.core.errors import Kind, MaasError
from maas.db.session import read_session
from maas.house import House
from maas.rest.errors import NotAllowed, NotSignedIn
from maas.rest.principal import SESSION_COOKIE, Principal, principal_of
from maas.rest.problems import STATUS
from maas.rest.ratelimit import RateLimit
from maas.usecases.feed_report import focus
from maas.web.catalogue import LANGUAGES, texts
from maas.web.layout import Pages
from operators.access.service import SESSION_LASTS, Access, SignedIn
from operators.registry.errors import CompanyInvalid, CompanyNotFound
from operators.registry.models import Company
from operators.registry.service import Because, Confirmed, Registry
from operators.registry.states import PREFECTURES, STEPS, WORDS, Mode, State

LARGEST: Final = 200 << 20
LARGEST_SHEET: Final = 20 << 20
MOST_LISTED: Final = 200
"""Feeds on one page; who looks for more names words."""
MOST_FIELDS: Final = 3000
"""Three for each stop of a large sheet."""
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PATH: Final = (State.CANDIDATE, State.INVITED, State.AGREED, State.IN_TEST, State.LIVE)
"""The way of a company, as the pages draw it."""

T = TypeVar("T")
Endpoint = Callable[[Request], Awaitable[Response]]


class UploadTooLarge(MaasError):
    """More bytes than any timetable, or nobody says how many."""

    code: ClassVar[str] = "upload-too-large"
    title: ClassVar[str] = "The upload is too large"
    kind: ClassVar[Kind] = Kind.TOO_LARGE


def operator_routes(pages: Pages, house: House) -> list[BaseRoute]:
    """Return the routes below `/operators`."""
    desk = _Desk(pages, house)
    gets: dict[str, Endpoint] = {
        "": desk.front,
        "/enter": desk.enter_page,
        "/join": desk.join_page,
        "/companies": desk.companies,
        "/catalogues": desk.catalogue,
        "/template.xlsx": desk.template,
        "/{slug}": desk.company,
        "/{slug}/data/{tag}": desk.feed,
        "/{slug}/data/{tag}/{sha}.zip": desk.download,
    }
    posts: dict[str, Endpoint] = {
        "/sign-in": desk.ask,
        "/enter": desk.enter,
        "/join": desk.join,
        "/sign-out": desk.sign_out,
        "/companies": desk.invite,
        "/catalogues": desk.pick,
        "/{slug}": desk.bring,
        "/{slug}/agreement": desk.agreement,
        "/{slug}/step": desk.step,
        "/{slug}/staff": desk.forget,
        "/{slug}/data/{tag}": desk.act,
    }
    return [
        Route(f"/operators{path}", desk.guarded(endpoint), methods=[method])
        for method, routes in (("GET", gets), ("POST", posts))
        for path, endpoint in routes.items()
    ]


class _Desk:
    """Answers the pages; every endpoint is guarded."""

    def __init__(self, pages: Pages, house: House) -> None:
        self.pages = pages
        self.house = house
        self.slowly = RateLimit("sign-in", 20, 20)

    def guarded(self, endpoint: Endpoint) -> Endpoint:
        """Return an endpoint whose failures are pages: nobody signs in again to a traceback."""

        async def answer(request: Request) -> Response:
            try:
                if request.method == "POST" and not _is_own_site(request):
                    raise NotAllowed("The form was sent from another site.")
                return await endpoint(request)
            except NotSignedIn:
                answer = RedirectResponse("/operators", 303)
                answer.delete_cookie(SESSION_COOKIE)
                return answer
            except MaasError as error:
                return self._failed(request, error)
            finally:
                await request.close()  # uploads lie in temporary files

        return answer

    # Signing in

    async def front(self, request: Request) -> Response:
        """The way in; who is signed in goes on."""
        if request.cookies.get(SESSION_COOKIE):
            return RedirectResponse(_home(await self._who(request)), 303)
        return self.pages.page(request, "operators/front.html", sent=False, mails=self._mails())

    async def ask(self, request: Request) -> Response:
        """Mail a link; the page is the same for addresses that have no account."""
        self.slowly(request)
        form = await self._form(request)

        def work(session: Session) -> None:
            self._access(session).ask(_text(form, "email"))

        await self._write(work)
        return self.pages.page(request, "operators/front.html", sent=True, mails=self._mails())

    async def enter_page(self, request: Request) -> Response:
        """A button: mail programs that open links must not use them up."""
        token = request.query_params.get("token", "")
        return self._private(self.pages.page(request, "operators/enter.html", token=token[:200]))

    async def enter(self, request: Request) -> Response:
        """Use the link."""
        self.slowly(request)
        token = _text(await self._form(request), "token")
        return self._signed_in(await self._write(lambda db: self._access(db).sign_in(token)))

    async def join_page(self, request: Request) -> Response:
        """What is known of the company, to be confirmed."""
        token = request.query_params.get("token", "")[:200]
        company = await self._read(lambda db: self._access(db).opened(token)[1])
        return self._private(
            self.pages.page(
                request,
                "operators/join.html",
                token=token,
                company=company,
                modes=[mode.value for mode in Mode],
                prefectures=PREFECTURES,
            )
        )

    async def join(self, request: Request) -> Response:
        """Confirm the company and sign in."""
        self.slowly(request)
        form = await self._form(request)
        said = Confirmed(
            name=_text(form, "name"),
            name_kana=_text(form, "name_kana"),
            name_en=_text(form, "name_en"),
            corporate_number=_text(form, "corporate_number"),
            registration_number=_text(form, "registration_number"),
            modes=tuple(_texts(form, "modes")),
            prefectures=tuple(_texts(form, "prefectures")),
        )
        token = _text(form, "token")
        return self._signed_in(await self._write(lambda db: self._access(db).accept(token, said)))

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        secret = request.cookies.get(SESSION_COOKIE, "")
        await self._write(lambda db: self._access(db).sign_out(secret))
        answer = RedirectResponse("/operators", 303)
        answer.delete_cookie(SESSION_COOKIE)
        return answer

    # The council

    async def companies(self, request: Request) -> Response:
        """Every company with its state; the council invites from here."""
        await self._council(request)
        asked = request.query_params.get("state", "")
        state = State(asked) if asked in set(State) else None
        rows = await self._read(lambda db: Registry(db, self.house.clock).list())
        counts = {one: sum(row.state is one for row in rows) for one in State}
        return self.pages.page(
            request,
            "operators/companies.html",
            rows=[row for row in rows if state in {None, row.state}],
            counts=counts,
            state=state,
            states=WORDS,
            invited=request.query_params.get("invited", ""),
            mails=self._mails(),
        )

    async def invite(self, request: Request) -> Response:
        """Invite a person of a company."""
        by = (await self._council(request)).subject
        form = await self._form(request)
        slug = _text(form, "slug")

        def work(session: Session) -> None:
            self._access(session).invite(slug, _text(form, "email"), by)

        await self._write(work)
        return RedirectResponse(f"/operators/companies?invited={slug}", 303)

    async def catalogue(self, request: Request) -> Response:
        """What gtfs-data.jp and ODPT list of a prefecture; the council picks companies' sources."""
        await self._council(request)
        asked = request.query_params
        name = asked.get("catalogue", "")
        name = name if name in self.house.catalogues else next(iter(self.house.catalogues))
        prefecture, words = asked.get("prefecture", ""), asked.get("words", "").strip()[:100]
        feeds: list[ListedFeed] = []
        fault = ""
        if prefecture or words:
            try:
                feeds = await run_in_threadpool(self.house.listed, name, prefecture, words)
            except CatalogueUnavailable as error:
                fault = error.detail
        companies = await self._read(lambda db: Registry(db, self.house.clock).list())
        return self.pages.page(
            request,
            "operators/catalogue.html",
            catalogues=list(self.house.catalogues),
            catalogue=name,
            prefectures=list(PREFECTURE_CODES),
            prefecture=prefecture,
            words=words,
            looked=bool(prefecture or words),
            feeds=feeds[:MOST_LISTED],
            more=max(0, len(feeds) - MOST_LISTED),
            fault=fault,
            companies=companies,
            picked=asked.get("picked", "")[:64],
        )

    async def pick(self, request: Request) -> Response:
        """Note a listed feed as a company's source."""
        by = (await self._council(request)).subject
        form = await self._form(request)
        name, feed, slug = (_text(form, one) for one in ("catalogue", "feed", "company"))
        chosen = await run_in_threadpool(self.house.pick, name, feed, by, slug)
        back = {one: _text(form, one) for one in ("catalogue", "prefecture", "words")}
        return RedirectResponse(
            f"/operators/catalogues?{urlencode(back | {'picked': chosen})}", 303
        )

    async def agreement(self, request: Request) -> Response:
        """Enter a signed agreement: the paper's digest and its days."""
        by = (await self._council(request)).subject
        slug = request.path_params["slug"]
        form = await self._form(request)
        paper = form.get("document")
        if not isinstance(paper, UploadFile) or not paper.size:
            raise CompanyInvalid("Choose the signed document.", detail_ja="文書を選んでください。")
        document = hashlib.sha256(await paper.read()).hexdigest()
        begin = _day(form, "valid_from")
        until = _day(form, "valid_until") if _text(form, "valid_until") else None

        def work(session: Session) -> None:
            registry = Registry(session, self.house.clock)
            company = self._company(session, slug)
            registry.sign(
                company.id,
                title=_text(form, "title") or "参加協定",
                document=document,
                signed_on=_day(form, "signed_on"),
                valid_from=begin,
                valid_until=until,
            )
            if State.AGREED in STEPS[company.state] and company.state is not State.IN_TEST:
                why = "協定締結 / agreement signed"
                registry.move(company.id, State.AGREED, Because(by, why, document))

        await self._write(work)
        return RedirectResponse(f"/operators/{slug}", 303)

    async def step(self, request: Request) -> Response:
        """Move a company: suspend it, take it back, let it leave."""
        by = (await self._council(request)).subject
        slug = request.path_params["slug"]
        form = await self._form(request)
        to = _text(form, "to")
        if to not in set(State):
            raise CompanyInvalid("There is no such state.", detail_ja="状態が不明です。")
        because = Because(by, _text(form, "why")[:255])

        def work(session: Session) -> None:
            company = self._company(session, slug)
            Registry(session, self.house.clock).move(company.id, State(to), because)

        await self._write(work)
        return RedirectResponse(f"/operators/{slug}", 303)

    # A company

    async def company(self, request: Request) -> Response:
        """A company's page: where it stands, its feeds, how to bring data."""
        slug = request.path_params["slug"]
        who = await self._own(request, slug)
        today = japan_date(self.house.clock)

        def read(session: Session) -> dict[str, Any]:
            company = self._company(session, slug)
            access = self._access(session)
            return {
                "company": company,
                "steps": list(company.steps),
                "agreements": list(company.agreements),
                "sources": list(company.sources),
                "staff": list(access.staff(company.id)),
                "invitations": list(access.invitations(slug)) if who.may("council") else [],
            }

        facts = await self._read(read)
        feeds = await run_in_threadpool(self._feeds, slug)
        return self.pages.page(
            request,
            "operators/company.html",
            **facts,
            feeds=feeds,
            states=WORDS,
            path=PATH,
            onward=sorted(STEPS[facts["company"].state]),
            who=who,
            today=today.isoformat(),
            new_tag=_new_tag(slug, [feed["feed"]["tag"] for feed in feeds]),
        )

    async def bring(self, request: Request) -> Response:
        """Take a zip, a sheet or an address."""
        slug = request.path_params["slug"]
        by = (await self._own(request, slug)).subject
        form = await self._form(request)
        tag = _text(form, "tag") or slug[:64]
        offers = self.house.offers
        if _text(form, "kind") == "url":
            await run_in_threadpool(offers.offer_url, slug, tag, _text(form, "url"), by)
        else:
            file = form.get("file")
            if not isinstance(file, UploadFile) or not file.size:
                raise CompanyInvalid("Choose a file.", detail_ja="ファイルを選んでください。")
            if _text(form, "kind") == "sheet" and (file.size or 0) > LARGEST_SHEET:
                raise UploadTooLarge(f"At most {LARGEST_SHEET >> 20} MiB.", limit=LARGEST_SHEET)
            data, name = await file.read(), file.filename or "upload"
            offer = offers.offer_sheet if _text(form, "kind") == "sheet" else offers.offer_zip
            await run_in_threadpool(offer, slug, tag, data, name, by)
        return RedirectResponse(f"/operators/{slug}/data/{tag}", 303)

    async def forget(self, request: Request) -> Response:
        """Delete a person's account."""
        slug = request.path_params["slug"]
        await self._own(request, slug)
        wanted = _text(await self._form(request), "id")

        def work(session: Session) -> None:
            access = self._access(session)
            for account in access.staff(self._company(session, slug).id):
                if str(account.id) == wanted:
                    access.forget(account)

        await self._write(work)
        return RedirectResponse(f"/operators/{slug}", 303)

    # A feed

    async def feed(self, request: Request) -> Response:
        """The feed's page: the one report, the map, and how travellers will see it."""
        slug, tag = request.path_params["slug"], request.path_params["tag"]
        who = await self._own(request, slug)
        version = request.query_params.get("version", "")[:64]
        report = await run_in_threadpool(self.house.offers.report, slug, tag, version)
        shown = report["version"]["sha256"] if report["version"] else ""
        preview = self.house.previews.read(tag, shown) if shown else None
        drawing = await run_in_threadpool(self.house.offers.map_of, tag, shown) if shown else None
        waits = shown == focus(self.house.store.state(tag)) and preview is None and bool(shown)
        return self.pages.page(
            request,
            "operators/feed.html",
            report=report,
            preview=preview,
            drawing=drawing,
            who=who,
            waits=waits or bool(report["goingLive"]),
            done=request.query_params.get("done", "")[:20],
        )

    async def act(self, request: Request) -> Response:
        """Mend, go live, roll back, snooze, look again."""
        slug, tag = request.path_params["slug"], request.path_params["tag"]
        by = (await self._own(request, slug)).subject
        form = await self._form(request)
        offers, action = self.house.offers, _text(form, "action")
        if action == "mend":
            await run_in_threadpool(offers.mend, slug, tag, by)
        elif action == "answer":
            await run_in_threadpool(offers.answer_sheet, slug, tag, _answers(form), by)
        elif action == "live":
            await run_in_threadpool(offers.go_live, slug, tag, by)
        elif action == "rollback":
            await run_in_threadpool(offers.roll_back, slug, tag, _text(form, "to"), by)
        elif action == "snooze":
            await run_in_threadpool(offers.snooze, slug, tag, _day(form, "until"))
        elif action == "realtime":
            await run_in_threadpool(offers.add_realtime, slug, tag, _text(form, "url"), by)
        elif action == "mute":
            await run_in_threadpool(offers.drop_realtime, slug, tag, _text(form, "url"))
        elif action == "visit":
            await run_in_threadpool(offers.look_again, slug, tag, by)
        else:
            raise CompanyInvalid("There is no such action.", detail_ja="操作が不明です。")
        return RedirectResponse(f"/operators/{slug}/data/{tag}?done={action}", 303)

    async def download(self, request: Request) -> Response:
        """The bytes of a version."""
        slug, tag = request.path_params["slug"], request.path_params["tag"]
        await self._own(request, slug)
        if tag not in await run_in_threadpool(self.house.offers.tags, slug):
            raise VersionUnknown("The company has no such feed.", tag=tag)
        sha = self.house.store.get(tag, request.path_params["sha"]).sha256
        data = await run_in_threadpool(self.house.store.data, tag, sha)
        name = f'attachment; filename="{tag}-{sha[:8]}.zip"'
        return Response(data, media_type="application/zip", headers={"Content-Disposition": name})

    async def template(self, request: Request) -> Response:
        """The workbook to fill in; everybody may have it."""
        del request
        name = 'attachment; filename="kyushu-maas-timetable.xlsx"'
        data = await run_in_threadpool(write_template)
        return Response(data, media_type=XLSX, headers={"Content-Disposition": name})

    # What all share

    def _feeds(self, slug: str) -> list[dict[str, Any]]:
        return [self.house.offers.report(slug, tag) for tag in self.house.offers.tags(slug)]

    def _access(self, session: Session) -> Access:
        return Access(session, self.house.clock)

    def _company(self, session: Session, slug: str) -> Company:
        company = Registry(session, self.house.clock).find_by_slug(slug)
        if company is None:
            raise CompanyNotFound("No company has this short name.", slug=slug)
        return company

    async def _read(self, work: Callable[[Session], T]) -> T:
        def run() -> T:
            with read_session(self.house.sessions) as session:
                return work(session)

        return await run_in_threadpool(run)

    async def _write(self, work: Callable[[Session], T]) -> T:
        def run() -> T:
            with self.house.sessions.begin() as session:
                return work(session)

        return await run_in_threadpool(run)

    async def _who(self, request: Request) -> Principal:
        secret = request.cookies.get(SESSION_COOKIE, "")
        if not secret:
            raise NotSignedIn("Sign in first.")
        return await run_in_threadpool(principal_of, self.house.sessions, secret)

    async def _council(self, request: Request) -> Principal:
        who = await self._who(request)
        who.require("council")
        return who

    async def _own(self, request: Request, slug: str) -> Principal:
        who = await self._who(request)
        if not who.may("council") and who.operator_id != slug:
            raise NotAllowed("This is another company's.")
        return who

    async def _form(self, request: Request) -> FormData:
        length = request.headers.get("content-length", "")
        if not length.isdigit() or int(length) > LARGEST:
            raise UploadTooLarge(f"At most {LARGEST >> 20} MiB.", limit=LARGEST)
        try:
            return await request.form(max_files=1, max_fields=MOST_FIELDS)
        except HTTPException as error:
            raise CompanyInvalid(
                str(error.detail), detail_ja="フォームの内容が壊れています。"
            ) from None

    def _mails(self) -> str:
        """Return where the demonstration writes its mails; empty where they are sent."""
        folder = self.house.mail_folder
        return str(folder) if folder else ""

    def _signed_in(self, signed_in: SignedIn) -> Response:
        home = f"/operators/{signed_in.company}" if signed_in.company else "/operators/companies"
        answer = RedirectResponse(home, 303)
        answer.set_cookie(
            SESSION_COOKIE,
            signed_in.secret,
            max_age=int(SESSION_LASTS.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=self.house.url.startswith("https://"),
        )
        return answer

    def _private(self, answer: Response) -> Response:
        """Keep an address with a secret out of caches and of other sites."""
        answer.headers["Referrer-Policy"] = "no-referrer"
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _failed(self, request: Request, error: MaasError) -> Response:
        return self.pages.page(
            request,
            "operators/failed.html",
            STATUS[error.kind],
            fault={tag: texts(tag).get(f"operators.fault.{error.code}", "") for tag in LANGUAGES},
            detail={"ja": str(error.facts.get("detail_ja", "")), "en": error.detail},
        )


def _is_own_site(request: Request) -> bool:
    return request.headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}


def _home(who: Principal) -> str:
    return f"/operators/{who.operator_id}" if who.operator_id else "/operators/companies"


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def _texts(form: FormData, name: str) -> list[str]:
    return [value for value in form.getlist(name) if isinstance(value, str)]


def _answers(form: FormData) -> dict[str, dict[str, str]]:
    """Return what was written for stops: fields are named `reading:港`."""
    found: dict[str, dict[str, str]] = {}
    for label, value in form.multi_items():
        name, mark, stop = label.partition(":")
        if mark and isinstance(value, str):
            found.setdefault(stop, {})[name] = value
    return found


def _day(form: FormData, name: str) -> date:
    try:
        return date.fromisoformat(_text(form, name))
    except ValueError:
        raise CompanyInvalid(
            "A date is written 2026-04-01.", detail_ja="日付は 2026-04-01 の形です。"
        ) from None


def _new_tag(slug: str, known: list[str]) -> str:
    """Return a tag for one more feed of a company."""
    number, tag = 2, slug[:60]
    while tag in known:
        tag = f"{slug[:60]}-{number}"
        number += 1
    return tag
