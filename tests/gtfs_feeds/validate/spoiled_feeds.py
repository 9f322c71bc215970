"""For each rule edits of the valid feed that make it fire, and near misses that must not."""

from collections.abc import Mapping, Sequence

from tests.support.valid_feed import AGENCY, VALID, Edit

ST, TR, SP, RT = "stop_times.txt", "trips.txt", "stops.txt", "routes.txt"
CAL, DATES, INFO, SH = "calendar.txt", "calendar_dates.txt", "feed_info.txt", "shapes.txt"
TL, XF, FA, FR = "translations.txt", "transfers.txt", "fare_attributes.txt", "fare_rules.txt"
AG = "agency.txt"
LAST_STOP = "C,天神,,33.6000,130.4200,C,,0,,,,\n"
FLEX_HEADER = (
    "trip_id,stop_id,location_group_id,location_id,stop_sequence,arrival_time,departure_time,"
    "start_pickup_drop_off_window,end_pickup_drop_off_window,pickup_type,drop_off_type,"
    "pickup_booking_rule_id,drop_off_booking_rule_id,shape_dist_traveled\n"
)
BOOKING = (
    "booking_rule_id,booking_type,prior_notice_duration_min,prior_notice_duration_max,"
    "prior_notice_last_day,prior_notice_last_time,prior_notice_start_day,prior_notice_start_time\n"
)
TRANSFER_RULES = (
    "from_leg_group_id,to_leg_group_id,transfer_count,duration_limit,duration_limit_type,"
    "fare_transfer_type\n"
)
PATHS = "pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional\n"
WEEKDAYS = "S,1,1,1,1,1,0,0,20260401,20270331"


def add(name: str, *rows: str) -> Edit:
    """Return the edit that adds rows at the end of a file of the valid feed."""
    return (name, None, VALID[name] + "".join(f"{row}\n" for row in rows))


def flex(*rows: str) -> list[Edit]:
    """Return the edits that replace all calls by these rows of a Flex feed."""
    return [(ST, None, FLEX_HEADER + "".join(f"{row}\n" for row in rows))]


def booking(row: str) -> list[Edit]:
    """Return the edit that adds one booking rule."""
    return [("booking_rules.txt", None, BOOKING + row + "\n")]


def fare_transfer(row: str) -> list[Edit]:
    """Return the edit that adds one fare transfer rule."""
    return [("fare_transfer_rules.txt", None, TRANSFER_RULES + row + "\n")]


def station(*rows: str) -> Edit:
    """Return the edit that adds places to stops.txt."""
    return (SP, LAST_STOP, LAST_STOP + "".join(f"{row}\n" for row in rows))


