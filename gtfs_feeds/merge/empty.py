"""A network without a single feed: what a merge of nothing usable returns."""

from datetime import date

import numpy as np

from maas.core.columns import Int8s, Int32s, Int64s, Texts, UInt8s
from maas.core.network import (
    Agencies,
    Calls,
    Feeds,
    Frequencies,
    Network,
    Pathways,
    Places,
    Routes,
    Services,
    Shapes,
    Stops,
    Transfers,
    Trips,
)


def empty_network(first_day: date) -> Network:
    """Return a network in which every group has no row."""
    text = Texts.of([])
    int8: Int8s = np.zeros(0, np.int8)
    int32: Int32s = np.zeros(0, np.int32)
    uint8: UInt8s = np.zeros(0, np.uint8)
    float32, float64 = np.zeros(0, np.float32), np.zeros(0)
    start: Int64s = np.zeros(1, np.int64)
    return Network(
        first_day,
        Feeds(text, text, text, text, text, text, uint8, text, text, text),
        Agencies(text, text, text, text, text, int32),
        Places(text, text, float64, float64, text, text, float32, text),
        Stops(
            text,
            text,
            text,
            text,
            text,
            text,
            text,
            float64,
            float64,
            int32,
            int32,
            int8,
            int8,
            float32,
            int32,
        ),
        Routes(text, int32, int32, text, text, text, text, text, text),
        Trips(
            text,
            int32,
            int32,
            int32,
            int32,
            int32,
            int8,
            int8,
            int8,
            int8,
            int8,
            int32,
            int32,
            start,
        ),
        Calls(int32, int32, int32, int32, int8, int8, int32, float32, uint8),
        Services(text, np.zeros((0, 1), np.uint8)),
        Frequencies(int32, int32, int32, int32, uint8),
        Transfers(int32, int32, int32, int32, int32, int32, int8, int32),
        Pathways(int32, int32, int8, uint8, int32, float32),
        Shapes(text, start, float64, float64, float32),
        text,
        {},
    )
