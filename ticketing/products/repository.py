"""Every query about products and quotas."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from ticketing.products.models import ProductVersion, QuotaBucket


class ProductRepository:
    """Finds and adds products. It never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, product_id: str, version: int) -> ProductVersion | None:
        """Return a version, or None."""
        return self._session.get(ProductVersion, (product_id, version))

    def newest(self, product_id: str) -> ProductVersion | None:
        """Return the newest version that is on sale, or None."""
        return self._session.scalar(
            select(ProductVersion)
            .where(ProductVersion.product_id == product_id, ProductVersion.withdrawn_at.is_(None))
            .order_by(ProductVersion.version.desc())
            .limit(1)
        )

    def all_newest(self, *, below: int) -> list[ProductVersion]:
        """Return the newest version of every product that is on sale, of numbers below this."""
        newest = (
            select(ProductVersion.product_id, func.max(ProductVersion.version).label("version"))
            .where(ProductVersion.withdrawn_at.is_(None), ProductVersion.number < below)
            .group_by(ProductVersion.product_id)
            .subquery()
        )
        return list(
            self._session.scalars(
                select(ProductVersion)
                .join(
                    newest,
                    (newest.c.product_id == ProductVersion.product_id)
                    & (newest.c.version == ProductVersion.version),
                )
                .order_by(ProductVersion.number)
            )
        )

    def free_number(self, lowest: int) -> int:
        """Return a product number that no product has."""
        top = self._session.scalar(
            select(func.max(ProductVersion.number)).where(ProductVersion.number >= lowest)
        )
        return lowest if top is None else top + 1

    def withdraw(self, product_id: str, now: datetime) -> None:
        """End the sale of every version of a product."""
        self._session.execute(
            update(ProductVersion)
            .where(ProductVersion.product_id == product_id, ProductVersion.withdrawn_at.is_(None))
            .values(withdrawn_at=now)
        )

    def bucket(self, name: str, size: int) -> int:
        """Return the id of a quota's bucket, made with this size where it is new."""
        found = self._session.scalar(select(QuotaBucket.id).where(QuotaBucket.name == name))
        if found is not None:
            return found
        insert = (
            postgres_insert
            if self._session.get_bind().dialect.name == "postgresql"
            else sqlite_insert
        )
        self._session.execute(
            insert(QuotaBucket)
            .values(name=name, size=size, sold=0)
            .on_conflict_do_nothing(index_elements=["name"])
        )
        made = self._session.scalar(select(QuotaBucket.id).where(QuotaBucket.name == name))
        assert made is not None
        return made

    def take(self, bucket_id: int, places: int) -> bool:
        """Take places by one conditional UPDATE; False where they are not there any more."""
        taken = self._session.execute(
            update(QuotaBucket)
            .where(QuotaBucket.id == bucket_id, QuotaBucket.sold + places <= QuotaBucket.size)
            .values(sold=QuotaBucket.sold + places)
            .returning(QuotaBucket.id)
            .execution_options(synchronize_session=False)
        )
        return taken.one_or_none() is not None

    def give_back(self, bucket_id: int, places: int) -> None:
        """Give places back; the caller has made sure that it does so once."""
        self._session.execute(
            update(QuotaBucket)
            .where(QuotaBucket.id == bucket_id)
            .values(sold=QuotaBucket.sold - places)
            .execution_options(synchronize_session=False)
        )

    def sold(self, names: Iterable[str]) -> dict[str, tuple[int, int]]:
        """Return (sold, size) of the buckets that exist."""
        rows = self._session.execute(
            select(QuotaBucket.name, QuotaBucket.sold, QuotaBucket.size).where(
                QuotaBucket.name.in_(list(names))
            )
        )
        return {name: (sold, size) for name, sold, size in rows}
