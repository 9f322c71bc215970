"""A tiny feed in which no rule of any profile finds anything, and ways to spoil it."""

from collections.abc import Mapping, Sequence
from datetime import date

from gtfs_feeds.read import FeedTables, read_files

TODAY = date(2026, 6, 1)

AGENCY = "9300001007204"
"""The 法人番号 of a real bus company (its check digit holds)."""

VALID: Mapping[str, str] = {
    "agency.txt": f"""\
agency_id,agency_name,agency_url,agency_timezone,agency_lang,agency_phone,agency_email
{AGENCY},ためしバス,https://bus.example.jp/,Asia/Tokyo,ja,092-123-4567,info@example.jp
""",
    "stops.txt": """\
stop_id,stop_name,stop_desc,stop_lat,stop_lon,zone_id,stop_url,location_type,parent_station,platform_code,level_id,stop_access
A,博多駅前,,33.5902,130.4207,A,,0,,,,
B,中洲,,33.5950,130.4200,B,,0,,,,
C,天神,,33.6000,130.4200,C,,0,,,,
""",
    "routes.txt": f"""\
route_id,agency_id,route_short_name,route_long_name,route_desc,route_type,route_url,route_color,route_text_color,continuous_pickup
R,{AGENCY},1,博多天神線,,3,,FFFFFF,000000,
""",
    "trips.txt": """\
route_id,service_id,trip_id,trip_headsign,block_id,shape_id,bikes_allowed
R,S,T1,天神,,P,1
R,S,T2,博多駅前,,Q,1
""",
    "stop_times.txt": """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type,shape_dist_traveled,timepoint
T1,08:00:00,08:00:00,A,1,0,1,0,1
T1,08:05:00,08:05:00,B,2,0,0,0.5,1
T1,08:10:00,08:10:00,C,3,1,0,1.1,1
T2,09:00:00,09:00:00,C,1,0,1,0,1
T2,09:05:00,09:05:00,B,2,0,0,0.6,1
T2,09:10:00,09:10:00,A,3,1,0,1.1,1
""",
    "calendar.txt": """\
service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
S,1,1,1,1,1,1,1,20260401,20270331
""",
    "calendar_dates.txt": "service_id,date,exception_type\nS,20270101,2\n",
    "feed_info.txt": """\
feed_publisher_name,feed_publisher_url,feed_lang,feed_start_date,feed_end_date,feed_version,feed_contact_email
ためしバス,https://bus.example.jp/,ja,20260401,20270331,1,info@example.jp
""",
    "fare_attributes.txt": f"""\
fare_id,price,currency_type,payment_method,transfers,agency_id
F1,200,JPY,0,0,{AGENCY}
F2,250,JPY,0,0,{AGENCY}
""",
    "fare_rules.txt": """\
fare_id,route_id,origin_id,destination_id
F1,R,A,B
F2,R,A,C
F1,R,B,C
F1,R,B,A
F2,R,C,A
F1,R,C,B
""",
    "shapes.txt": """\
shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence,shape_dist_traveled
P,33.5902,130.4207,1,0
P,33.5950,130.4200,2,0.5
P,33.6000,130.4200,3,1.1
Q,33.6000,130.4200,1,0
Q,33.5950,130.4200,2,0.6
Q,33.5902,130.4207,3,1.1
""",
    "translations.txt": """\
table_name,field_name,language,translation,record_id,record_sub_id,field_value
stops,stop_name,ja-Hrkt,はかたえきまえ,,,博多駅前
stops,stop_name,ja-Hrkt,なかす,B,,
stops,stop_name,ja-Hrkt,てんじん,,,天神
""",
    "transfers.txt": """\
from_stop_id,to_stop_id,transfer_type,min_transfer_time,from_trip_id,to_trip_id,from_route_id
A,B,2,300,,,
""",
    "attributions.txt": "organization_name,is_producer\nためしバス,1\n",
}

Edit = tuple[str, str | None, str | None]
"""A file, a text in it and what replaces it; without the text the whole file is replaced."""


def edited(edits: Sequence[Edit]) -> dict[str, str]:
    """Return the files of the valid feed with some texts replaced, each of which must be there."""
    files = dict(VALID)
    for name, old, new in edits:
        if new is None:
            del files[name]
        elif old is None:
            files[name] = new
        else:
            assert old in files[name], (name, old)
            files[name] = files[name].replace(old, new)
    return files


def tables(edits: Sequence[Edit] = ()) -> FeedTables:
    """Return the valid feed with edits, as read."""
    return read_files(edited(edits), name="tiny")
