"""Every module that declares tables: import this before looking at `Base.metadata`."""

import maas.db.outbox
import maas.rest.models
from maas.db.base import Base

metadata = Base.metadata
"""All tables of the service."""

__all__ = ["maas", "metadata"]
