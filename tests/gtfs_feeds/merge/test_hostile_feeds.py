"""Whatever the rows say, a merge ends with a sound network and a report."""

import random
import zipfile
from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gtfs_feeds.merge import FeedInput, MergeOptions, merge
from gtfs_feeds.read import FeedUnreadable, read_files
from routing.street.footpaths import footpaths
from tests.support.feed_text import SMALL, feed
from tests.support.network_checks import assert_sound
from tests.support.shared import SHARED, needs_shared

NASTY = (
    "",
    " ",
    "0",
    "-1",
    "1",
    "2",
    "7",
    "9999999999999999999999",
    "1e309",
    "nan",
    "-inf",
    "0x10",
    "１２：００：００",
    "24:00:00",
    "99:59:59",
    "999:00:00",
    "25:61:00",
    "8:05",
    "20261232",
    "00000000",
    "99991231",
    "20261205",
    "s1",
    "t1",
    "r1",
    "daily",
    "A1",
    "NA",
    "null",
    "駅\u202e前",
    "a\u0000b",
    "'; DROP TABLE stops;--",
    "🚌" * 50,
    "33.59",
    "-91",
    "180.0000001",
)
OPTIONS = (
    MergeOptions(),
    MergeOptions(service_days=(date(2026, 12, 1), date(2026, 12, 31))),
    MergeOptions(extend_until=date(2027, 3, 1)),
    MergeOptions(shift_to=date(2026, 11, 2)),
    MergeOptions(today=date(2026, 12, 10), extend_until=date(2027, 3, 1)),
)
OTHER_FILES: Mapping[str, str] = {
    "calendar_dates.txt": "service_id,date,exception_type\ndaily,20261224,2\n",
    "frequencies.txt": "trip_id,start_time,end_time,headway_secs\nt1,09:00:00,10:00:00,600\n",
    "transfers.txt": "from_stop_id,to_stop_id,transfer_type,min_transfer_time\ns1,s2,2,120\n",
    "shapes.txt": "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\nh,33,130,1\nh,33,131,2\n",
    "pathways.txt": (
        "pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional\np,s1,s2,1,1\n"
    ),
    "levels.txt": "level_id,level_index\nl,0\n",
    "translations.txt": (
        "table_name,field_name,language,translation,record_id\nstops,stop_name,en,Centre,s1\n"
    ),
    "feed_info.txt": "feed_publisher_name,feed_publisher_url,feed_lang\nP,https://p.example,ja\n",
    "attributions.txt": "organization_name\nO\n",
    "stop_group_elements.txt": "stop_group_id,stop_id\ns1,s2\n",
}
WHOLE: Mapping[str, str] = {
    **SMALL,
    **OTHER_FILES,
    "stops.txt": (
        "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,stop_timezone,level_id,"
        "wheelchair_boarding,platform_code,zone_id\n"
        "s1,中央,33.59,130.40,0,st,,l,,1,z\ns2,本町,33.60,130.41,0,,Asia/Seoul,,1,,\n"
        "s3,港,33.61,130.42,0,,,,,,\nst,中央,33.59,130.40,1,,,,1,,\n"
    ),
    "trips.txt": (
        "route_id,service_id,trip_id,trip_headsign,block_id,shape_id,direction_id,pickup_type\n"
        "r1,daily,t1,港,b,h,0,0\nr1,daily,t2,港,b,,1,2\n"
    ),
    "stop_times.txt": (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type,"
        "stop_headsign,shape_dist_traveled\n"
        "t1,08:00:00,08:00:00,s1,1,0,0,,0\nt1,,,s2,2,0,0,x,1\nt1,08:20:00,08:20:00,s3,3,0,0,,2\n"
        "t2,09:00:00,09:00:00,s3,1,0,0,,\nt2,09:20:00,09:21:00,s1,2,3,1,,\n"
    ),
}


def cells(files: Mapping[str, str]) -> list[tuple[str, int, int]]:
    """Every cell below a header: file, row, column."""
    return [
        (name, row, at)
        for name, text in files.items()
        for row, line in enumerate(text.splitlines()[1:], 1)
        for at in range(len(line.split(",")))
    ]


CELLS = cells(WHOLE)


def spoilt(changes) -> dict[str, str]:
    tables = {name: [line.split(",") for line in text.splitlines()] for name, text in WHOLE.items()}
    for (name, row, at), value in changes:
        tables[name][row][at] = value.replace(",", ";")
    return {name: "".join(",".join(row) + "\n" for row in rows) for name, rows in tables.items()}


def check(files: Mapping[str, bytes | str], options: MergeOptions) -> None:
    try:
        tables = read_files(files)
    except FeedUnreadable:
        return
    result = merge([FeedInput("bad", tables), feed("good")], options)

    assert_sound(result.network)
    outcome = {one.tag: one for one in result.report.feeds}
    assert outcome["bad"].quarantined != "internal-error"
    assert outcome["good"].quarantined == ""
    assert "good_t1" in result.network.trips.id.tolist()
    assert result.network.services.runs.size < 5_000_000
    assert len(str(result.report.as_json())) < 1_000_000
    footpaths(result.network)


