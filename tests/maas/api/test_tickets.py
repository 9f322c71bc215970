"""The page of a company's own shop in the leg of a journey, from a network as it is published."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.maas.api.test_fares import journey
from tests.support.feed_text import SMALL

LINKS = (
    "ticketing_deep_link_id,web_url,android_intent_uri,ios_universal_link_url\n"
    "one,https://line.example/buy?lang=ja,,https://line.example/app\n"
    "all,https://company.example,,\n"
)


def with_column(file: str, name: str, value: str) -> str:
    """Return a file of the small feed with one more column, the same in every row."""
    head, *rows = SMALL[f"{file}.txt"].splitlines()
    return "\n".join([f"{head},{name}", *(f"{row},{value}" for row in rows)]) + "\n"


def ride(folder: Path, **files: str) -> dict:
    folder.mkdir(exist_ok=True)
    shown = journey(folder, "", ticketing_deep_links=LINKS, **files)
    return next(leg for leg in shown["legs"] if "tripId" in leg)


def test_a_leg_leads_to_the_shop_of_its_route_and_names_the_ride_there(tmp_path: Path) -> None:
    leg = ride(
        tmp_path,
        agency=with_column("agency", "ticketing_deep_link_id", "all"),
        routes=with_column("routes", "ticketing_deep_link_id", "one"),
        ticketing_identifiers="ticketing_stop_id,stop_id,agency_id\nPORT,s3,\n",
    )

    urls = leg["ticketUrls"]
    assert set(urls) == {"web", "ios"}
    assert urls["web"].startswith("https://line.example/buy?lang=ja&service_date=%5B%2220261201%22")
    # 8:00 and 8:20 in Japan are 23:00 and 23:20 of the day before in UTC.
    assert parse_qs(urlsplit(urls["ios"]).query) == {
        "service_date": ['["20261201"]'],
        "ticketing_trip_id": ['["t1"]'],
        "from_ticketing_stop_time_id": ['["1"]'],
        "to_ticketing_stop_time_id": ['["PORT"]'],
        "boarding_time": ['["2026-11-30T23:00:00+00:00"]'],
        "arrival_time": ['["2026-11-30T23:20:00+00:00"]'],
    }


def test_without_one_of_the_route_the_shop_of_the_company_is_named(tmp_path: Path) -> None:
    leg = ride(
        tmp_path,
        agency=with_column("agency", "ticketing_deep_link_id", "all"),
        trips=with_column("trips", "ticketing_trip_id", "NO 7"),
    )

    assert set(leg["ticketUrls"]) == {"web"}
    assert leg["ticketUrls"]["web"].startswith("https://company.example?service_date=")
    assert "ticketing_trip_id=%5B%22NO%207%22%5D" in leg["ticketUrls"]["web"]


def test_what_is_not_sold_leads_nowhere(tmp_path: Path) -> None:
    agency = with_column("agency", "ticketing_deep_link_id", "all")
    trips = with_column("trips", "ticketing_type", "1")
    calls = with_column("stop_times", "ticketing_type", "1")

    assert "ticketUrls" in ride(tmp_path / "sold", agency=agency)
    assert "ticketUrls" not in ride(tmp_path / "trip", agency=agency, trips=trips)
    assert "ticketUrls" not in ride(tmp_path / "stop", agency=agency, stop_times=calls)
    assert "ticketUrls" not in ride(tmp_path / "nobody")
