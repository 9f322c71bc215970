"""Typed ids."""

from typing import NewType

FeedTag = NewType("FeedTag", str)
"""Short name of a feed in the network; letters, digits and hyphens, never an underscore."""

FeedScopedId = NewType("FeedScopedId", str)
"""`<tag>_<id in the feed>`: unique in the network, and the feed's own id is never rewritten."""

OperatorId = NewType("OperatorId", str)
"""A company in the registry."""


def feed_scoped(tag: str, feed_id: str) -> FeedScopedId:
    """Return the network's id of something that a feed calls `feed_id`."""
    return FeedScopedId(f"{tag}_{feed_id}")


def split_feed_scoped(scoped: str) -> tuple[FeedTag, str]:
    """Return the tag and the feed's own id; the tag is empty where there is none."""
    tag, separator, feed_id = scoped.partition("_")
    return (FeedTag(tag), feed_id) if separator else (FeedTag(""), scoped)
