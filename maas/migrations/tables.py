"""Every module that declares tables: import this before looking at `Base.metadata`."""

import maas.db.outbox
import maas.rest.models
import operators.access.models
import operators.council.models
import operators.registry.models
import operators.settlement.models
import ticketing.customers.models
import ticketing.inspection.models
import ticketing.ledger.models
import ticketing.offers.models
import ticketing.orders.models
import ticketing.payments.models
import ticketing.products.models
import ticketing.refunds.models
import ticketing.tickets.issued
import ticketing.tickets.models
from maas.db.base import Base

metadata = Base.metadata
"""All tables of the service."""

__all__ = ["maas", "metadata", "operators", "ticketing"]
