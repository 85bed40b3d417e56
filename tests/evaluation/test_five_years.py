"""Five-year accounts are backtested and scored: leads are years, ages wider than a year are groups of their own."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.accounts import Accounts, age_up
from kompaslite.evaluation import backtest, by_year, empirical_intervals, revisions, score, sum_over_sex_age
from kompaslite.schema import SchemaError

AGES, YEARS = np.arange(0, 100, 5), np.arange(1990, 2021, 5)


def frozen(observed, years, *, sources=None):
    """Everybody's place is taken by somebody, so that nothing changes."""
    start = observed.population.isel(year=-1, drop=True)
    per_step = {"units": "persons/5 years"}
    rate = {"units": "1/5 years"}
    return xr.Dataset(
        {
            "fertility": (start * 0.0).sel(sex="female", drop=True).assign_attrs(units="1/year"),
            "mortality": (start * 0.0).assign_attrs(rate),
            "sex_ratio_at_birth": xr.DataArray(1.05, attrs={"units": "1"}),
            "net_migration": (start - age_up(start)).expand_dims(year=list(years)).assign_attrs(per_step),
        }
    )


@pytest.fixture(scope="module")
def observed():
    areas = [f"99{i:02d}" for i in range(1, 6)]
    sizes = np.linspace(1_000.0, 9_000.0, 5)[:, None, None, None]
    level = np.ones((2, AGES.size, 1)) * np.linspace(1.0, 1.3, YEARS.size)
    coords = {"area": areas, "sex": ["female", "male"], "age": AGES, "year": YEARS}
    return Accounts(xr.DataArray(sizes * level, coords=coords, attrs={"units": "persons"}))


@pytest.fixture(scope="module")
def made(observed):
    return backtest(observed, frozen, origins=[2000, 2005], horizon=15)


def test_the_year_is_the_origin_and_the_lead(made, observed):
    assert made["lead"].values.tolist() == [5, 10, 15]
    assert made["year"].sel(origin=2005).values.tolist() == [2010, 2015, 2020]
    outcome = observed.population.sel(year=2015, area="9903")
    np.testing.assert_array_equal(made["observed"].sel(origin=2005, lead=10, area="9903"), outcome)
    np.testing.assert_array_equal(made["forecast"].sel(origin=2005, lead=10), observed.population.sel(year=2005))


def test_scores_of_five_year_accounts(made):
    found = score(made, by="lead")
    level = 1.0 + 0.05 * np.arange(7)
    right = [100 * np.mean([level[i] / level[i + step] - 1 for i in (2, 3)]) for step in (1, 2, 3)]
    first = [level[2 + step] + level[3 + step] for step in (1, 2, 3)]
    np.testing.assert_allclose(found["bias"], 100 * (level[2] + level[3] - np.array(first)) / first)
    np.testing.assert_allclose(found["mape"], np.abs(right))
    np.testing.assert_allclose(found["group_error"], found["mape"])
    by_age = score(made, by=["lead", "age_group"])
    assert by_age["age_group"].values.tolist()[:2] == ["0-4", "5-9"]
    assert by_age["age_group"].values.tolist()[-1] == "95+"
    np.testing.assert_allclose(by_age["bias"].isel(age_group=3), found["bias"])
    assert found["bias"].attrs["sign"] == "forecast less actual"


def test_vintages_and_intervals_of_five_year_accounts(made):
    table = by_year(sum_over_sex_age(made))
    assert table["year"].values.tolist() == [2005, 2010, 2015, 2020]
    assert revisions(made)["year"].values.tolist() == [2005, 2010, 2015, 2020]
    with pytest.raises(SchemaError, match="20 errors must be known"):
        empirical_intervals(sum_over_sex_age(made))


def test_a_horizon_between_two_populations_is_refused(observed):
    with pytest.raises(SchemaError, match="horizon: 12 years are no multiple of the 5 years between the populations"):
        backtest(observed, frozen, origins=[2000], horizon=12)
