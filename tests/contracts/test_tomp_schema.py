"""
What we answer to partners, judged by the published schema of the TOMP-API 2.0.0.

The schema is not ours, so it is not here: `git clone --branch v2.0
https://github.com/TOMP-WG/TOMP-API` and name the folder as `MAAS_TOMP_SCHEMA`.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.support.shop import open_shop
from tests.ticketing.test_tomp import Partner

FOLDER = Path(os.environ.get("MAAS_TOMP_SCHEMA", ""))
pytestmark = pytest.mark.skipif(
    not (FOLDER / "TOMP-API-1-CORE.yaml").is_file(),
    reason="MAAS_TOMP_SCHEMA names no checkout of github.com/TOMP-WG/TOMP-API",
)
BASE = "https://tomp.example/"
CONFIRM = "/processes/confirm-purchase/execution"
CONTRADICTION = '"Feature" does not match "^(offer)$"'
"""The schema wants the type of an offer to be `Feature` and `offer` at once; GeoJSON decides."""


class Schema:
    """The published files, with their references resolved among themselves."""

    def __init__(self) -> None:
        import jsonschema_rs
        import yaml

        # Its patterns hold a place for what `/collections/datasources/items` names.
        self.files = {
            path.name: yaml.load(
                path.read_text("utf-8").replace("{datasource-prefix}", "kq"), yaml.CSafeLoader
            )
            for path in sorted(FOLDER.glob("TOMP-API-*.yaml"))
        }
        for content in self.files.values():
            _discriminate(content, set(content.get("components", {}).get("schemas", {})))
        self._rust = jsonschema_rs
        self._registry = jsonschema_rs.Registry(
            [(BASE + name, content) for name, content in self.files.items()],
            draft=jsonschema_rs.Draft202012,
        )

    def faults(
        self, method: str, path: str, status: int, headers: Mapping[str, str], answer: Any
    ) -> list[str]:
        """What the schema of this operation's response says against an answer."""
        name, operation = self._operation(method, path)
        at = f"#/paths/{operation}/{method.lower()}/responses"
        responses = self._at(name, at)
        which = str(status) if str(status) in responses else "default"
        name, at = self._resolved(name, f"{at}/{which}")
        response = self._at(name, at)
        asked = response.get("headers") or {}
        missing = [
            f"{method} {path}: no header {header}"
            for header, told in asked.items()
            if told.get("required") and header not in headers
        ]
        content = response["content"]
        media = next(iter(content)).replace("/", "~1")
        validator = self._rust.Draft202012Validator(
            {"$ref": f"{BASE}{name}{quote(at, safe='#/~')}/content/{media}/schema"},
            registry=self._registry,
        )
        return missing + [
            f"{method} {path}: {'/'.join(map(str, error.instance_path))}: {error.message[:300]}"
            for error in validator.iter_errors(answer)
            if error.message != CONTRADICTION
        ]

    def _operation(self, method: str, path: str) -> tuple[str, str]:
        for name, content in self.files.items():
            for known, item in (content.get("paths") or {}).items():
                pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(known))
                if re.fullmatch(pattern, path) and method.lower() in item:
                    return name, known.replace("~", "~0").replace("/", "~1")
        raise LookupError(f"{method} {path} is not in the specification")

    def _at(self, name: str, pointer: str) -> Any:
        found = self.files[name]
        for part in pointer.removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        return found

    def _resolved(self, name: str, pointer: str) -> tuple[str, str]:
        while "$ref" in (found := self._at(name, pointer)):
            file, _, pointer = found["$ref"].partition("#")
            name, pointer = file or name, f"#{pointer}"
        return name, pointer


def _discriminate(node: Any, here: set[str]) -> None:
    """
    Take `discriminator` at its word: the named schema holds, instead of any one of them.

    Two of the four schemas of a travel document fit every object, so exactly one never fits. A
    mapping to a schema that its file does not have is passed over.
    """
    if isinstance(node, dict):
        if "oneOf" in node and (named := node.get("discriminator", {}).get("mapping")):
            key = node["discriminator"]["propertyName"]
            del node["oneOf"]
            node.setdefault("allOf", []).extend(
                {"if": {"properties": {key: {"const": value}}}, "then": {"$ref": reference}}
                for value, reference in named.items()
                if not reference.startswith("#") or reference.rpartition("/")[2] in here
            )
        for part in list(node.values()):
            _discriminate(part, here)
    elif isinstance(node, list):
        for part in node:
            _discriminate(part, here)


@pytest.fixture(scope="module")
def schema() -> Schema:
    return Schema()


@pytest.fixture
def partner(tmp_path):
    with open_shop("sqlite", tmp_path) as shop:
        yield Partner(shop)


class Heard:
    """Everything that a partner was answered, with what the schema says of it."""

    def __init__(self, partner: Partner, schema: Schema) -> None:
        self.faults: list[str] = []
        self.count = 0
        client = partner.shop.client
        asked = client.request

        def request(method: str, url: Any, **more: Any):
            answer = asked(method, url, **more)
            path = str(url).partition("/tomp")[2].partition("?")[0]
            if path:
                self.count += 1
                self.faults += schema.faults(
                    method, path, answer.status_code, answer.headers, answer.json()
                )
            return answer

        client.request = request


def test_every_answer_from_search_to_redress_is_as_published(partner, schema):
    heard = Heard(partner, schema)

    package = partner.purchase(30, 8)
    partner.do("extend-expiry-time", package=package)
    partner.do("confirm-purchase", package=package)
    partner.shop.work()
    partner.read("packages", packageId=package)
    partner.read("offers", offerId=partner.offer())
    documents = partner.read("travel-documents", packageId=package).json()["features"]
    [option] = partner.read("redress-options", packageId=package).json()["features"]
    partner.do("start-leg", package=package, leg=documents[0]["id"])
    partner.read("travel-documents", packageId=package)
    other = partner.bought()
    [option] = partner.read("redress-options", packageId=other).json()["features"]
    partner.do("claim-redress-option", package=other, option=option["id"])
    partner.do("confirm-redress-option", package=other, option=option["id"])
    partner.shop.work()
    partner.read("packages", packageId=other)
    partner.do("rollback-purchase", package=partner.purchase())
    partner.read("datasources")

    assert heard.count >= 20
    assert heard.faults == []


def test_every_refusal_is_as_published(partner, schema):
    heard = Heard(partner, schema)

    partner.do("search-offers", type="nothing")
    partner.do("purchase-offers", offer="none")
    partner.do("confirm-purchase", package="none")
    partner.read("packages", packageId="none")
    bought = partner.bought()
    partner.do("rollback-purchase", package=bought)
    partner.headers = {}
    partner.read("packages", packageId=bought)

    assert heard.count >= 8
    assert heard.faults == []


def test_the_schema_is_heard_at_all(schema):
    """A control: an answer that is none is told."""
    told = schema.faults("POST", CONFIRM, 200, {}, {"type": "Nothing"})

    assert len(told) >= 2
