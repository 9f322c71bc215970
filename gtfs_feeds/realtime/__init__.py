"""GTFS Realtime messages as the neutral values of `maas.core.live`."""
