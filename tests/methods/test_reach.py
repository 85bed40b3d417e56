"""Any population is reached by assumptions, with or without births and deaths."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from kompaslite.accounts import check_balance
from kompaslite.engine import project
from kompaslite.methods import assumptions_for_path
from kompaslite.schema import SchemaError
from tests.worlds.history import history, sources


@pytest.fixture(scope="module")
def path():
    return history().population.sel(year=range(2015, 2021))


@pytest.fixture(scope="module")
def rates():
    known = sources()
    years = {"year": range(2015, 2020)}
    return xr.Dataset(
        {
            "mortality": known.mortality.sel(years),
            "fertility": known.fertility.sel(years),
            "sex_ratio_at_birth": xr.DataArray(1.06, attrs={"units": "1"}),
        }
    )


def test_without_rates_all_change_is_adjustment(path):
    made = project(path.sel(year=2015), assumptions_for_path(path))
    xr.testing.assert_allclose(made.population, path, rtol=0, atol=1e-9)
    assert float(made.flows["births"].sum() + made.flows["deaths"].sum()) == 0.0
    check_balance(made)


def test_with_rates_births_and_deaths_follow_and_the_rest_is_net_gain_or_loss(path, rates):
    made = project(path.sel(year=2015), assumptions_for_path(path, rates))
    xr.testing.assert_allclose(made.population, path, rtol=0, atol=1e-9)
    check_balance(made)
    # D = m (S + E) / 2 of one cell, by hand
    cell = {"area": "C", "sex": "male"}
    start = float(path.sel(**cell, age=79, year=2017))
    end = float(path.sel(**cell, age=80, year=2018))
    rate = float(rates["mortality"].sel(sex="male", age=80, year=2017))
    assert float(made.flows["deaths"].sel(**cell, age=80, year=2017)) == pytest.approx(rate * (start + end) / 2)
    # births of one year, by hand
    women = path.sel(area="C", sex="female")
    mean = (women.sel(year=2017).values[14:49] + women.sel(year=2018).values[15:50]) / 2
    born = float((rates["fertility"].sel(year=2017).values[15:50] * mean).sum())
    assert float(made.flows["births"].sel(area="C", year=2017).sum()) == pytest.approx(born)


def test_a_cell_may_become_empty(path):
    emptied = path.where((path["age"] < 90) | (path["year"] == 2015), 0.0)
    made = project(path.sel(year=2015), assumptions_for_path(emptied.assign_attrs(path.attrs)))
    assert float(made.population.sel(age=slice(90, None), year=2020).sum()) == 0.0


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_what_rounding_leaves_is_never_fewer_than_nobody(seed):
    rng = np.random.default_rng(seed)
    # cells of all sizes, down to what rounding itself leaves, and nobody at all
    people = 10.0 ** rng.uniform(-20, 3, (2, 4, 9)) * (rng.random((2, 4, 9)) > 0.3)
    coords = {"sex": ["female", "male"], "age": range(4), "year": range(2010, 2019)}
    path = xr.DataArray(people, coords=coords, dims=list(coords), attrs={"units": "persons"})
    made = project(path.sel(year=2010), assumptions_for_path(path)).population
    xr.testing.assert_allclose(made, path, rtol=0, atol=1e-12)
    assert float(made.min()) >= 0.0


def test_negative_and_missing_persons_are_named(path):
    low = path.copy(deep=True)
    low.loc[{"area": "B", "sex": "male", "age": 7, "year": 2018}] = -3.0
    with pytest.raises(SchemaError, match=r"1 of .* first is -3 at area B, sex male, age 7, year 2018.*damp its trend"):
        assumptions_for_path(low)
    with pytest.raises(SchemaError, match="are not counts of at least 0"):
        assumptions_for_path(path.where(path["year"] < 2020))


def test_gaps_in_the_years_are_refused(path):
    with pytest.raises(SchemaError, match="one after the other"):
        assumptions_for_path(path.sel(year=[2015, 2017]))
    with pytest.raises(SchemaError, match="at least two years"):
        assumptions_for_path(path.sel(year=[2015]))


def test_draws_pass_through(path):
    draws = xr.DataArray([1.0, 1.1], coords={"draw": [0, 1]})
    grown = path * draws.where(path["year"] > 2015, 1.0)
    made = project(path.sel(year=2015), assumptions_for_path(grown.assign_attrs(path.attrs)))
    np.testing.assert_allclose(made.population.sel(draw=1, year=2020), path.sel(year=2020) * 1.1, atol=1e-9)
