"""Mounts the routers of the slices."""

from fastapi import APIRouter

from operators.access.api import router as access
from operators.participation.api import router as participation
from operators.registry.api import router as registry
from operators.settlement.api import router as settlement

router = APIRouter()
router.include_router(registry)
router.include_router(access)
router.include_router(participation)
router.include_router(settlement)
