"""The declarative base that every table of the service shares."""

from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Date, DateTime, Dialect, Integer, MetaData, String, Uuid
from sqlalchemy import Enum as SqlEnum
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from maas.core.money import Yen

NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Constraint names: the same on every database, so that a migration can name what it drops."""


class Instant(TypeDecorator[datetime]):
    """An instant in UTC: refuses naive values, and returns aware ones from every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC on the way in."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("An instant needs a time zone.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Bring to UTC on the way out: SQLite forgets the zone, PostgreSQL answers in its own."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class YenType(TypeDecorator[int]):
    """Whole yen in 64 bits: refuses floats and booleans, which a database would round silently."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        """Refuse what is no whole number."""
        del dialect
        if value is not None and type(value) is not int:
            raise TypeError(f"Yen are whole numbers, not {value!r}.")
        return value


RowNumber = BigInteger().with_variant(Integer(), "sqlite")
"""A counting primary key: SQLite counts only in a column that is INTEGER to the letter."""


def _values(kind: type[Enum]) -> list[str]:
    """Store what the wire shows (`awaiting-payment`), not the name in the code."""
    return [str(member.value) for member in kind]


class Base(DeclarativeBase):
    """All tables: one schema, one migration history (`maas.migrations`)."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Instant(),
        date: Date(),
        UUID: Uuid(),
        Yen: YenType(),
        str: String(255),
        Enum: SqlEnum(
            Enum, native_enum=False, length=40, values_callable=_values, validate_strings=True
        ),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
        list[str]: JSON(),
    }
