"""What every page has: language, texts, the notice about made-up timetables, safe headers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from importlib.resources import files
from typing import Final

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from maas.core.errors import MaasError
from maas.settings import Settings
from maas.web.catalogue import choose_language, texts
from maas.wiring import Served

COOKIE: Final = "lang"
A_YEAR_S: Final = 365 * 24 * 3600


@dataclass(frozen=True)
class Pages:
    """Renders templates; one for the application."""

    current: Callable[[], Served]
    settings: Settings

    @cached_property
    def environment(self) -> Environment:
        """The templates; every value is escaped."""
        return Environment(
            loader=PackageLoader("maas.web", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    @cached_property
    def policy(self) -> str:
        """The Content-Security-Policy: our own files only, and the tile server if one is set."""
        tiles = ""
        if self.settings.tiles_url:
            scheme, _, rest = self.settings.tiles_url.partition("://")
            tiles = f" {scheme}://{rest.split('/')[0].replace('{s}', '*')}"
        return "; ".join(
            (
                "default-src 'self'",
                "script-src 'self'",
                "style-src 'self' 'unsafe-inline'",
                f"img-src 'self' data: blob:{tiles}",
                f"connect-src 'self'{tiles}",
                "worker-src 'self' blob:",
                "frame-ancestors 'none'",
                "base-uri 'self'",
                "form-action 'self'",
                "object-src 'none'",
            )
        )

    def page(
        self, request: Request, template: str, status: int = 200, **values: object
    ) -> HTMLResponse:
        """Return a rendered page in the reader's language."""
        asked = request.query_params.get("lang")
        language = choose_language(
            asked, request.cookies.get(COOKIE), request.headers.get("accept-language")
        )
        words = texts(language)

        def say(key: str, **parts: object) -> str:
            return filled(words[key], parts)

        html = self.environment.get_template(template).render(
            t=say,
            language=language,
            other="en" if language == "ja" else "ja",
            switch=switched(request, "en" if language == "ja" else "ja"),
            asset=asset,
            notices=self.notices(language),
            credits=self.credits(),
            texts_json=script_json(words),
            **values,
        )
        answer = HTMLResponse(html, status)
        answer.headers["Content-Security-Policy"] = self.policy
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "same-origin"
        answer.headers["Content-Language"] = language
        answer.headers["Vary"] = "Accept-Language, Cookie"
        answer.headers["Cache-Control"] = "no-cache"
        if asked == language:
            answer.set_cookie(COOKIE, language, max_age=A_YEAR_S, samesite="lax", httponly=True)
        return answer

    def notices(self, language: str) -> list[Mapping[str, str]]:
        """Return what readers must know of the timetable: made up, extended, or not there yet."""
        words = texts(language)
        try:
            feeds = self.current().network.feeds
        except MaasError:
            return [{"kind": "wait", "title": "", "text": words["notice.nonetwork"]}]
        found: list[Mapping[str, str]] = []
        if any(feeds.synthetic):
            found.append(
                {
                    "kind": "synthetic",
                    "title": words["notice.synthetic.title"],
                    "text": words["notice.synthetic.text"],
                }
            )
        for row, since in enumerate(feeds.looped_since):
            if since and len(found) < 4:
                parts = {"tag": feeds.publisher[row] or feeds.tag[row], "date": since}
                text = filled(words["notice.looped"], parts)
                found.append({"kind": "looped", "title": "", "text": text})
        return found

    def credits(self) -> list[str]:
        """Return whose timetables are shown, each once."""
        try:
            feeds = self.current().network.feeds
        except MaasError:
            return []
        names = (
            feeds.attribution[row] or feeds.publisher[row] or feeds.tag[row]
            for row in range(len(feeds.tag))
        )
        return list(dict.fromkeys(names))


def filled(text: str, parts: Mapping[str, object]) -> str:
    """Return a text with `{name}` replaced; braces in the values stay as they are."""
    for name, value in parts.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def switched(request: Request, language: str) -> str:
    """Return the address of the same page in the other language."""
    return f"{request.url.path}?{request.url.include_query_params(lang=language).query}"


def script_json(content: object) -> str:
    """Return JSON that may stand inside a script element: nothing in it can end the element."""
    return (
        orjson.dumps(content)
        .decode()
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
    )


def asset(path: str) -> str:
    """Return the address of a static file; it changes with its content, so it can be cached."""
    return f"/static/{path}?v={_stamp(path)}"


@cache
def _stamp(path: str) -> str:
    return sha256((files("maas.web") / "static" / path).read_bytes()).hexdigest()[:10]
