from datetime import date, timedelta

import numpy as np
import pytest

from gtfs_feeds.merge import MergeOptions, merge
from tests.support.feed_text import SMALL, feed, with_rows
from tests.support.network_checks import assert_sound


def codes(result, tag="a"):
    return {
        (finding.code, finding.file, finding.field): finding.count
        for outcome in result.report.feeds
        if outcome.tag == tag
        for finding in outcome.findings
    }


def days_of(network, service):
    """The days on which a service runs, as ISO dates."""
    row = network.services.id.tolist().index(service)
    return [
        (network.first_day + timedelta(days=int(day))).isoformat()
        for day in np.flatnonzero(network.services.runs[row])
    ]


def test_a_small_feed_becomes_columns_with_feed_scoped_ids() -> None:
    result = merge([feed()])

    network = result.network
    assert_sound(network)
    assert codes(result) == {}
    assert network.stops.id.tolist() == ["a_s1", "a_s2", "a_s3"]
    assert network.trips.id.tolist() == ["a_t1"]
    # 8:00 = 28,800 s, 8:10 = 29,400 s, 8:11 = 29,460 s, 8:20 = 30,000 s
    assert network.calls.arrival_s.tolist() == [28800, 29400, 30000]
    assert network.calls.departure_s.tolist() == [28800, 29460, 30000]
    assert network.calls.exact.tolist() == [1, 1, 1]
    assert network.first_day == date(2026, 12, 1)
    assert network.services.runs.shape == (1, 31)


def test_two_feeds_may_use_the_same_ids() -> None:
    network = merge([feed("a"), feed("b")]).network

    assert_sound(network)
    assert network.trips.id.tolist() == ["a_t1", "b_t1"]
    assert network.routes.agency.tolist() == [0, 1]
    assert network.calls.stop.tolist() == [0, 1, 2, 3, 4, 5]


def test_a_feed_without_stop_times_stays_outside_and_the_other_goes_in() -> None:
    result = merge([feed("broken", stop_times=""), feed("good")])

    assert [(o.tag, o.quarantined) for o in result.report.feeds] == [
        ("broken", "missing-table"),
        ("good", ""),
    ]
    assert result.report.feeds[0].findings[0].file == "stop_times.txt"
    assert result.network.feeds.tag.tolist() == ["good"]


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"agency": SMALL["agency.txt"].replace("Asia/Tokyo", "Asia/Nowhere")}, "no-time-zone"),
        ({"calendar": ""}, "missing-table"),
        ({"calendar": SMALL["calendar.txt"].replace("20261201", "2026-12")}, "no-service-day"),
        ({"trips": SMALL["trips.txt"].replace("daily", "never")}, "no-usable-trip"),
        ({"stop_times": SMALL["stop_times.txt"].replace("08:", "8 o'clock ")}, "no-usable-trip"),
        ({"stops": "stop_id,stop_name\n"}, "missing-table"),
    ],
)
def test_a_feed_of_which_nothing_can_be_used_is_quarantined(files, reason) -> None:
    result = merge([feed(**files)])

    assert [outcome.quarantined for outcome in result.report.feeds] == [reason]
    assert_sound(result.network)
    assert len(result.network.trips.id) == 0


def test_a_tag_with_an_underscore_or_used_twice_is_refused() -> None:
    result = merge([feed("a_b"), feed("c"), feed("c")])

    assert [o.quarantined for o in result.report.feeds] == ["bad-tag", "", "tag-twice"]


def test_rows_that_refer_to_nothing_are_left_out_with_their_line() -> None:
    result = merge(
        [
            feed(
                trips=with_rows("trips", "r9,daily,t2", "r1,weekly,t3"),
                stop_times=with_rows(
                    "stop_times", "t1,08:30:00,08:30:00,s9,4", "t9,08:30:00,08:30:00,s1,4"
                ),
                transfers="from_stop_id,to_stop_id,transfer_type\ns1,s9,2\n",
                frequencies="trip_id,start_time,end_time,headway_secs\nt9,08:00:00,09:00:00,600\n",
            )
        ]
    )

    assert_sound(result.network)
    assert codes(result) == {
        ("unknown-reference", "trips.txt", "route_id"): 1,
        ("unknown-reference", "trips.txt", "service_id"): 1,
        ("unknown-reference", "stop_times.txt", "trip_id"): 1,
        ("unknown-reference", "stop_times.txt", "stop_id"): 1,
        ("unknown-reference", "transfers.txt", "to_stop_id"): 1,
        ("unknown-reference", "frequencies.txt", "trip_id"): 1,
    }
    samples = {f.field: f.samples for f in result.report.feeds[0].findings}
    # header + three rows, so the first added row of stop_times.txt is line 5
    assert samples["stop_id"] == ((5, "s9"),)


