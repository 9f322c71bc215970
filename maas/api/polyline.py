"""Encoded polylines as the API writes them."""

from maas.core.columns import Float64s
from routing.boards.geometry import encode


def encoded_line(line: Float64s, precision: int) -> dict[str, object]:
    """Return the API's EncodedPolyline."""
    return {"points": encode(line, precision), "precision": precision, "length": len(line)}


EMPTY: dict[str, object] = {"points": "", "precision": 6, "length": 0}
