"""What the council had computed or has published, kept by name."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from maas.db.base import Base


class CouncilResult(Base):
    """
    A result by its key, which names all that it depends on; it is written once.

    `flows:2026-12` is an export as it was published; `impact:FINGERPRINT:PART` and
    `quality:FINGERPRINT` depend on a network and can be computed again.
    """

    __tablename__ = "council_results"

    key: Mapped[str] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    document: Mapped[dict[str, Any]]