SPOILED: Mapping[str, Sequence[Edit]] = {
    # files and columns
    "missing_required_file": [(RT, None, None)],
    "empty_file": [(TR, None, "route_id,service_id,trip_id\n")],
    "missing_calendar_and_calendar_date_files": [(CAL, None, None), (DATES, None, None)],
    "missing_recommended_file": [(SH, None, None)],
    "unknown_file": [("tanuki.txt", None, "a,b\n1,2\n")],
    "missing_required_column": [(SP, "stop_id,", "stop_ident,")],
    "unknown_column": [(RT, "route_desc", "route_colour")],
    "missing_required_field": [(AG, "ためしバス", "")],
    "missing_recommended_field": [(INFO, "20270331,1,", "20270331,,")],
    "more_than_one_entity": [add(INFO, "もう一つ,https://b.example.jp/,ja,20260401,20270331,2,")],
    "jp_missing_required_file": [(TL, None, None)],
    "jp_missing_recommended_file": [("attributions.txt", None, None)],
    "jp_missing_required_field": [
        (SP, "B,中洲,,33.5950,130.4200,B,,0", "B,中洲,,33.5950,130.4200,B,,")
    ],
    "jp_missing_recommended_field": [(SP, "platform_code", "pole_code")],
    "jp_reference_only_file": [("routes_jp.txt", None, "route_id\nR\n")],
    "jp_translations_legacy_format": [
        (TL, None, "trans_id,lang,translation\n中洲,ja-Hrkt,なかす\n")
    ],
    # cells
    "invalid_character": [(SP, "中洲", "中\ufffd")],
    "new_line_in_value": [(SP, "中洲", '"中\n洲"')],
    "leading_or_trailing_whitespaces": [(SP, "中洲", '" 中洲"')],
    "non_ascii_or_non_printable_char": [(DATES, "S,", "日,")],
    "mixed_case_recommended_field": [(RT, "博多天神線", "TENJIN LINE")],
    "invalid_language_code": [(AG, ",ja,", ",日本語,")],
    "invalid_url": [(AG, "https://bus.example.jp/", "bus example")],
    "invalid_email": [(AG, "info@example.jp", "info at example")],
    "invalid_phone_number": [(AG, "092-123-4567", "でんわ")],
    "invalid_color": [(RT, "FFFFFF", "#FFFFF")],
    "invalid_currency": [(FA, "JPY", "YEN")],
    "invalid_timezone": [(AG, "Asia/Tokyo", "JST")],
    "invalid_integer": [(ST, "T1,08:05:00,08:05:00,B,2,", "T1,08:05:00,08:05:00,B,二,")],
    "invalid_float": [(SP, "33.5950", "さんさん")],
    "invalid_time": [(ST, "08:05:00,08:05:00", "08:65:00,08:05:00")],
    "invalid_date": [(CAL, "20270331", "20270231")],
    "unexpected_enum_value": [(RT, ",3,", ",99,")],
    "number_out_of_range": [(SP, "33.5950", "93.5950")],
    "point_near_origin": [(SP, "33.5950,130.4200,B", "0.0,0.0,B")],
    "point_near_pole": [(SP, "33.5950,130.4200,B", "89.9,130.0,B")],
    "start_and_end_range_out_of_order": [(CAL, "20260401,20270331", "20270401,20270331")],
    "start_and_end_range_equal": [
        (
            "frequencies.txt",
            None,
            "trip_id,start_time,end_time,headway_secs\nT1,08:00:00,08:00:00,600\n",
        )
    ],
    "invalid_currency_amount": [
        ("fare_products.txt", None, "fare_product_id,amount,currency\nX,200.50,JPY\n")
    ],
    # keys and references
    "duplicate_key": [add(SP, "A,別の名,,33.5901,130.4208,A,,0,,,,")],
    "foreign_key_violation": [(TR, "R,S,T2", "X,S,T2")],
    "duplicate_geography_id": [("location_groups.txt", None, "location_group_id\nA\n")],
    "malformed_json": [("locations.geojson", None, "{")],
    # agencies, routes, feed
    "inconsistent_agency_timezone": [
        add(AG, "9300001007204_2,別会社,https://c.example.jp/,Asia/Seoul,ja,,")
    ],
    "inconsistent_agency_lang": [
        add(AG, "9300001007204_2,別会社,https://c.example.jp/,Asia/Tokyo,en,,")
    ],
    "missing_required_agency_id": [
        add(AG, "9300001007204_2,別会社,https://c.example.jp/,Asia/Tokyo,ja,,"),
        (RT, f"R,{AGENCY}", "R,"),
    ],
    "feed_info_lang_and_agency_lang_mismatch": [(AG, ",ja,", ",en,")],
    "missing_feed_info_date": [(INFO, "20260401,", ",")],
    "feed_expiration_date7_days": [(INFO, "20270331", "20260605")],
    "feed_expiration_date30_days": [(INFO, "20270331", "20260615")],
    "future_feed": [(INFO, "20260401", "20260602")],
    "missing_feed_contact_email_and_url": [(INFO, "1,info@example.jp", "1,")],
    "route_both_short_and_long_name_missing": [(RT, "1,博多天神線", ",")],
    "route_short_name_too_long": [(RT, ",1,博多", ",とても長い短い名前の例です,博多")],
    "route_long_name_contains_short_name": [(RT, "1,博多天神線", "博多,博多 天神線")],
    "same_name_and_description_for_route": [(RT, "博多天神線,,", "博多天神線,博多天神線,")],
    "duplicate_route_name": [add(RT, f"R2,{AGENCY},1,博多天神線,,3,,,,")],
    "route_color_contrast": [(RT, "FFFFFF,000000", "FFFFFF,FFFF00")],
    "same_route_and_agency_url": [(RT, ",3,,", ",3,https://bus.example.jp/,")],
    "same_stop_and_agency_url": [(SP, "B,,0", "B,https://bus.example.jp/,0")],
    "same_stop_and_route_url": [
        (RT, ",3,,", ",3,https://bus.example.jp/1,"),
        (SP, "B,,0", "B,https://bus.example.jp/1,0"),
    ],
    "attribution_without_role": [("attributions.txt", ",1", ",0")],
    # stops
    "missing_stop_name": [(SP, "中洲", "")],
    "stop_without_location": [(SP, "33.5950,130.4200", ",")],
    "same_name_and_description_for_stop": [(SP, "中洲,,", "中洲,中洲,")],
    "station_with_parent_station": [
        station("X,駅,,33.59,130.42,,,1,,,,", "Y,駅,,33.59,130.42,,,1,X,,,")
    ],
    "platform_without_parent_station": [(SP, "B,,0,,,", "B,,0,,1,")],
    "location_without_parent_station": [station("E,入口,,33.59,130.42,,,2,,,,")],
    "wrong_parent_location_type": [(SP, "B,,0,,", "B,,0,A,")],
    "unused_station": [station("X,駅,,33.59,130.42,,,1,,,,")],
    "stop_access_specified_for_incorrect_location": [station("X,駅,,33.59,130.42,,,1,,,,1")],
    "stop_access_specified_for_stop_with_no_parent_station": [(SP, "B,,0,,,,", "B,,0,,,,1")],
    "stop_without_stop_time": [station("D,大濠,,33.59,130.38,D,,0,,,,")],
    "location_with_unexpected_stop_time": [(SP, "B,,0", "B,,1")],
    "stop_without_zone_id": [(SP, "130.4200,B,", "130.4200,,")],
    # trips and calls
    "stop_time_with_only_arrival_or_departure_time": [(ST, "08:05:00,08:05:00", ",08:05:00")],
    "missing_trip_edge": [(ST, "08:10:00,08:10:00,C,3,1,0,1.1,1", ",,C,3,1,0,1.1,0")],
    "stop_time_timepoint_without_times": [(ST, "08:05:00,08:05:00", ",")],
    "missing_timepoint_value": [(ST, "0.5,1", "0.5,")],
    "stop_time_with_arrival_before_previous_departure_time": [
        (ST, "08:05:00,08:05:00", "07:59:00,08:05:00")
    ],
    "decreasing_or_equal_stop_time_distance": [(ST, "B,2,0,0,0.5", "B,2,0,0,0")],
    "unsorted_stop_times": [
        (ST, "T1,08:00:00,08:00:00,A,1,0,1,0,1\n", ""),
        (ST, "1.1,1\nT2,09:00:00", "1.1,1\nT1,08:00:00,08:00:00,A,1,0,1,0,1\nT2,09:00:00"),
    ],
    "unused_trip": [add(TR, "R,S,T3,天神,,P,1")],
    "unusable_trip": [add(TR, "R,S,T3,天神,,P,1"), add(ST, "T3,10:00:00,10:00:00,A,1,,,0,1")],
    "trip_headsign_matches_intermediate_stop": [(TR, "T1,天神", "T1,中洲")],
    "missing_bike_allowance": [(RT, ",3,", ",4,"), (TR, "P,1", "P,")],
    "overlapping_frequency": [
        (
            "frequencies.txt",
            None,
            (
                "trip_id,start_time,end_time,headway_secs\n"
                "T1,08:00:00,09:00:00,600\nT1,08:59:00,10:00:00,600\n"
            ),
        )
    ],
    # 0.53 km in 0 seconds is judged as a minute: 32 km/h is allowed; 6.7 km in 60 s + 60 s is not.
    "fast_travel_between_consecutive_stops": [
        (SP, "33.5950,130.4200", "33.6502,130.4207"),
        (ST, "08:05:00,08:05:00,B", "08:01:00,08:01:00,B"),
    ],
    # About 33 km in 10 minutes.
    "fast_travel_between_far_stops": [(SP, "33.6000,130.4200", "33.8902,130.4207")],
    # services
    "service_has_no_active_day_of_the_week": [(CAL, "S,1,1,1,1,1,1,1", "S,0,0,0,0,0,0,0")],
    "expired_calendar": [(CAL, "20270331", "20260531"), (DATES, "20270101", "20260501")],
    "big_gap_in_service": [
        (CAL, "20270331", "20260610"),
        (DATES, "S,20270101,2", "S,20260625,1"),
    ],
    "service_extends_far_in_the_future": [(CAL, "20270331", "20300331")],
    "trip_coverage_not_active_for_next7_days": [(CAL, "20270331", "20260605")],
    "future_calendar": [(CAL, "20260401", "20260701")],
    "service_window_outside_feed_period": [(CAL, "20270331", "20270401")],
    "feed_valid_beyond_total_service_window": [(INFO, "20270331", "20270415")],
    "block_trips_with_overlapping_stop_times": [
        (TR, "T1,天神,,", "T1,天神,K,"),
        (TR, "T2,博多駅前,,", "T2,博多駅前,K,"),
        (ST, "T2,09:00:00,09:00:00", "T2,08:09:00,08:09:00"),
    ],
    "inconsistent_route_type_for_block_id": [
        add(RT, f"R2,{AGENCY},2,船線,,4,,,,"),
        (TR, "T1,天神,,", "T1,天神,K,"),
        (TR, "R,S,T2,博多駅前,,", "R2,S,T2,博多駅前,K,"),
    ],
    "jp_last_service_within_30_days": [(INFO, "20270331", ""), (CAL, "20270331", "20260620")],
    # shapes
    "decreasing_shape_distance": [(SH, "130.4200,2,0.5", "130.4200,2,1.5")],
    "equal_shape_distance_same_coordinates": [
        (SH, "P,33.6000,130.4200,3,1.1\n", "P,33.6000,130.4200,3,1.1\nP,33.6000,130.4200,4,1.1\n")
    ],
    "equal_shape_distance_diff_coordinates": [(SH, "130.4200,2,0.5", "130.4200,2,0")],
    # 0.000005 degrees of latitude are 0.56 m.
    "equal_shape_distance_diff_coordinates_distance_below_threshold": [
        (SH, "P,33.6000,130.4200,3,1.1\n", "P,33.6000,130.4200,3,1.1\nP,33.600005,130.4200,4,1.1\n")
    ],
    "unused_shape": [add(SH, "Z,33.59,130.42,1,0", "Z,33.60,130.42,2,1.1")],
    "single_shape_point": [add(SH, "Z,33.59,130.42,1,0")],
    # The shape stops 0.003 degrees (333 m) short of C, at distance 0.9 of 1.1.
    "trip_distance_exceeds_shape_distance": [
        (SH, "P,33.6000,130.4200,3,1.1", "P,33.5970,130.4200,3,0.9")
    ],
    "trip_distance_exceeds_shape_distance_below_threshold": [
        (SH, "P,33.6000,130.4200,3,1.1", "P,33.6000,130.4200,3,1.0")
    ],
    "trip_with_shape_dist_traveled_but_no_shape_distances": [
        (SH, "P,33.6000,130.4200,3,1.1", "P,33.6000,130.4200,3,")
    ],
    # 0.002 degrees of longitude are about 185 m at this latitude.
    "stop_too_far_from_shape": [(SP, "33.5950,130.4200", "33.5950,130.4220")],
    "stops_match_shape_out_of_order": [(TR, "T1,天神,,P", "T1,天神,,Q")],
    "stop_has_too_many_matches_for_shape": [
        (
            SH,
            "P,33.5950,130.4200,2,0.5\n",
            "".join(
                f"P,33.5950,{lon},{number},0.{200 + number}\n"
                for number, lon in enumerate(["130.4200", "130.4180"] * 25, start=2)
            ),
        ),
        (SH, "P,33.6000,130.4200,3,1.1", "P,33.6000,130.4200,99,1.1"),
    ],
    # transfers and pathways
    "transfer_distance_too_large": [(SP, "33.5950,130.4200", "33.7950,130.4200")],
    "transfer_distance_above_2_km": [(SP, "33.5950,130.4200", "33.6250,130.4200")],
    "transfer_with_invalid_stop_location_type": [
        station("X,駅,,33.59,130.42,,,1,,,,", "E,入口,,33.59,130.42,,,2,X,,,"),
        (XF, "A,B,2", "A,E,2"),
    ],
    "transfer_with_invalid_trip_and_route": [
        add(RT, f"R2,{AGENCY},2,別線,,3,,,,"),
        (XF, "A,B,2,300,,,", "A,B,2,300,T1,,R2"),
    ],
    "transfer_with_invalid_trip_and_stop": [
        station("D,大濠,,33.59,130.38,D,,0,,,,"),
        (XF, "A,B,2,300,,,", "D,B,2,300,T1,,"),
    ],
    "inconsistent_route_type_for_in_seat_transfer": [
        add(RT, f"R2,{AGENCY},2,船線,,4,,,,"),
        (TR, "R,S,T2", "R2,S,T2"),
        (XF, "A,B,2,300,,,", "C,C,4,,T1,T2,"),
    ],
    "pathway_to_wrong_location_type": [
        station("X,駅,,33.59,130.42,,,1,,,,"),
        ("pathways.txt", None, PATHS + "p,A,X,1,1\n"),
    ],
    "pathway_to_platform_with_boarding_areas": [
        station("N,区画,,33.59,130.42,,,4,A,,,"),
        ("pathways.txt", None, PATHS + "p,A,B,1,1\n"),
    ],
    "pathway_to_stop_with_access_outside_of_station_pathways": [
        (SP, "B,,0,,,,", "B,,0,,,,1"),
        ("pathways.txt", None, PATHS + "p,A,B,1,1\n"),
    ],
    "pathway_dangling_generic_node": [
        station("N,点,,33.59,130.42,,,3,X,,,", "X,駅,,33.59,130.42,,,1,,,,"),
        ("pathways.txt", None, PATHS + "p,A,N,1,1\n"),
    ],
    "missing_level_id": [("pathways.txt", None, PATHS + "p,A,B,5,1\n")],
    "pathway_loop": [("pathways.txt", None, PATHS + "p,A,A,1,1\n")],
    "bidirectional_exit_gate": [("pathways.txt", None, PATHS + "p,A,B,7,1\n")],
    # Flex, booking, fares v2
    "forbidden_geography_id": flex("T1,A,G,,1,08:00:00,08:00:00,,,,,,,"),
    "forbidden_arrival_or_departure_time": flex("T1,A,,,1,08:00:00,,08:00:00,09:00:00,2,2,b,b,"),
    "missing_pickup_or_drop_off_window": flex("T1,A,,,1,,,08:00:00,,2,2,b,b,"),
    "invalid_pickup_drop_off_window": flex("T1,A,,,1,,,09:00:00,08:00:00,2,2,b,b,"),
    "forbidden_pickup_type": flex("T1,A,,,1,,,08:00:00,09:00:00,3,2,b,b,"),
    "forbidden_drop_off_type": flex("T1,A,,,1,,,08:00:00,09:00:00,2,0,b,b,"),
    "missing_pickup_drop_off_booking_rule_id": [
        *flex("T1,A,,,1,,,08:00:00,09:00:00,2,2,,b,"),
        *booking("b,0,,,,,,"),
    ],
    "missing_stop_times_record": flex("T1,,G,,1,,,08:00:00,09:00:00,2,2,b,b,"),
    "forbidden_shape_dist_traveled": flex("T1,,G,,1,,,08:00:00,09:00:00,2,2,b,b,1.5"),
    "forbidden_continuous_pickup_drop_off": [
        *flex("T1,A,,,1,,,08:00:00,09:00:00,2,2,b,b,"),
        (RT, "FFFFFF,000000,", "FFFFFF,000000,0"),
    ],
    "forbidden_real_time_booking_field_value": booking("b,0,30,,,,,"),
    "forbidden_same_day_booking_field_value": booking("b,1,30,,1,,,"),
    "forbidden_prior_day_booking_field_value": booking("b,2,30,,1,17:00:00,,"),
    "missing_prior_notice_duration_min": booking("b,1,,,,,,"),
    "invalid_prior_notice_duration_min": booking("b,1,30,20,,,,"),
    "missing_prior_notice_last_day": booking("b,2,,,,17:00:00,,"),
    "missing_prior_notice_last_time": booking("b,2,,,1,,,"),
    "forbidden_prior_notice_start_time": booking("b,2,,,1,17:00:00,,08:00:00"),
    "missing_prior_notice_start_time": booking("b,2,,,1,17:00:00,7,"),
    "forbidden_prior_notice_start_day": booking("b,1,30,60,,,7,08:00:00"),
    "prior_notice_last_day_after_start_day": booking("b,2,,,8,17:00:00,7,08:00:00"),
    "fare_transfer_rule_duration_limit_type_without_duration_limit": fare_transfer("g,g,1,,0,0"),
    "fare_transfer_rule_duration_limit_without_type": fare_transfer("g,g,1,3600,,0"),
    "fare_transfer_rule_invalid_transfer_count": fare_transfer("g,g,0,,,0"),
    "fare_transfer_rule_without_transfer_count": fare_transfer("g,g,,,,0"),
    "fare_transfer_rule_with_forbidden_transfer_count": fare_transfer("g,h,1,,,0"),
    "duplicate_fare_media": [
        (
            "fare_media.txt",
            None,
            "fare_media_id,fare_media_name,fare_media_type\na,カード,2\nb,カード,2\n",
        )
    ],
    "fare_product_with_multiple_default_rider_categories": [
        (
            "rider_categories.txt",
            None,
            "rider_category_id,rider_category_name,is_default_fare_category\na,大人,1\nb,小児,1\n",
        ),
        (
            "fare_products.txt",
            None,
            "fare_product_id,amount,currency,rider_category_id\nX,200,JPY,a\nX,100,JPY,b\n",
        ),
    ],
    "timeframe_overlap": [
        (
            "timeframes.txt",
            None,
            (
                "timeframe_group_id,start_time,end_time,service_id\n"
                "g,08:00:00,10:00:00,S\ng,09:00:00,11:00:00,S\n"
            ),
        )
    ],
    "timeframe_only_start_or_end_time_specified": [
        (
            "timeframes.txt",
            None,
            "timeframe_group_id,start_time,end_time,service_id\ng,08:00:00,,S\n",
        )
    ],
    "timeframe_start_or_end_time_greater_than_twenty_four_hours": [
        (
            "timeframes.txt",
            None,
            "timeframe_group_id,start_time,end_time,service_id\ng,08:00:00,24:00:01,S\n",
        )
    ],
    "route_networks_specified_in_more_than_one_file": [
        ("networks.txt", None, "network_id\nn\n"),
        (RT, "continuous_pickup", "network_id"),
    ],
    # translations
    "translation_unknown_table_name": [
        (TL, "stops,stop_name,ja-Hrkt,てんじん", "teiryu,stop_name,ja-Hrkt,てんじん")
    ],
    "translation_foreign_key_violation": [(TL, ",B,,", ",Z,,")],
    "translation_unexpected_value": [(TL, ",,,天神", ",C,,天神")],
    # Japan
    "jp_agency_id_check_digit": [
        (AG, AGENCY, "8300001007204"),
        (RT, AGENCY, "8300001007204"),
        (FA, AGENCY, "8300001007204"),
    ],
    "jp_agency_id_not_corporate_number": [
        (AG, AGENCY, "tameshi"),
        (RT, AGENCY, "tameshi"),
        (FA, AGENCY, "tameshi"),
    ],
    "jp_stop_far_from_land": [(SP, "33.5950,130.4200,B", "33.5950,127.4200,B")],
    "jp_stop_outside_prefecture": [(SP, "33.5950,130.4200,B", "31.5950,130.5500,B")],
    "jp_different_stops_on_one_point": [(SP, "33.6000,130.4200", "33.5950,130.4200")],
    "jp_poles_on_one_point": [(SP, "33.6000,130.4200", "33.5950,130.4200"), (SP, "天神", "中洲")],
    "jp_reading_missing": [(TL, "stops,stop_name,ja-Hrkt,なかす,B,,\n", "")],
    "jp_reading_contradicts_name": [(SP, "中洲", "ゆめタウン中洲")],
    "jp_reading_language_tag": [(TL, "ja-Hrkt,なかす", "ja-HrKt,なかす")],
    "jp_reading_not_kana": [(TL, "なかす", "中洲")],
    "jp_holiday_without_exception": [(CAL, "S,1,1,1,1,1,1,1,20260401,20270331", WEEKDAYS)],
    "jp_new_year_without_exception": [(CAL, "S,1,1,1,1,1,1,1,20260401,20270331", WEEKDAYS)],
    "jp_obon_without_exception": [(CAL, "S,1,1,1,1,1,1,1,20260401,20270331", WEEKDAYS)],
    "jp_fare_pair_missing": [(FR, "F2,R,A,C\n", "")],
    "jp_fare_asymmetric": [(FR, "F2,R,C,A", "F1,R,C,A")],
}

