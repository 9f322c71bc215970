"""Small networks compiled for the kernels alone: stops, random footpaths, a view of two days."""

from datetime import date

from hypothesis import strategies as st

from routing.config import ChangeRules, CompileOptions
from routing.timetable.compile import compile_timetable
from routing.timetable.view import View
from tests.support.networks import Spec, TransferSpec, network_of

STOPS = "ABCDEFGH"
OPTIONS = CompileOptions(changes=ChangeRules(default_change_s=60), cells=4, threads=1)


@st.composite
def footpaths(draw: st.DrawFn, most: int) -> tuple[TransferSpec, ...]:
    """At most so many walks of one to nine minutes."""
    stop, minutes = st.sampled_from(STOPS), st.integers(1, 9)
    walks = draw(st.lists(st.tuples(stop, stop, minutes), max_size=most))
    return tuple(TransferSpec(a, b, minutes * 60) for a, b, minutes in walks if a != b)


def view_of(spec: Spec) -> View:
    """The view of the network's first two days."""
    return View.build(compile_timetable(network_of(spec), None, OPTIONS), date(2026, 1, 5), 2)
