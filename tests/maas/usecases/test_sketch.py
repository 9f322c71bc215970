"""A candidate of which only the stops are known."""

import io
import zipfile
from datetime import date, datetime

import pytest

from gtfs_feeds.merge import FeedInput, MergeOptions, merge
from gtfs_feeds.read import read_files
from maas.core.clock import JAPAN
from maas.usecases.impact import Question, companies_of, impacts
from maas.usecases.sketch import SketchInvalid, read_sketch, sketch_feed
from routing.planner import JourneyPlanner
from routing.timetable.compile import compile_timetable
from tests.maas.usecases.test_impact import feed

BRIDGE = (
    "company,line,mode,stop,lat,lon,minutes,trips_a_day\n"
    "見本汽船,西の島航路,ferry,Port,33.6,130.4,,6\n"
    "見本汽船,西の島航路,ferry,West Island,33.7,130.2,50,6\n"
)
DAY = date(2026, 12, 1)


def files(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_a_sketched_ferry_would_connect_its_island() -> None:
    sketch = files(sketch_feed(read_sketch(BRIDGE), DAY, 30))
    inputs = [FeedInput("base", read_files(feed())), FeedInput("sketch", read_files(sketch))]
    network = merge(inputs, MergeOptions()).network
    planner = JourneyPlanner(compile_timetable(network))
    question = Question(datetime(2026, 12, 1, 8, tzinfo=JAPAN), origins=5, threads=1)

    (found,) = impacts(network, planner, question, companies_of(network, ["sketch"]))

    assert found.name == "見本汽船"
    assert found.cut_off == ("West Island",)
    assert "見本汽船が加わると、1か所（West Island）が新たに結ばれ" in found.sentence("joins", "ja")


def test_what_is_given_is_kept_and_what_is_not_is_assumed() -> None:
    (line,) = read_sketch(BRIDGE)
    guessed = BRIDGE.replace(",50,6", ",,6")
    (assumed,) = read_sketch(guessed)

    assert line.seconds() == [0, 50 * 60]
    # 21.6 km at 28 km/h: 46 minutes.
    assert assumed.seconds() == [0, 46 * 60]
    assert files(sketch_feed([line], DAY))["trips.txt"].count("r0-0-") == 6


@pytest.mark.parametrize(
    "text",
    [
        "",
        "company,line\nx,y\n",
        BRIDGE.replace("130.2", "x"),
        BRIDGE.replace("130.2", "13"),
        BRIDGE.replace("ferry", "rocket"),
        BRIDGE.rsplit("\n", 2)[0] + "\n",
        BRIDGE.replace(",50,", ",fifty,"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_its_reason(text: str) -> None:
    with pytest.raises(SketchInvalid):
        read_sketch(text)
