"""Parts of accounts are accounts: selected, changed, summed."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.accounts import Accounts, check_balance
from kompaslite.schema import SchemaError
from tests.worlds.small import AREAS, accounts


@pytest.fixture(scope="module")
def forecast() -> Accounts:
    return accounts(seed=4)


def test_a_selected_area_says_which_it_is_and_balances(forecast):
    one = check_balance(forecast.sel(area=AREAS[1]))
    assert one.population["area"].item() == AREAS[1]
    assert one.flows["deaths"]["area"].item() == AREAS[1]
    xr.testing.assert_identical(one.population, forecast.population.sel(area=AREAS[1]))


def test_years_keep_the_flows_between_them(forecast):
    some = check_balance(forecast.sel(year=[2016, 2017]))
    assert some.years == (2016, 2017)
    assert some.flows["year"].values.tolist() == [2016]
    assert "year" not in forecast.sel(year=2018).flows.dims


def test_positions(forecast):
    assert forecast.isel(area=1).population["area"].item() == forecast.population["area"].values[1]


def test_the_sum_of_all_areas_balances(forecast):
    whole = check_balance(forecast.sum("area"))
    np.testing.assert_allclose(whole.population, forecast.population.sum("area"))
    assert whole.population.attrs == forecast.population.attrs


def test_a_component_known_in_all_is_not_counted_once_an_area(forecast):
    partly = Accounts(
        forecast.population, forecast.flows.assign(deaths=forecast.flows["deaths"].isel(area=0, drop=True))
    )
    with pytest.raises(SchemaError, match="deaths is not known by area"):
        partly.sum("area")


@pytest.mark.parametrize(
    ("labels", "words"),
    [({"area": "99"}, "1 labels of dimension area are not there: 99"), ({"draw": 0}, "no dimension draw")],
)
def test_labels_that_are_not_there(forecast, labels, words):
    with pytest.raises(SchemaError, match=words):
        forecast.sel(**labels)


def test_sums_run_over_outer_dimensions_only(forecast):
    with pytest.raises(SchemaError, match="age is no dimension to sum over; there are area"):
        forecast.sum("age")


@pytest.mark.parametrize("dtype", ["uint16", "uint32", "uint64", "int16", "float16", "longdouble"])
def test_numbers_of_any_type_become_those_that_do_not_wrap(forecast, dtype):
    people = np.round(forecast.population.isel(year=[0, 1]) / 2.0)
    held = Accounts(people.astype(dtype).assign_attrs(people.attrs)).population
    assert held.dtype in (np.int64, np.float64)
    np.testing.assert_array_equal(held, people)
    assert (held.isel(year=1) - held.isel(year=0)).min() < 0
