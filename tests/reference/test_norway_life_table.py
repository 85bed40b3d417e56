"""Norwegian women 1960-2020: life expectancy at birth against the published life tables.

Human Mortality Database (CC BY 4.0), life tables by single year of age; the tables at hand end in 2020.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from kompaslite.rates import cohort_rates, death_rates, kannisto, life_expectancy, life_table

YEARS = slice(1960, 2020)


@pytest.fixture(scope="module")
def published(shared: Path) -> xr.Dataset:
    table = pd.read_csv(shared / "vectors" / "norway_1960_2023" / "hmd_female_life_table_published.csv.gz")
    return table.set_index(["age", "year"]).to_xarray()


@pytest.fixture(scope="module")
def women(shared: Path) -> xr.Dataset:
    table = pd.read_csv(shared / "data" / "norway_hmd_population_deaths_mx_1950_2024.csv.gz")
    return table[table["sex"] == "female"].set_index(["age", "year"])[["deaths", "population_1jan"]].to_xarray()


def test_from_published_rates(published: xr.Dataset) -> None:
    table = life_table(published["mx"].assign_coords(sex="female"))
    gap = abs(table["e"] - published["ex"]).sel(age=0)
    assert gap.sizes["year"] == 61
    assert gap.max() < 0.0075  # published to two decimals, rates to five


@pytest.mark.parametrize("smoothed", [False, True])
def test_from_deaths_and_populations(women: xr.Dataset, published: xr.Dataset, smoothed: bool) -> None:
    deaths, people = women["deaths"].sel(year=YEARS), women["population_1jan"].sel(year=slice(1960, 2021))
    rates = death_rates(deaths, people, open_age=100)
    if smoothed:
        lived = 0.5 * (people.sel(year=YEARS) + people.shift(year=-1).sel(year=YEARS)).sel(age=slice(0, 100))
        rates = kannisto(rates, lived)
    ours = life_table(rates.assign_coords(sex="female"))["e"].sel(age=0)
    assert abs(ours - published["ex"].sel(age=0)).max() < 0.03


def test_by_age_reached_nothing_changes(published: xr.Dataset) -> None:
    rates = published["mx"].assign_coords(sex="female")
    gap = life_expectancy(cohort_rates(rates, open_age=105)) - life_table(rates)["e"].sel(age=0)
    np.testing.assert_allclose(gap, 0.0, atol=1e-9)
