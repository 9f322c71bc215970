"""Pages of the fake for a browser: authenticate, pay at a till, pay on the gateway's own page."""

import html
from string import Template
from typing import Final
from urllib.parse import parse_qs

from ticketing.payments.fake_stripe.state import State

FROM_PAGE: Final = "from_page"
"""A form field that says: a browser asks, send it back to the shop."""

TITLES: Final = {
    "3ds": ("3Dセキュア認証(見本)", "3-D Secure (sample)", "認証する / Authenticate"),
    "voucher": ("コンビニ払い(見本)", "Convenience store (sample)", "支払う / Pay"),
    "checkout": ("お支払い(見本)", "Payment (sample)", "支払う / Pay"),
}
PAGE: Final = Template("""<!doctype html><html lang="ja"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>$ja</title>
<body style="font:16px system-ui;max-width:30em;margin:4em auto;padding:0 1em">
<h1>$ja</h1><p>$en</p><p>¥$amount</p><p>本物の決済ではありません。 / No real payment.</p>
<form method="post" action="$action"><input type="hidden" name="from_page" value="1">
<button name="ok" value="1">$yes</button> $no</form></body></html>""")
NO: Final = '<button name="ok" value="0">やめる / Refuse</button>'


def page(state: State, path: str) -> bytes | None:
    """Return the page at a path, or None where the path is no page."""
    parts = path.split("?", maxsplit=1)[0].strip("/").split("/")
    if len(parts) != 3 or parts[1] not in TITLES:
        return None
    thing = state.things.get(parts[2])
    if thing is None:
        return None
    ja, en, yes = TITLES[parts[1]]
    amount = thing.get("amount") or thing.get("amount_total") or 0
    action = {"voucher": "till"}.get(parts[1], parts[1])
    return PAGE.substitute(
        ja=ja,
        en=en,
        yes=yes,
        no="" if parts[1] == "checkout" else NO,
        amount=f"{amount:,}",
        action=html.escape(f"/_fake/{action}/{parts[2]}", quote=True),
    ).encode()


def way_back(state: State, path: str, body: str) -> str:
    """Return where a browser goes after it pressed the button; empty for programs."""
    if FROM_PAGE not in parse_qs(body) or not path.startswith("/_fake/"):
        return ""
    thing = state.things.get(path.rsplit("/", 1)[-1], {})
    return str(thing.get("_return_url") or thing.get("success_url") or "")
