"""Mounts the routers of the slices."""

from fastapi import APIRouter

from ticketing.offers import api as offers
from ticketing.orders import api as orders
from ticketing.partner import api as partner
from ticketing.payments import api as payments
from ticketing.products import api as products
from ticketing.refunds import api as refunds

router = APIRouter()
router.include_router(products.router)
router.include_router(offers.router)
router.include_router(orders.router)
router.include_router(refunds.papers)
router.include_router(payments.checkout)
router.include_router(payments.webhooks)
router.include_router(refunds.router)
router.include_router(partner.router)
