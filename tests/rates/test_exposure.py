"""Occurrence and exposure: the denominators are those of the annual step."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.accounts import Accounts, check_balance
from kompaslite.engine import exposures
from kompaslite.rates import cohort_start, exposure, fitting_years, rate, women
from kompaslite.schema import SchemaError
from tests.worlds.small import YEARS, accounts, without


def test_exposure_is_the_one_that_the_engine_uses() -> None:
    observed = check_balance(accounts())
    flows = observed.flows
    start = cohort_start(observed, YEARS)
    leaving = flows["out_migration"] + flows["emigration"]
    coming = flows["in_migration"] + flows["immigration"]
    engine = exposures(start.values, flows["deaths"].values, leaving.values, coming.values)
    np.testing.assert_allclose(exposure(observed, YEARS).values, engine.deaths, rtol=0, atol=1e-12)
    np.testing.assert_allclose(exposure(observed, YEARS).values, engine.exits, rtol=0, atol=1e-12)


def test_start_has_newborns_at_age_0_and_loses_nobody() -> None:
    observed = accounts()
    start = cohort_start(observed, YEARS)
    born = observed.flows["births"].sum("age")
    np.testing.assert_array_equal(start.sel(age=0), born)
    whole = observed.population.sel(year=YEARS).sum("age") + born
    np.testing.assert_array_equal(start.sum("age"), whole)


def test_women_are_the_mean_of_the_cohort_at_start_and_end() -> None:
    observed = accounts()
    at_4 = women(observed, YEARS).sel(age=4, area="3201", year=2016).item()
    girls = observed.population.sel(sex="female", area="3201")
    assert at_4 == 0.5 * (girls.sel(age=3, year=2016) + girls.sel(age=4, year=2017)).item()


def test_births_without_sex_leave_age_0_unknown() -> None:
    observed = accounts()
    flows = observed.flows.assign(births=observed.flows["births"].sum("sex").assign_attrs(units="persons/year"))
    with pytest.raises(SchemaError, match=r"births: the accounts have none by sex of the child.*residual_accounts"):
        exposure(Accounts(observed.population, flows), YEARS)


@pytest.mark.parametrize("window", [0, 7])
def test_window_must_fit_into_the_history(window: int) -> None:
    with pytest.raises(
        SchemaError, match=rf"a window of {window} years .* 6 years observed, 2015 to 2020.*from 1 to 6"
    ):
        fitting_years(accounts(), "deaths", window)


@pytest.mark.parametrize("window", [2.5, "5"])
def test_a_window_is_a_whole_number(window: object) -> None:
    with pytest.raises(SchemaError, match=rf"deaths: a window of {window!r} is no number of years"):
        fitting_years(accounts(), "deaths", window)  # type: ignore[arg-type]


def test_an_absent_flow_is_named_with_those_that_are_there() -> None:
    with pytest.raises(SchemaError, match=r"deaths: the accounts do not have it; they have births, in_migration"):
        fitting_years(without(accounts(), "deaths"), "deaths", None)


def cells(values: list[float]) -> xr.DataArray:
    return xr.DataArray([values], coords={"age": [90], "year": [2020, 2021]})


def test_events_without_exposure_are_an_error_that_names_the_cell() -> None:
    with pytest.raises(SchemaError, match=r"mortality: 1 cells have events but nobody exposed.*age 90, year 2021"):
        rate(cells([0.0, 1.0]), cells([5.0, 0.0]), "mortality", annual=True)


def test_no_events_and_no_exposure_is_a_rate_of_zero_that_is_counted() -> None:
    result = rate(cells([1.0, 0.0]), cells([5.0, 0.0]), "mortality", annual=True)
    assert result.values.tolist() == [[0.2, 0.0]]
    assert result.attrs["cells_without_exposure"] == 1
    assert (result.attrs["units"], result.attrs["period"]) == ("1/year", "2020-2021")


def test_pooled_rates_are_all_events_over_all_exposure() -> None:
    assert rate(cells([1.0, 2.0]), cells([5.0, 7.0]), "mortality").values.tolist() == [0.25]