def test_the_whole_feed_is_used_when_nothing_is_spoilt() -> None:
    result = merge([FeedInput("w", read_files(dict(WHOLE)))])

    assert_sound(result.network)
    assert result.report.feeds[0].findings == ()
    network = result.network
    assert network.stops.time_zone.tolist() == ["", "Asia/Seoul", "", ""]
    assert network.stops.level.tolist()[0] == 0.0
    assert network.trips.shape.tolist() == [0, -1]
    assert network.shapes.point_start.tolist() == [0, 2]
    assert len(network.frequencies.trip) == len(network.pathways.mode) == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    changes=st.lists(st.tuples(st.sampled_from(CELLS), st.sampled_from(NASTY)), max_size=12),
    options=st.sampled_from(OPTIONS),
)
def test_any_cells_may_hold_anything(changes, options) -> None:
    check(spoilt(changes), options)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_rows_may_be_missing_repeated_and_shuffled(data) -> None:
    files = {}
    for name, text in WHOLE.items():
        header, *rows = text.splitlines()
        chosen = data.draw(st.lists(st.sampled_from(rows), max_size=len(rows) + 3), label=name)
        files[name] = "\n".join([header, *chosen]) + "\n"
    check(files, data.draw(st.sampled_from(OPTIONS)))


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_any_file_may_be_empty_or_hold_only_its_header(name: str) -> None:
    header = WHOLE[name].splitlines()[0]
    for text in ("", header, header + "\n", header.replace("_id", "_ids") + "\n1,2,3\n"):
        check({**WHOLE, name: text}, MergeOptions())


def test_a_calendar_without_end_does_not_fill_the_memory() -> None:
    calendar = SMALL["calendar.txt"].replace("20261201,20261231", "19900101,20991231")

    result = merge([feed(calendar=calendar)], MergeOptions(today=date(2026, 12, 1)))

    assert result.network.services.runs.shape[1] <= 4 * 366 + 1
    first = result.network.first_day
    assert first < date(2026, 12, 1) < date.fromordinal(first.toordinal() + 1400)
    assert result.report.feeds[0].findings[0].code == "endless-calendar"


def test_stations_that_are_each_others_parent_end() -> None:
    stops = (
        "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
        "s1,a,33,130,1,s2\ns2,b,33,130,1,s1\ns3,c,33,130,4,s3\n"
    )

    result = merge([feed(stops=stops)])

    assert_sound(result.network)
    assert result.network.stops.parent.tolist() == [-1, -1, -1]


def test_a_thousand_languages_are_cut_to_fifty() -> None:
    rows = "".join(f"stops,stop_name,x{at},n,s1\n" for at in range(1000))
    header = "table_name,field_name,language,translation,record_id\n"

    result = merge([feed(translations=header + rows + "stops,stop_name,en,n,s1\n" * 3)])

    names = [name for name in result.network.translations if name.startswith("stops.name.")]
    assert len(names) == 50
    assert "stops.name.en" in names
    assert result.report.feeds[0].findings[0].count == 951


def test_more_services_and_days_than_memory_has_are_refused() -> None:
    services = "".join(f"d{at},20260101,1\nd{at},20291231,1\n" for at in range(140_000))
    dates = "service_id,date,exception_type\n" + services

    result = merge([feed(calendar_dates=dates), feed("good")])

    assert [one.quarantined for one in result.report.feeds] == ["too-many-services", ""]


def test_thousands_of_equal_trips_in_two_feeds_do_not_multiply() -> None:
    trips = SMALL["trips.txt"] + "".join(f"r1,daily,x{at}\n" for at in range(3000))
    calls = SMALL["stop_times.txt"] + "".join(
        f"x{at},08:00:00,08:00:00,s1,1\nx{at},08:10:00,08:10:00,s2,2\nx{at},08:20:00,08:20:00,s3,3\n"
        for at in range(3000)
    )
    weekdays = SMALL["calendar.txt"].replace("1,1,1,1,1,1,1", "1,1,1,1,1,0,0")

    one = feed("a", trips=trips, stop_times=calls, calendar=weekdays)
    network = merge([one, feed("b", trips=trips, stop_times=calls)]).network

    # the trips of b run on Sundays, too, so each stays
    assert (network.trips.duplicate_of == -1).all()


@pytest.mark.shared
@needs_shared
@pytest.mark.parametrize("seed", range(20))
def test_damaged_variants_of_a_real_feed_never_raise(seed: int) -> None:
    chance = random.Random(seed)
    path = SHARED / "data" / "feeds" / "kama_city_bus_2019.zip"
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if name != "shapes.txt"}
    for name in chance.sample(sorted(files), 3):
        text = bytearray(files[name])
        kind = chance.randrange(4)
        if kind == 0:
            text = text[: chance.randrange(len(text))]
        elif kind == 1:
            for _ in range(50):
                text[chance.randrange(len(text))] = chance.randrange(256)
        elif kind == 2:
            lines = bytes(text).splitlines(keepends=True)
            chance.shuffle(lines)
            text = bytearray(b"".join(lines))
        else:
            at = chance.randrange(len(text))
            text[at:at] = b'"' * chance.randrange(1, 4)
        files[name] = bytes(text)

    check(files, chance.choice(OPTIONS))