def test_the_first_of_rows_with_the_same_key_stays() -> None:
    result = merge(
        [
            feed(
                stops=with_rows("stops", "s1,別の中央,35,135"),
                trips=with_rows("trips", "r1,daily,t1"),
                stop_times=with_rows("stop_times", "t1,09:00:00,09:00:00,s3,3"),
            )
        ]
    )

    assert_sound(result.network)
    assert result.network.stops.name.tolist() == ["中央", "本町", "港"]
    assert result.network.calls.departure_s.tolist()[-1] == 30000
    assert codes(result) == {
        ("duplicate-key", "stops.txt", "stop_id"): 1,
        ("duplicate-key", "trips.txt", "trip_id"): 1,
        ("duplicate-key", "stop_times.txt", "stop_sequence"): 1,
    }


def test_calls_with_one_number_at_several_stops_follow_each_other_as_in_the_file() -> None:
    stop_times = (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "t1,08:00:00,08:00:00,s1,0\nt1,08:10:00,08:10:00,s2,0\nt1,08:20:00,08:20:00,s3,1\n"
    )

    result = merge([feed(stop_times=stop_times)])

    assert_sound(result.network)
    assert result.network.calls.stop.tolist() == [0, 1, 2]
    assert codes(result) == {("repeated-sequence", "stop_times.txt", "stop_sequence"): 1}


def test_calls_are_ordered_by_sequence_whatever_the_order_of_the_rows() -> None:
    rows = SMALL["stop_times.txt"].splitlines()
    shuffled = "\n".join([rows[0], rows[3], rows[1], rows[2]]) + "\n"

    network = merge([feed(stop_times=shuffled)]).network

    assert network.calls.sequence.tolist() == [1, 2, 3]
    assert network.calls.stop.tolist() == [0, 1, 2]


def test_times_beyond_midnight_count_on() -> None:
    stop_times = (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "t1,24:17:00,24:17:00,s1,1\nt1,33:00:00,33:00:00,s2,2\nt1,100:00:00,100:00:00,s3,3\n"
    )

    network = merge([feed(stop_times=stop_times)]).network

    # 24 h 17 min = 87,420 s; 33 h = 118,800 s; 100 h = 360,000 s
    assert network.calls.arrival_s.tolist() == [87420, 118800, 360000]


def test_a_trip_whose_times_fall_is_left_out_and_the_others_stay() -> None:
    result = merge(
        [
            feed(
                trips=with_rows("trips", "r1,daily,t2"),
                stop_times=with_rows(
                    "stop_times",
                    "t2,23:50:00,23:50:00,s1,1",
                    "t2,00:10:00,00:10:00,s2,2",
                ),
            )
        ]
    )

    assert result.network.trips.id.tolist() == ["a_t1"]
    assert codes(result)["times-fall", "stop_times.txt", "arrival_time"] == 1


def test_a_call_whose_time_cannot_be_read_is_left_out_not_guessed() -> None:
    bad = SMALL["stop_times.txt"].replace("08:10:00,08:11:00", "8時10分,8時11分")

    result = merge([feed(stop_times=bad)])

    assert result.network.calls.stop.tolist() == [0, 2]
    assert result.network.calls.exact.tolist() == [1, 1]
    assert codes(result) == {
        ("bad-time", "stop_times.txt", "arrival_time"): 1,
        ("bad-time", "stop_times.txt", "departure_time"): 1,
    }


