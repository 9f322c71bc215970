"""Towns for tests: stops at metres east and north of a point, and lines over them."""

from collections.abc import Mapping, Sequence

from gtfs_feeds.merge import FeedInput, MergeOptions, MergeResult, merge
from gtfs_feeds.read import read_files

LAT0, LON0 = 33.0, 130.0
METRES_A_DEGREE = 111_195.0
"""Of latitude, on the sphere that the project uses (radius 6,371,008.8 m)."""
NARROW = 0.83867
"""cos 33°."""


def spot(east: float, north: float) -> tuple[float, float]:
    """Latitude and longitude of a point so many metres east and north of the origin."""
    return LAT0 + north / METRES_A_DEGREE, LON0 + east / METRES_A_DEGREE / NARROW


def town(
    stops: Mapping[str, tuple[float, float] | None],
    lines: Mapping[str, Sequence[str]],
    *,
    tag: str = "a",
    types: Mapping[str, int] | None = None,
    names: Mapping[str, str] | None = None,
    start: str = "08:00",
) -> FeedInput:
    """A feed with one trip a line, ten minutes from stop to stop, daily in December 2026."""
    types, names = types or {}, names or {}
    hour, minute = map(int, start.split(":"))
    rows = {
        "stops": ["stop_id,stop_name,stop_lat,stop_lon"],
        "routes": ["route_id,agency_id,route_short_name,route_type"],
        "trips": ["route_id,service_id,trip_id"],
        "stop_times": ["trip_id,arrival_time,departure_time,stop_id,stop_sequence"],
    }
    for stop, place in stops.items():
        lat, lon = ("", "") if place is None else spot(*place)
        rows["stops"].append(f"{stop},{names.get(stop, stop)},{lat},{lon}")
    for line, calls in lines.items():
        rows["routes"].append(f"{line},A,{line},{types.get(line, 3)}")
        rows["trips"].append(f"{line},daily,{line}")
        for at, stop in enumerate(calls):
            minutes = hour * 60 + minute + 10 * at
            time = f"{minutes // 60:02}:{minutes % 60:02}:00"
            rows["stop_times"].append(f"{line},{time},{time},{stop},{at}")
    files = {f"{name}.txt": "\n".join(lines_) + "\n" for name, lines_ in rows.items()}
    files["agency.txt"] = (
        f"agency_id,agency_name,agency_url,agency_timezone\nA,Operator {tag},https://a.example,"
        "Asia/Tokyo\n"
    )
    files["calendar.txt"] = (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        "daily,1,1,1,1,1,1,1,20261201,20261231\n"
    )
    return FeedInput(tag, read_files(files))


def merged(*feeds: FeedInput, options: MergeOptions | None = None) -> MergeResult:
    """Merge feeds, all of which must be usable."""
    result = merge(feeds, options)
    assert not result.report.quarantined
    return result
