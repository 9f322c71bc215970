"""The web application: every edge of the service in one place."""

from collections.abc import Callable

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from maas.api.motis import Motis
from maas.wiring import Served


def create_app(current: Callable[[], Served]) -> FastAPI:
    """
    Return the application.

    Args:
        current: Returns the network in use; asked at every request, so a new one is served from
            the next request on while searches in the old one end in peace.
    """
    app = FastAPI(title="Kyushu MaaS", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "POST"], allow_headers=["*"]
    )
    app.router.routes.extend(Motis(current).routes())
    return app
