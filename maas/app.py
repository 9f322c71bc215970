"""The web application: every edge of the service in one place."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response

from maas.api.docs import docs_routes
from maas.api.lanes import Lanes
from maas.api.motis import HEADERS, Motis, Shortcut, as_json
from maas.api.network import network_routes
from maas.api.openapi import document_of
from maas.api.v1 import create_v1
from maas.core.clock import Clock, SystemClock
from maas.core.errors import MaasError
from maas.rest.problems import answer_error, problem
from maas.rest.ratelimit import open_buckets
from maas.settings import Settings
from maas.trade import Trade, open_trade
from maas.web.layout import Pages
from maas.web.operators import operator_routes
from maas.web.pages import page_routes
from maas.web.shop import shop_routes
from maas.wiring import LiveThread, NetworkHolder, Served

WRITTEN_FOR_PEOPLE = "text/html"


def create_app(
    current: Callable[[], Served],
    settings: Settings | None = None,
    *,
    holder: NetworkHolder | None = None,
    trade: Trade | None = None,
    live: LiveThread | None = None,
) -> FastAPI:
    """
    Return the application.

    Args:
        current: Returns the network in use; asked at every request, so a new one is served from
            the next request on while searches in the old one end in peace.
        settings: What whoever runs the service sets.
        holder: Opened when the server starts and closed when it ends.
        trade: What sells; without it the application only plans.
        live: What asks for realtime messages; without it the timetable is served.
    """
    settings = settings or Settings()
    threads = settings.threads

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # Searches release the interpreter lock; more threads than this only wait for each other.
        anyio.to_thread.current_default_thread_limiter().total_tokens = threads
        if holder is not None:
            holder.start()
        if trade is not None:
            trade.start(f"http://{settings.host}:{settings.port}")
        if live is not None:
            live.start()
        try:
            yield
        finally:
            if live is not None:
                live.close()
            if trade is not None:
                trade.stop()
            if holder is not None:
                holder.close()

    app = FastAPI(
        title="Kyushu MaaS", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan
    )
    app.add_middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "POST"], allow_headers=["*"]
    )
    motis = Motis(current, Lanes(max(1, threads // 4), threads=threads))
    app.add_middleware(Shortcut, motis=motis)
    pages = Pages(current, settings)
    app.router.routes.extend(
        (
            *motis.routes(),
            *network_routes(current),
            *docs_routes(document_of(lambda: app), pages.page),
            *page_routes(pages),
        )
    )
    if trade is not None:
        shop = shop_routes(pages, trade.desk.config, fake=trade.fake is not None)
        app.router.routes.extend(shop)
        app.state.house = trade.house
        app.state.buckets = open_buckets(settings.broker_url, settings.data_dir / "limits.db")
        app.router.routes.extend(operator_routes(pages, trade.house))
        own = create_v1(
            trade.desk, trade.runner, trade.keyring, current, trade.house, app.state.buckets
        )
        app.mount("/v1", own)
    app.add_exception_handler(MaasError, answer_error)
    app.add_exception_handler(404, _not_found(pages))
    app.add_exception_handler(500, _failed)
    return app


def served_app(settings: Settings, clock: Clock | None = None) -> FastAPI:
    """Return the application over the network directory that the settings name."""
    clock = clock or SystemClock()
    holder = network_holder(settings, clock)
    trade = open_trade(settings, clock, current=holder.current)
    live = LiveThread(holder, trade.house.realtime, every_s=settings.realtime_s)
    return create_app(holder.current, settings, holder=holder, trade=trade, live=live)


def network_holder(settings: Settings, clock: Clock) -> NetworkHolder:
    """Return what holds the network that the settings name."""
    directory = settings.network or settings.sample_dir
    return NetworkHolder(directory, clock, every_s=settings.reload_s)


def _not_found(pages: Pages) -> Callable[[Request, Exception], Response]:
    def answer(request: Request, error: Exception) -> Response:
        del error
        if request.url.path.startswith("/api/"):
            return as_json({"error": f"no such endpoint: {request.url.path}"}, 404)
        if WRITTEN_FOR_PEOPLE in request.headers.get("accept", ""):
            return pages.page(request, "not_found.html", 404)
        return problem(404, "not-found", "There is nothing at this address", request.url.path)

    return answer


def _failed(request: Request, error: Exception) -> Response:
    """Answer a fault of ours: the caller learns nothing of the inside; the log has it all."""
    del error
    if request.url.path.startswith("/api/"):
        return as_json({"error": "internal error"}, 500)
    answer = problem(500, "internal", "Something went wrong here")
    answer.headers.update(HEADERS)
    return answer