def test_stops_between_two_times_get_even_times_that_are_marked() -> None:
    stop_times = (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "t1,08:00:00,08:00:00,s1,1\nt1,,,s2,2\nt1,,,s3,3\nt1,08:30:00,08:30:00,s1,4\n"
    )

    network = merge([feed(stop_times=stop_times)]).network

    # a third and two thirds of 30 minutes after 8:00
    assert network.calls.arrival_s.tolist() == [28800, 29400, 30000, 30600]
    assert network.calls.exact.tolist() == [1, 0, 0, 1]


def test_stops_between_two_times_follow_the_distance_where_it_is_given() -> None:
    stop_times = (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence,shape_dist_traveled\n"
        "t1,08:00:00,08:00:00,s1,1,0\nt1,,,s2,2,1\nt1,,,s3,3,8\nt1,08:30:00,08:30:00,s1,4,10\n"
    )

    network = merge([feed(stop_times=stop_times)]).network

    # 1/10 and 8/10 of 1,800 s after 28,800 s
    assert network.calls.arrival_s.tolist() == [28800, 28980, 30240, 30600]


def test_calls_without_time_before_the_first_time_are_left_out() -> None:
    stop_times = (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
        "t1,,,s1,1\nt1,08:10:00,08:10:00,s2,2\nt1,08:20:00,08:20:00,s3,3\nt1,,,s1,4\n"
    )

    result = merge([feed(stop_times=stop_times)])

    assert result.network.calls.stop.tolist() == [1, 2]
    assert codes(result) == {("untimed-end", "stop_times.txt", "arrival_time"): 2}


def test_calendar_dates_add_and_remove_days() -> None:
    result = merge(
        [
            feed(
                calendar=SMALL["calendar.txt"].replace("1,1,1,1,1,1,1", "1,1,1,1,1,0,0"),
                calendar_dates=(
                    "service_id,date,exception_type\n"
                    "daily,20261207,2\ndaily,20261212,1\ndaily,20270103,1\ndaily,2027/01/04,1\n"
                ),
            )
        ],
        MergeOptions(service_days=(date(2026, 12, 4), date(2027, 1, 4))),
    )

    days = days_of(result.network, "a_daily")
    # Friday 4th, not Monday 7th, Saturday 12th although it is one
    assert days[:7] == [
        "2026-12-04",
        "2026-12-08",
        "2026-12-09",
        "2026-12-10",
        "2026-12-11",
        "2026-12-12",
        "2026-12-14",
    ]
    assert days[-1] == "2027-01-03"
    assert codes(result) == {("bad-date", "calendar_dates.txt", "date"): 1}


def test_a_feed_ends_when_it_ends_unless_somebody_asks_for_more() -> None:
    asked = MergeOptions(extend_until=date(2027, 1, 10))

    plain, extended = merge([feed()]).network, merge([feed()], asked).network

    assert days_of(plain, "a_daily")[-1] == "2026-12-31"
    assert plain.feeds.looped_since.tolist() == [""]
    assert days_of(extended, "a_daily")[-1] == "2027-01-10"
    assert extended.feeds.looped_since.tolist() == ["2026-12-31"]
    assert extended.feeds.end_day.tolist() == ["2026-12-31"]


def test_an_extended_calendar_keeps_weekdays_and_does_not_repeat_a_holiday() -> None:
    # Monday to Friday, and the last Wednesday (30th) does not run: a holiday, not the rule.
    result = merge(
        [
            feed(
                calendar=SMALL["calendar.txt"].replace("1,1,1,1,1,1,1", "1,1,1,1,1,0,0"),
                calendar_dates="service_id,date,exception_type\ndaily,20261230,2\n",
            )
        ],
        MergeOptions(extend_until=date(2027, 1, 10)),
    )

    # 1 January 2027 is a Friday
    assert [day for day in days_of(result.network, "a_daily") if day > "2026-12-31"] == [
        "2027-01-01",
        "2027-01-04",
        "2027-01-05",
        "2027-01-06",
        "2027-01-07",
        "2027-01-08",
    ]


