"""Endpoints: what is for sale."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from maas.rest.session import SessionDep
from ticketing.edge import DeskDep, reading
from ticketing.fares.singles import SingleTickets
from ticketing.products.definition import Definition
from ticketing.products.fares_v2 import export_zip
from ticketing.products.schemas import (
    PlacesLeft,
    ProductList,
    ProductRead,
    SingleList,
    SingleRead,
)
from ticketing.products.service import ProductService

router = APIRouter(prefix="/products", tags=["products"], dependencies=[Depends(reading)])

ProductId = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,80}$")]


@router.get("")
def list_products(session: SessionDep, desk: DeskDep) -> ProductList:
    """List what is on sale."""
    found = ProductService(session, desk.clock).on_sale()
    return ProductList(products=[ProductRead.of(definition) for definition in found])


@router.get("/gtfs-fares-v2.zip", response_class=Response)
def export_fares(session: SessionDep, desk: DeskDep) -> Response:
    """Return the passes as GTFS Fares v2 tables in a zip."""
    found = ProductService(session, desk.clock).on_sale()
    name = {"content-disposition": 'attachment; filename="passes.zip"'}
    return Response(export_zip(found), headers=name, media_type="application/zip")


@router.get("/singles")
def list_singles(
    origin: Annotated[str, Query(alias="from", min_length=1, max_length=200)],
    destination: Annotated[str, Query(alias="to", min_length=1, max_length=200)],
    session: SessionDep,
    desk: DeskDep,
) -> SingleList:
    """
    List what a direct ride between two stops costs, by the fares of the feeds.

    `from` and `to` are ids of stops, stations or places. Order one with `POST /v1/offers`
    (`single` in the place of `product_id`). A fare that nobody publishes is unknown: 404.
    """
    found = SingleTickets(session, desk.clock, desk.fares).find(origin, destination)
    return SingleList(singles=[SingleRead.of(fare) for fare in found])


@router.get("/{product_id}")
def read_product(product_id: ProductId, session: SessionDep, desk: DeskDep) -> Definition:
    """Read the newest version of a product with all its rules."""
    return ProductService(session, desk.clock).get(product_id)


@router.get("/{product_id}/versions/{version}")
def read_version(
    product_id: ProductId,
    version: Annotated[int, Path(ge=1, le=255)],
    session: SessionDep,
    desk: DeskDep,
) -> Definition:
    """Read the version that an order bought."""
    return ProductService(session, desk.clock).get(product_id, version)


@router.get("/{product_id}/places")
def read_places(
    product_id: ProductId,
    session: SessionDep,
    desk: DeskDep,
    first_day: Annotated[date | None, Query()] = None,
) -> PlacesLeft:
    """Read how many places are left for a first day."""
    products = ProductService(session, desk.clock)
    definition = products.get(product_id)
    left = products.places_left(definition, first_day)
    return PlacesLeft(product_id=product_id, first_day=first_day, left=left)
