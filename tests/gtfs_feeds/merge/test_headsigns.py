"""Texts that many trips share."""

import polars as pl

from gtfs_feeds.merge.calls import Headsigns


def test_texts_are_held_in_the_order_of_the_feed_so_that_a_feed_always_becomes_the_same() -> None:
    # Enough of them that an order by hash would not be this one by chance.
    texts = [f"{at} 行き" for at in range(500)]
    signs = Headsigns()

    assert signs.rows(pl.Series(["", *texts, texts[7]])).tolist() == [-1, *range(500), 7]
    assert list(signs.texts) == texts
