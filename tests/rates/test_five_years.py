"""Accounts in steps of five years: what is fitted on them is assumed, projected and forecast in five years."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.accounts import Accounts, check_balance
from kompaslite.assumptions import assume, component_sources
from kompaslite.engine import project
from kompaslite.methods import (
    default,
    forecast_by,
    half_trend,
    hamilton_perry,
    linear_trend,
    no_change,
    plain_cohort_component,
)
from kompaslite.rates import fit_fertility, fit_migration, fit_mortality, life_expectancy, total_fertility
from kompaslite.schema import SchemaError

AGES, STEP = np.arange(0, 105, 5), 5


@pytest.fixture(scope="module")
def observed() -> Accounts:
    """Accounts of 25 years that a projection in single steps of plain loops has made."""
    rng = np.random.default_rng(2)
    people = np.full((2, AGES.size), 1000.0) * np.exp(-((AGES / 85.0) ** 6))
    stocks, flows = [people], {name: [] for name in ("births", "deaths", "net_migration")}
    for _ in range(5):
        start = np.zeros_like(people)
        start[:, 1:] = people[:, :-1]
        start[:, -1] += people[:, -1]
        mothers = people[0] * np.where((AGES >= 15) & (AGES < 50), 0.25, 0.0)
        born = np.stack([mothers / 2.055, mothers * 1.055 / 2.055])
        start[:, 0] = born.sum(axis=1)
        dead = start * np.minimum(0.005 * np.exp(AGES / 20.0), 0.8)
        moved = 0.01 * start * rng.normal(size=start.shape)
        people = start - dead + moved
        stocks.append(people)
        for name, value in zip(flows, (born, dead, moved), strict=True):
            flows[name].append(value)
    labels = {"sex": ["female", "male"], "age": AGES}
    made = {
        name: xr.DataArray(
            np.stack(parts, axis=-1),
            coords=labels | {"year": range(2000, 2025, STEP)},
            attrs={"units": "persons/5 years"},
        )
        for name, parts in flows.items()
    }
    population = xr.DataArray(
        np.stack(stocks, axis=-1), coords=labels | {"year": range(2000, 2030, STEP)}, attrs={"units": "persons"}
    )
    return check_balance(Accounts(population, xr.Dataset(made)))


def test_what_is_fitted_is_assumed_and_projected_back(observed):
    assumed = assume(
        fertility=fit_fertility(observed, window=None, annual=True),
        mortality=fit_mortality(observed, window=None, annual=True),
        migration=fit_migration(observed, window=None, annual=True),
        years=range(2000, 2025, STEP),
    )
    assert assumed.mortality.attrs["units"] == "1/5 years"
    made = project(observed.population.sel(year=2000), assumed)
    xr.testing.assert_allclose(made.population, observed.population, rtol=0, atol=1e-8)
    assert made.flows.deaths.attrs["units"] == "persons/5 years"
    assert assumed.fertility.attrs["units"] == "1/year"
    np.testing.assert_allclose(total_fertility(assumed.fertility), 5 * assumed.fertility.sum("age"))
    np.testing.assert_allclose(total_fertility(assumed.fertility).mean(), 7 * 0.25, rtol=0.02)


def test_one_step_is_known_by_the_width_of_its_ages(observed):
    rates = {"fertility": fit_fertility(observed), "mortality": fit_mortality(observed)}
    assert assume(**rates, years=[2025]).mortality.attrs["units"] == "1/5 years"
    with pytest.raises(SchemaError, match="they are 1 years apart, but the ages of mortality are 5 years wide"):
        assume(**rates, years=[2025, 2026])


def test_targets_are_levels_of_a_whole_life(observed):
    rates = {"fertility": fit_fertility(observed), "mortality": fit_mortality(observed)}
    assumed = assume(**rates, years=range(2025, 2040, STEP), tfr={2025: 1.6}, life_expectancy={2025: 75.0})
    np.testing.assert_allclose(total_fertility(assumed.fertility), 1.6)
    np.testing.assert_allclose(life_expectancy(assumed.mortality).mean("sex"), 75.0)
    np.testing.assert_allclose(assumed.fertility.sum("age"), 1.6 / 5)


def test_a_window_is_in_years(observed):
    last = fit_mortality(observed, window=5)
    assert last.attrs["period"] == "2020-2020"
    assert fit_mortality(observed, window=25).attrs["period"] == "2000-2020"
    with pytest.raises(SchemaError, match="a window of 7 years is no whole number of steps of 5 years"):
        fit_mortality(observed, window=7)
    with pytest.raises(
        SchemaError, match="window of 30 years cannot be taken from the 25 years observed, 2000 to 2024"
    ):
        fit_mortality(observed, window=30)


@pytest.mark.parametrize(
    "method", [no_change, half_trend(10), linear_trend(10), hamilton_perry(), plain_cohort_component]
)
def test_methods_forecast_in_steps_of_five_years(observed, method):
    people = observed.population.expand_dims(area=["0301"])
    flows = observed.flows.expand_dims(area=["0301"])
    made = forecast_by(method, Accounts(people, flows), [2025, 2030]).population
    assert made["year"].values.tolist() == [2025, 2030, 2035]
    total, past = made.sum(["area", "sex", "age"]), observed.population.sum(["sex", "age"])
    if method is no_change:
        np.testing.assert_allclose(total, past.sel(year=2025))
    with pytest.raises(SchemaError, match="follow the last observed one, 2025, 2030 and so on"):
        forecast_by(method, Accounts(people, flows), [2025, 2026])


def test_a_linear_trend_goes_on_by_the_change_of_the_years_that_it_names(observed):
    past = observed.population.sum(["sex", "age"])
    change = (past.sel(year=2025) - past.sel(year=2015)).item() / 2
    made = forecast_by(linear_trend(10), observed, [2025, 2030]).population.sum(["sex", "age"])
    np.testing.assert_allclose(made - past.sel(year=2025, drop=True), [0.0, change, 2 * change], atol=1e-8)
    with pytest.raises(SchemaError, match="7 years are no whole number of the steps of 5 years"):
        forecast_by(linear_trend(7), observed, [2025])


def test_the_default_method_says_that_it_needs_single_years(observed):
    with pytest.raises(SchemaError, match=r"single years of age .* are needed.*Graduate"):
        default(observed, [2025, 2030])


def test_sources_of_a_reference_are_not_given_by_anybody(observed):
    assert component_sources(no_change(observed, [2025]))["mortality"] == "none: all change is adjustment"
