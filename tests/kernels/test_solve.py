import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompaslite.kernels import Convention, exposures, solve_exposures
from tests.strategies import PRESETS, conventions

people = st.floats(0.0, 1e6)
rates = st.floats(0.0, 0.45)


@given(st.tuples(people, people, rates, rates), conventions, st.booleans())
def test_events_by_the_closed_form_have_the_exposures_that_they_say(cohort, convention, infants):
    start, arriving, mortality, leaving = (np.array([value]) for value in cohort)
    solved = solve_exposures(start, arriving, mortality, leaving, convention=convention, infants=infants)
    deaths, exits = mortality * solved.deaths, leaving * solved.exits
    counted = exposures(start, deaths, exits, arriving, convention=convention, infants=infants)
    rounding = 1e-13 * float((1.0 + start + arriving)[0])
    np.testing.assert_allclose(counted.deaths, solved.deaths, rtol=1e-12, atol=rounding)
    np.testing.assert_allclose(counted.exits, solved.exits, rtol=1e-12, atol=rounding)


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
    start, out = np.full(4, 100.0), (np.empty(4), np.empty(4))
    found = solve_exposures(start, np.zeros(()), np.full(4, 0.1), np.zeros(()), out=out)
    assert found.deaths is out[0]
    np.testing.assert_allclose(out[0], 100.0 / 1.05, rtol=1e-15)


def test_where_no_share_counts_the_exposure_is_the_start():
    start = np.full(4, 100.0)
    found = solve_exposures(start, np.ones(4), np.full(4, 0.1), np.full(4, 0.1), convention=Convention.un_end)
    assert found.deaths is start
