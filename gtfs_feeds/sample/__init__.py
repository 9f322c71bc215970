"""The synthetic sample Kyushu: one GTFS feed a company, made from compact tables."""

from gtfs_feeds.sample.write import SampleFeed, write_sample

__all__ = ["SampleFeed", "write_sample"]
