"""The traveller's pages for buying: passes, the basket, an order, a ticket on the phone."""

from importlib.resources import files

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from maas.web.layout import Pages
from ticketing.config import TicketingConfig
from ticketing.orders.confirmation import terms


def shop_routes(pages: Pages, config: TicketingConfig, *, fake: bool) -> list[BaseRoute]:
    """
    Return the routes of the shop.

    Orders and tickets are told to the page by their secret, which stands behind the # of the
    address and never reaches the server; the pages themselves are the same for everybody.

    Args:
        pages: Renders them.
        config: Who sells.
        fake: Whether a fake account takes the payments; else cards are paid on the gateway's page.

    """

    def page(name: str) -> Route:
        template = f"{name}.html" if name in _OWN_TEMPLATE else "shop.html"

        def show(request: Request) -> HTMLResponse:
            answer = pages.page(request, template, name=name, fake=fake, terms=terms(config))
            # Whoever learns the address of a ticket must not learn it from a link on the page.
            answer.headers["Referrer-Policy"] = "no-referrer"
            return answer

        return Route(_PATHS[name], show, methods=["GET"])

    def worker(_: Request) -> Response:
        content = (files("maas.web") / "static" / "js" / "ticket-worker.js").read_bytes()
        headers = {"Cache-Control": "no-cache"}
        return Response(content, media_type="text/javascript", headers=headers)

    return [
        *(page(name) for name in _PATHS),
        Route("/ticket-worker.js", worker, methods=["GET"]),
    ]


_PATHS = {
    "passes": "/passes",
    "pass": "/passes/{product}",
    "basket": "/basket",
    "order": "/orders/{order}",
    "ticket": "/tickets/{ticket}",
    "legal": "/legal",
}
_OWN_TEMPLATE = {"passes", "legal"}
