"""The traveller's pages."""

from importlib.resources import files
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from maas.web.layout import Pages


class LongLived(StaticFiles):
    """Static files; an address with a stamp never changes its content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return a file with how long it may be kept."""
        answer = await super().get_response(path, scope)
        stamped = b"v=" in scope.get("query_string", b"")
        age = "public, max-age=31536000, immutable" if stamped else "no-cache"
        answer.headers["Cache-Control"] = age
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer


def page_routes(pages: Pages) -> list[BaseRoute]:
    """Return the routes of the search page and the static files."""

    def search(request: Request) -> HTMLResponse:
        return pages.page(
            request,
            "search.html",
            tiles={
                "url": pages.settings.tiles_url,
                "attribution": pages.settings.tiles_attribution,
            },
        )

    def council(request: Request) -> HTMLResponse:
        return pages.page(request, "council.html")

    def inspect(request: Request) -> HTMLResponse:
        answer = pages.page(request, "inspect.html")
        answer.headers["Permissions-Policy"] = "camera=(self)"
        return answer

    def inspect_worker(_: Request) -> Response:
        # At the root, because a worker only serves what lies below its own address.
        content = (files("maas.web") / "static" / "js" / "inspect-worker.js").read_bytes()
        return Response(
            content, media_type="text/javascript", headers={"Cache-Control": "no-cache"}
        )

    def icon(_: Request) -> Response:
        content = (files("maas.web") / "static" / "icon.svg").read_bytes()
        return Response(content, media_type="image/svg+xml")

    static = Path(str(files("maas.web") / "static"))
    return [
        Route("/", search, methods=["GET"]),
        Route("/council", council, methods=["GET"]),
        Route("/inspect", inspect, methods=["GET"]),
        Route("/inspect-worker.js", inspect_worker, methods=["GET"]),
        Route("/favicon.ico", icon, methods=["GET"]),
        Mount("/static", LongLived(directory=static)),
    ]
