"""Publish products, and read them."""

import json
from datetime import date
from functools import lru_cache
from importlib.resources import files

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from maas.core.clock import Clock
from ticketing.products.definition import Definition
from ticketing.products.errors import (
    NumbersUsedUp,
    ProductNotFound,
    ProductUnsound,
    VersionExists,
)
from ticketing.products.lint import Severity, lint
from ticketing.products.models import ProductVersion
from ticketing.products.repository import ProductRepository

FIRST_SINGLE_NUMBER = 10_000
"""Single tickets are numbered from here; passes below."""
LAST_NUMBER = 65_535
LAST_VERSION = 255
"""What two bytes and one byte of a signed ticket can say."""


class ProductService:
    """Publishes and reads products."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._products = ProductRepository(session)
        self._session = session
        self._clock = clock

    def publish(self, definition: Definition) -> None:
        """
        Put a version on sale; publishing the same again changes nothing.

        Raises:
            ProductUnsound: `lint` finds an error in it.
            VersionExists: The version is published with other rules.

        """
        errors = [found for found in lint(definition) if found.severity is Severity.ERROR]
        if errors:
            raise ProductUnsound("; ".join(found.en for found in errors), product=definition.id)
        stored = self._products.find(definition.id, definition.version)
        document = definition.model_dump(mode="json")
        if stored is not None:
            if _parse(json.dumps(stored.definition, sort_keys=True)) != definition:
                raise VersionExists(
                    "Give the new rules a new version number.", product=definition.id
                )
            return
        self._session.add(
            ProductVersion(
                product_id=definition.id,
                version=definition.version,
                number=definition.number,
                sample=definition.sample,
                definition=document,
                published_at=self._clock.now(),
            )
        )
        self._session.flush()

    def publish_single(self, definition: Definition) -> Definition:
        """
        Put a single ticket from a feed's fare on sale, and return it as published.

        The number and the version are given here: the same fare is the same version, a changed
        fare is the next one. Whoever publishes the same at the same time gets the same.

        Raises:
            NumbersUsedUp: A signed ticket has no number for one more product or version.

        """
        for _ in range(5):
            try:
                with self._session.begin_nested():
                    return self._publish_single(definition)
            except IntegrityError:
                continue  # another request took the number, or published this very ticket
        raise NumbersUsedUp("Too many single tickets are being published now; try again.")

    def _publish_single(self, definition: Definition) -> Definition:
        newest = self._products.newest(definition.id)
        if newest is None:
            number, version = self._products.free_number(FIRST_SINGLE_NUMBER), 1
        else:
            published = _parse(json.dumps(newest.definition, sort_keys=True))
            number, version = published.number, published.version
            if definition.model_copy(update={"number": number, "version": version}) == published:
                return published
            version += 1
        if number > LAST_NUMBER or version > LAST_VERSION:
            raise NumbersUsedUp("Withdraw single tickets that nobody buys.", product=definition.id)
        numbered = definition.model_copy(update={"number": number, "version": version})
        self.publish(numbered)
        return numbered

    def get(self, product_id: str, version: int | None = None) -> Definition:
        """
        Return a version of a product, by default the newest that is on sale.

        Raises:
            ProductNotFound: There is none.

        """
        row = (
            self._products.newest(product_id)
            if version is None
            else self._products.find(product_id, version)
        )
        if row is None:
            raise ProductNotFound("It may have been withdrawn.", product=product_id[:80])
        return _parse(json.dumps(row.definition, sort_keys=True))

    def on_sale(self) -> list[Definition]:
        """Return the newest version of every pass on sale, by number; singles have their stops."""
        return [
            _parse(json.dumps(row.definition, sort_keys=True))
            for row in self._products.all_newest(below=FIRST_SINGLE_NUMBER)
        ]

    def withdraw(self, product_id: str) -> None:
        """End the sale of a product; what was bought stays valid."""
        self._products.withdraw(product_id, self._clock.now())

    def places_left(self, definition: Definition, first_day: date | None) -> int | None:
        """Return how many places of the quota are left now; None where there is no quota."""
        if definition.quota is None:
            return None
        name = bucket_name(definition, first_day)
        sold, size = self._products.sold([name]).get(name, (0, definition.quota.size))
        return size - sold


def bucket_name(definition: Definition, first_day: date | None) -> str:
    """Return the name of the quota bucket that a ticket takes its place from."""
    assert definition.quota is not None
    if definition.quota.per == "first-day" and first_day is not None:
        return f"{definition.id}@{first_day.isoformat()}"
    return definition.id


def places(definition: Definition, persons: int, quantity: int) -> int:
    """Return how many places of the quota so many tickets take."""
    assert definition.quota is not None
    return quantity * (persons if definition.quota.counts == "persons" else 1)


@lru_cache(maxsize=4096)
def _parse(document: str) -> Definition:
    return Definition.model_validate_json(document)


def load_samples() -> list[Definition]:
    """Return the sample products that ship with the project, by number."""
    folder = files("ticketing.products").joinpath("samples")
    found = [
        Definition.model_validate_json(entry.read_text("utf-8"))
        for entry in folder.iterdir()
        if entry.name.endswith(".json")
    ]
    return sorted(found, key=lambda definition: definition.number)
