import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompaslite.engine import Convention, exposures
from kompaslite.engine.arrays import NOTHING, Buffers
from kompaslite.engine.closed_form import linear_exposures
from tests.strategies import PRESETS, conventions

people = st.floats(0.0, 1e6)
rates = st.floats(0.0, 0.45)


@given(st.tuples(people, people, rates, rates), conventions, st.booleans())
def test_events_by_the_closed_form_have_the_exposures_that_they_say(cohort, convention, infants):
    start, arriving, mortality, leaving = (np.array([value]) for value in cohort)
    by_death, by_exit = linear_exposures(mortality, leaving, arriving, convention.shares(infants=infants))
    to_die, to_leave = by_death.at(start), (by_exit or by_death).at(start)
    deaths, exits = mortality * to_die, leaving * to_leave
    counted = exposures(start, deaths, exits, arriving, convention=convention, infants=infants)
    rounding = 1e-13 * float((1.0 + start + arriving)[0])
    np.testing.assert_allclose(counted.deaths, to_die, rtol=1e-12, atol=rounding)
    np.testing.assert_allclose(counted.exits, to_leave, rtol=1e-12, atol=rounding)


def test_mean_exposure_is_the_mean_of_start_and_end():
    start, deaths, exits, arrivals = (np.array([value]) for value in (100.0, 3.0, 10.0, 7.0))
    at_risk = exposures(start, deaths, exits, arrivals)
    assert at_risk.deaths == at_risk.exits == (100.0 + (100.0 - 3.0 - 10.0 + 7.0)) / 2


@pytest.mark.parametrize(
    ("name", "by_death", "by_exit"),
    [
        ("un_end", 100.0, 100.0),
        ("fso", 100.0 - 10.0 / 2 + 7.0 / 2, 100.0),
        ("befproj", 100.0, 100.0 - 3.0),
    ],
)
def test_exposures_of_the_agencies(name, by_death, by_exit):
    events = (np.array([value]) for value in (100.0, 3.0, 10.0, 7.0))
    at_risk = exposures(*events, convention=PRESETS[name])
    assert at_risk.deaths == by_death
    assert at_risk.exits == by_exit


def test_infants_have_shares_of_their_own():
    events = [np.array([value]) for value in (90.0, 0.0, 9.0, 3.0)]
    assert exposures(*events, convention=Convention.fso, infants=True).deaths == 90.0 - 2 / 3 * 9.0 + 2 / 3 * 3.0


def test_arrays_are_written_where_they_are_wanted():
    start, buffers = np.full(4, 100.0), Buffers((4,))
    half = Convention.mean_exposure.shares()
    by_death, by_exit = linear_exposures(np.full(4, 0.1), NOTHING, NOTHING, half, buffers=buffers)
    assert by_exit is None
    assert by_death.slope is buffers("slope")
    out = np.empty(4)
    assert by_death.at(start, out) is out
    np.testing.assert_allclose(out, 100.0 / 1.05, rtol=1e-15)


def test_where_no_share_counts_the_exposure_is_the_start():
    start, none = np.full(4, 100.0), Convention.un_end.shares()
    assert linear_exposures(np.full(4, 0.1), np.full(4, 0.1), np.ones(4), none)[0].at(start) is start