NEAR_MISSES: Mapping[str, Sequence[Edit]] = {
    "big_gap_in_service": [(CAL, "20270331", "20260610"), (DATES, "S,20270101,2", "S,20260624,1")],
    "feed_expiration_date30_days": [(INFO, "20270331", "20260701")],
    "feed_expiration_date7_days": [(INFO, "20270331", "20260608")],
    "expired_calendar": [(CAL, "20270331", "20260601"), (DATES, "20270101", "20260501")],
    "trip_coverage_not_active_for_next7_days": [(CAL, "20270331", "20260608")],
    "route_short_name_too_long": [(RT, ",1,博多", ",十二文字までの短い名前は,博多")],
    "fast_travel_between_far_stops": [(SP, "33.6000,130.4200", "33.6770,130.4200")],
    "stop_too_far_from_shape": [(SP, "33.5950,130.4200", "33.5950,130.4209")],
    "transfer_distance_above_2_km": [(SP, "33.5950,130.4200", "33.6075,130.4200")],
    "invalid_time": [(ST, "08:10:00,08:10:00", "8:10:00,8:10:00")],
    "invalid_language_code": [(TL, "ja-Hrkt,てんじん", "zh-Hans-CN,てんじん")],
    "invalid_url": [
        (AG, "https://bus.example.jp/", "http://bus.example.jp:8080/a-b_c/?q=%E3%81%82#x")
    ],
    "invalid_phone_number": [(AG, "092-123-4567", "+81 (92) 123-4567")],
    "duplicate_route_name": [add(RT, f"R2,{AGENCY},1,博多天神線,,4,,,,")],
    "jp_agency_id_not_corporate_number": [
        (AG, AGENCY, f"{AGENCY}_1"),
        (RT, AGENCY, f"{AGENCY}_1"),
        (FA, AGENCY, f"{AGENCY}_1"),
    ],
    "block_trips_with_overlapping_stop_times": [
        (TR, "T1,天神,,", "T1,天神,K,"),
        (TR, "T2,博多駅前,,", "T2,博多駅前,K,"),
    ],
    "overlapping_frequency": [
        (
            "frequencies.txt",
            None,
            (
                "trip_id,start_time,end_time,headway_secs\n"
                "T1,09:00:00,10:00:00,600\nT1,08:00:00,09:00:00,600\n"
            ),
        )
    ],
    "fare_transfer_rule_invalid_transfer_count": fare_transfer("g,g,-1,,,0"),
    "forbidden_same_day_booking_field_value": booking("b,1,30,60,,,,"),
    "forbidden_prior_day_booking_field_value": booking("b,2,,,1,17:00:00,7,08:00:00"),
    "missing_trip_edge": [(ST, "08:05:00,08:05:00,B,2,0,0,0.5,1", ",,B,2,0,0,0.5,0")],
    "trip_headsign_matches_intermediate_stop": [(TR, "T1,天神", "T1,天神 経由 中洲")],
    "jp_reading_contradicts_name": [
        (SP, "中洲", "ゆめタウン中洲(1番のりば)"),
        (TL, "なかす", "ゆめたうんなかす"),
    ],
    "station_with_parent_station": [
        station("X,駅,,33.59,130.42,,,1,,,,"),
        (SP, "B,,0,,,", "B,,0,X,,"),
    ],
    "jp_holiday_without_exception": [
        (CAL, "20260401,20270331", "20260601,20260719"),
        (CAL, "S,1,1,1,1,1,1,1", "S,1,1,1,1,1,0,0"),
    ],
    "timeframe_overlap": [
        (
            "timeframes.txt",
            None,
            (
                "timeframe_group_id,start_time,end_time,service_id\n"
                "g,08:00:00,10:00:00,S\ng,10:00:00,11:00:00,S\n"
            ),
        )
    ],
    "malformed_json": [
        ("locations.geojson", None, '{"type": "FeatureCollection", "features": []}')
    ],
}
"""Feeds at the very edge of a rule, where it must be silent."""
