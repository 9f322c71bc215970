"""
What reading must know of the fields of GTFS: the tables, and which cells hold numbers or times.

Source: GTFS Schedule Reference (gtfs.org/schedule/reference) as of the canonical validator's
snapshot of 2026-07-17, and GTFS-JP v1 to v4 (research of the project, feeds §2).
"""

from typing import Final

GTFS_TABLES: Final = frozenset(
    {
        "agency", "stops", "routes", "trips", "stop_times", "calendar", "calendar_dates",
        "fare_attributes", "fare_rules", "timeframes", "rider_categories", "fare_media",
        "fare_products", "fare_leg_rules", "fare_leg_join_rules", "fare_transfer_rules", "areas",
        "stop_areas", "networks", "route_networks", "shapes", "frequencies", "transfers",
        "pathways", "levels", "location_groups", "location_group_stops", "booking_rules",
        "translations", "feed_info", "attributions",
    }
)  # fmt: skip

JAPANESE_TABLES: Final = frozenset({"agency_jp", "office_jp", "routes_jp", "pattern_jp"})

KNOWN_TABLES: Final = GTFS_TABLES | JAPANESE_TABLES

NOT_TABLES: Final = frozenset({"locations.geojson"})
"""Files of GTFS that are no table."""

TIME_FIELDS: Final = frozenset(
    {
        "arrival_time", "departure_time", "start_time", "end_time",
        "start_pickup_drop_off_window", "end_pickup_drop_off_window",
        "prior_notice_last_time", "prior_notice_start_time",
    }
)  # fmt: skip

DATE_FIELDS: Final = frozenset(
    {
        "date", "start_date", "end_date", "feed_start_date", "feed_end_date",
        "route_update_date",
    }
)  # fmt: skip

NUMBER_FIELDS: Final = frozenset(
    {
        "stop_lat", "stop_lon", "shape_pt_lat", "shape_pt_lon", "shape_dist_traveled",
        "shape_pt_sequence", "stop_sequence", "location_type", "wheelchair_boarding",
        "stop_access", "route_type", "route_sort_order", "continuous_pickup",
        "continuous_drop_off", "cemv_support", "direction_id", "wheelchair_accessible",
        "bikes_allowed", "cars_allowed", "pickup_type", "drop_off_type", "timepoint",
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
        "exception_type", "price", "payment_method", "transfers", "transfer_duration",
        "ic_price", "amount", "fare_media_type", "rule_priority", "min_transfer_time",
        "transfer_type", "transfer_count", "duration_limit", "duration_limit_type",
        "fare_transfer_type", "headway_secs", "exact_times", "pathway_mode",
        "is_bidirectional", "length", "traversal_time", "stair_count", "max_slope",
        "min_width", "level_index", "booking_type", "prior_notice_duration_min",
        "prior_notice_duration_max", "prior_notice_last_day", "prior_notice_start_day",
        "is_producer", "is_operator", "is_authority", "is_default_fare_category",
        "min_age", "max_age",
    }
)  # fmt: skip

ASCII_FIELDS: Final = TIME_FIELDS | DATE_FIELDS | NUMBER_FIELDS
"""Fields in which a full-width digit can only be a slip of the input method."""

TEXT_FIELDS: Final = frozenset(
    {
        "agency_id", "agency_name", "agency_url", "agency_timezone", "agency_lang",
        "agency_phone", "agency_fare_url", "agency_email", "stop_id", "stop_code", "stop_name",
        "tts_stop_name", "stop_desc", "zone_id", "stop_url", "parent_station", "stop_timezone",
        "level_id", "platform_code", "route_id", "route_short_name", "route_long_name",
        "route_desc", "route_url", "route_color", "route_text_color", "network_id",
        "jp_parent_route_id", "service_id", "trip_id", "trip_headsign", "trip_short_name",
        "block_id", "shape_id", "jp_trip_desc", "jp_trip_desc_symbol", "jp_office_id",
        "jp_pattern_id", "location_group_id", "location_id", "stop_headsign",
        "pickup_booking_rule_id", "drop_off_booking_rule_id", "fare_id", "currency_type",
        "origin_id", "destination_id", "contains_id", "timeframe_group_id",
        "rider_category_id", "rider_category_name", "eligibility_url", "fare_media_id",
        "fare_media_name", "fare_product_id", "fare_product_name", "currency", "leg_group_id",
        "from_area_id", "to_area_id", "from_timeframe_group_id", "to_timeframe_group_id",
        "from_network_id", "to_network_id", "from_leg_group_id", "to_leg_group_id", "area_id",
        "area_name", "network_name", "from_stop_id", "to_stop_id", "from_route_id",
        "to_route_id", "from_trip_id", "to_trip_id", "pathway_id", "signposted_as",
        "reversed_signposted_as", "level_name", "location_group_name", "booking_rule_id",
        "prior_notice_service_id", "message", "pickup_message", "drop_off_message",
        "phone_number", "info_url", "booking_url", "table_name", "field_name", "language",
        "translation", "record_id", "record_sub_id", "field_value", "trans_id", "lang",
        "feed_publisher_name", "feed_publisher_url", "feed_lang", "default_lang",
        "feed_version", "feed_contact_email", "feed_contact_url", "feed_id",
        "attribution_id", "organization_name", "attribution_url", "attribution_email",
        "attribution_phone", "agency_official_name", "agency_zip_number", "agency_address",
        "agency_president_pos", "agency_president_name", "office_id", "office_name",
        "office_url", "office_phone", "origin_stop", "via_stop", "destination_stop",
    }
)  # fmt: skip

KNOWN_FIELDS: Final = ASCII_FIELDS | TEXT_FIELDS
