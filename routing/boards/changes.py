"""How long it takes to change, as the search counts it."""

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from maas.core.network import Network
from routing.model import TransferSettings

Walks = Mapping[int, int]
"""Stops, each with the seconds to walk there."""


class Changes:
    """Change times at stops and walks between stops, from the rules that hold everywhere."""

    def __init__(self, network: Network, default_s: int = 120) -> None:
        self._network = network
        self._default_s = default_s

    def seconds(self, stop: int, settings: TransferSettings) -> int:
        """Return how long a change between two vehicles at one stop takes."""
        return settled(self._own.get(stop, self._default_s), settings)

    def walks_from(self, stop: int) -> Walks:
        """Return the stops that are reached on foot from a stop."""
        return self._out.get(stop, {})

    def walks_to(self, stop: int) -> Walks:
        """Return the stops from which a stop is reached on foot."""
        return self._in.get(stop, {})

    def onward(self, stop: int, settings: TransferSettings) -> dict[int, int]:
        """Return where one can board after getting off at a stop, with the time it takes."""
        reach = {other: settled(took, settings) for other, took in self.walks_from(stop).items()}
        reach[stop] = self.seconds(stop, settings)
        return reach

    def toward(self, stop: int, settings: TransferSettings) -> dict[int, int]:
        """Return where one can get off to board at a stop, with the time it takes."""
        reach = {other: settled(took, settings) for other, took in self.walks_to(stop).items()}
        reach[stop] = self.seconds(stop, settings)
        return reach

    @cached_property
    def _rules(self) -> list[tuple[int, int, int]]:
        rules = self._network.transfers
        general = (
            (np.asarray(rules.type) == 2)
            & (np.asarray(rules.min_time_s) >= 0)
            & (np.asarray(rules.from_stop) >= 0)
            & (np.asarray(rules.to_stop) >= 0)
            & (np.asarray(rules.from_route) < 0)
            & (np.asarray(rules.to_route) < 0)
            & (np.asarray(rules.from_trip) < 0)
            & (np.asarray(rules.to_trip) < 0)
        )
        return [
            (int(rules.from_stop[row]), int(rules.to_stop[row]), int(rules.min_time_s[row]))
            for row in np.flatnonzero(general).tolist()
        ]

    @cached_property
    def _own(self) -> dict[int, int]:
        return {one: took for one, other, took in self._rules if one == other}

    @cached_property
    def _out(self) -> dict[int, dict[int, int]]:
        found: dict[int, dict[int, int]] = {}
        for one, other, took in self._rules:
            if one != other:
                found.setdefault(one, {})[other] = took
        return found

    @cached_property
    def _in(self) -> dict[int, dict[int, int]]:
        found: dict[int, dict[int, int]] = {}
        for one, other, took in self._rules:
            if one != other:
                found.setdefault(other, {})[one] = took
        return found


def settled(seconds: int, settings: TransferSettings) -> int:
    """Return a change time under the traveller's settings."""
    return int(max(settings.minimum_s, seconds * settings.factor)) + settings.additional_s