def test_feeds_of_different_years_meet_in_the_week_that_a_demonstration_asks_for() -> None:
    old = feed(
        "old",
        calendar=SMALL["calendar.txt"]
        .replace("2026", "2019")
        .replace("1,1,1,1,1,1,1", "0,0,0,0,0,1,1"),
    )

    network = merge([old, feed("new")], MergeOptions(shift_to=date(2026, 12, 7))).network

    assert network.feeds.looped_since.tolist() == ["2019-12-29", ""]
    # Saturdays and Sundays of the four weeks from Monday 7 December, and Sunday the 6th before
    assert days_of(network, "old_daily") == [
        "2026-12-06",
        "2026-12-12",
        "2026-12-13",
        "2026-12-19",
        "2026-12-20",
        "2026-12-26",
        "2026-12-27",
        "2027-01-02",
        "2027-01-03",
    ]


def test_an_expired_feed_is_quarantined_when_today_is_told() -> None:
    late = MergeOptions(today=date(2027, 2, 1))

    assert merge([feed()], late).report.feeds[0].quarantined == "expired"
    assert merge([feed()]).report.feeds[0].quarantined == ""


def test_a_feed_without_service_in_the_days_asked_for_is_quarantined() -> None:
    options = MergeOptions(service_days=(date(2025, 1, 1), date(2025, 1, 31)))

    assert merge([feed()], options).report.feeds[0].quarantined == "no-service-in-window"


def test_the_stray_feed_of_another_century_does_not_blow_up_the_calendar() -> None:
    stray = feed("stray", calendar=SMALL["calendar.txt"].replace("2026", "2098"))

    result = merge([feed("a"), stray, feed("b")])

    assert [o.quarantined for o in result.report.feeds] == ["", "far-from-the-others", ""]
    assert result.network.services.runs.shape[1] == 31


def test_headsigns_blocks_directions_and_reservations_are_kept() -> None:
    trips = (
        "route_id,service_id,trip_id,trip_headsign,block_id,direction_id,pickup_type,cars_allowed\n"
        "r1,daily,t1,港,b1,1,2,1\nr1,daily,t2,港,b1,,0,\n"
    )
    stop_times = with_rows("stop_times", "t2,09:00:00,09:00:00,s1,1", "t2,09:10:00,09:10:00,s2,2")

    networks = merge(
        [feed("a", trips=trips, stop_times=stop_times), feed("b", trips=trips)]
    ).network

    trips_of = networks.trips
    assert networks.texts.tolist() == ["港"]
    assert trips_of.headsign.tolist() == [0, 0, 0]
    assert trips_of.block.tolist() == [0, 0, 1]  # the same block id of two feeds is two blocks
    assert trips_of.direction.tolist() == [1, -1, 1]
    assert trips_of.reservation.tolist() == [1, 0, 1]
    assert trips_of.cars.tolist() == [1, 0, 1]


def test_transfers_of_stops_routes_and_trips_are_kept_as_published() -> None:
    result = merge(
        [
            feed(
                trips=with_rows("trips", "r1,daily,t2"),
                stop_times=with_rows(
                    "stop_times", "t2,09:00:00,09:00:00,s3,1", "t2,09:10:00,09:10:00,s2,2"
                ),
                transfers=(
                    "from_stop_id,to_stop_id,from_route_id,to_route_id,from_trip_id,to_trip_id,"
                    "transfer_type,min_transfer_time\n"
                    "s1,s2,,,,,2,180\ns1,s1,r1,r1,,,3,\n,,,,t1,t2,4,\ns3,s3,,,t1,t2,5,\n,,,,,,2,60\n"
                ),
            )
        ]
    )

    transfers = result.network.transfers
    assert transfers.type.tolist() == [2, 3, 4, 5]
    assert transfers.min_time_s.tolist() == [180, -1, -1, -1]
    assert transfers.from_stop.tolist() == [0, 0, -1, 2]
    assert transfers.to_trip.tolist() == [-1, -1, 1, 1]
    assert codes(result) == {("bad-value", "transfers.txt", "from_stop_id"): 1}


