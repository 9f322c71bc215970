import pytest

from tests.support.towns import merged, town

STOPS = {"p": (0, 0), "q": (3000, 0), "r": (6000, 0), "s": (9000, 0)}


def one(tag, path="pqr", *, east=0.0, **more):
    """A feed with one trip; its stops stand `east` metres off and bear the same names."""
    stops = {stop: (x + east, y) for stop, (x, y) in STOPS.items()}
    return town(
        stops, {"1": path}, tag=tag, names={stop: f"停留所{stop}" for stop in STOPS}, **more
    )


def kept(*feeds):
    network = merged(*feeds).network
    return network.trips.duplicate_of.tolist()


def test_a_run_that_two_feeds_publish_stays_once_in_the_first() -> None:
    # The poles of the two feeds stand 40 m apart: the same places.
    result = merged(one("a"), one("b", east=40))

    assert result.network.trips.duplicate_of.tolist() == [-1, 0]
    assert result.report.duplicate_trips == 1


def test_three_feeds_leave_one() -> None:
    assert kept(one("a"), one("b"), one("c")) == [-1, 0, 0]


@pytest.mark.parametrize(
    ("what", "other"),
    [
        ("a minute later", one("b", start="08:01")),
        ("one stop further", one("b", "pqs")),
        ("one stop less", one("b", "pq")),
        ("the other way", one("b", "rqp")),
        ("another kind of vehicle", one("b", types={"1": 4})),
        ("poles half a kilometre away", one("b", east=500)),
    ],
)
def test_what_differs_in_anything_that_matters_is_another_run(what, other) -> None:
    assert kept(one("a"), other) == [-1, -1], what


def with_days(feed, days):
    """The feed on other days of the week, Monday to Sunday."""
    import polars as pl

    from gtfs_feeds.merge import FeedInput
    from gtfs_feeds.read import FeedTables

    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    calendar = feed.tables.tables["calendar"].with_columns(
        pl.lit(flag).alias(name) for name, flag in zip(names, days, strict=True)
    )
    return FeedInput(feed.tag, FeedTables("", dict(feed.tables.tables) | {"calendar": calendar}))


def test_a_run_is_left_out_only_on_days_that_the_other_has() -> None:
    daily, weekdays = one("a"), with_days(one("b"), "1111100")

    assert kept(daily, weekdays) == [-1, 0]
    # the weekday feed first: the daily trip runs on Sundays, too, so both stay
    assert kept(with_days(one("a"), "1111100"), one("b")) == [-1, -1]


def test_a_made_up_timetable_never_stands_for_a_real_one() -> None:
    from dataclasses import replace

    sample = replace(one("sample"), synthetic=True)

    assert kept(sample, one("real")) == [1, -1]


def test_equal_trips_of_one_feed_are_two_vehicles() -> None:
    twice = town(STOPS, {"1": "pqr", "2": "pqr"}, tag="a")

    assert kept(twice, town({"z": (90000, 0), "y": (99000, 0)}, {"9": "zy"}, tag="b")) == [
        -1,
        -1,
        -1,
    ]


def test_two_calls_are_one_run_only_under_a_common_name() -> None:
    def ferry(tag, name):
        return town(
            {"p": (0, 0), "q": (30000, 0)},
            {name: "pq"},
            tag=tag,
            types={name: 4},
            names={"p": "東港", "q": "西港"},
        )

    assert kept(ferry("a", "east"), ferry("b", "rival")) == [-1, -1]
    assert kept(ferry("a", "East"), ferry("b", "east")) == [-1, 0]