def test_translations_of_both_forms_arrive_beside_their_columns() -> None:
    old = "trans_id,lang,translation\n中央,ja-HrKt,ちゅうおう\n港,en,Port\n港,en,Harbour\n"
    new = (
        "table_name,field_name,language,translation,record_id,record_sub_id,field_value\n"
        "stops,stop_name,ja-Hrkt,ほんまち,s2,,\nstops,stop_name,en,Port,,,港\n"
        "stops,stop_name,en,Nothing,s9,,\n"
    )

    result = merge([feed("a", translations=old), feed("b", translations=new)])

    assert_sound(result.network)
    kana = result.network.translations["stops.name.ja-Hrkt"].tolist()
    english = result.network.translations["stops.name.en"].tolist()
    assert kana == ["ちゅうおう", "", "", "", "ほんまち", ""]
    assert english == ["", "", "Port", "", "", "Port"]
    assert codes(result, "b") == {("unknown-reference", "translations.txt", "record_id"): 1}


def test_headsigns_are_translated_by_record_and_by_value() -> None:
    trips = "route_id,service_id,trip_id,trip_headsign\nr1,daily,t1,港\n"
    stop_times = (
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence,stop_headsign\n"
        "t1,08:00:00,08:00:00,s1,1,本町経由港\nt1,08:10:00,08:11:00,s2,2,\n"
    )
    translations = (
        "table_name,field_name,language,translation,record_id,record_sub_id,field_value\n"
        "trips,trip_headsign,en,Port,t1,,\n"
        "stop_times,stop_headsign,en,Port via Honmachi,t1,1,\n"
    )

    network = merge([feed(trips=trips, stop_times=stop_times, translations=translations)]).network

    english = dict(zip(network.texts, network.translations["texts.en"], strict=True))
    assert english == {"港": "Port", "本町経由港": "Port via Honmachi"}


def test_wheelchair_access_is_inherited_from_the_station() -> None:
    stops = (
        "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station,wheelchair_boarding\n"
        "st,駅,33.59,130.40,1,,1\ns1,のりば1,33.59,130.40,,st,\ns2,のりば2,33.59,130.40,0,st,2\n"
        "s3,港,33.61,130.42,,s1,\n"
    )

    result = merge([feed(stops=stops)])

    assert result.network.stops.wheelchair.tolist() == [1, 1, 2, 0]
    assert result.network.stops.parent.tolist() == [-1, 0, 0, -1]
    assert codes(result) == {("parent-ignored", "stops.txt", "parent_station"): 1}


def test_groups_of_stops_are_kept_for_searching() -> None:
    network = merge(
        [
            feed(
                stops=with_rows("stops", "g1,グループ,0.0,0.0"),
                stop_group_elements="stop_group_id,stop_id\ng1,s1\ng1,s2\ng1,s9\n",
            )
        ]
    ).network

    assert network.groups.group.tolist() == [3, 3]
    assert network.groups.stop.tolist() == [0, 1]


def test_shops_of_companies_are_kept_and_nothing_but_addresses() -> None:
    network = merge(
        [
            feed(
                routes="route_id,agency_id,route_short_name,route_type,ticketing_deep_link_id\n"
                "r1,,1,3,shop\n",
                ticketing_deep_links="ticketing_deep_link_id,web_url,android_intent_uri,"
                "ios_universal_link_url\nshop,https://s.example,javascript:alert(1),\n"
                "bad,javascript:alert(1),,\n",
                ticketing_identifiers="ticketing_stop_id,stop_id,agency_id\nX,s1,\nY,s9,\n",
            )
        ]
    ).network

    tickets = network.tickets
    assert [tickets.web[row] for row in range(len(tickets.stop))] == ["https://s.example", ""]
    assert [*tickets.android] == ["", ""]
    assert tickets.route.tolist() == [0, -1]
    assert (tickets.stop.tolist(), [*tickets.name]) == ([-1, 0], ["", "X"])


def test_a_failure_inside_the_conversion_stops_only_its_feed(monkeypatch, caplog) -> None:
    from gtfs_feeds.merge import merge as module  # the module is shadowed by the function

    del module
    import sys

    real = sys.modules["gtfs_feeds.merge.merge"].convert

    def convert(one, options, found):
        if one.tag == "a":
            raise RuntimeError
        return real(one, options, found)

    monkeypatch.setattr(sys.modules["gtfs_feeds.merge.merge"], "convert", convert)

    result = merge([feed("a"), feed("b")])

    assert [o.quarantined for o in result.report.feeds] == ["internal-error", ""]
    assert "a" in caplog.text
