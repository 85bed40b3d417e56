"""Norwegian statistics from the folder beside the checkout, as labelled arrays for tests and benchmarks."""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.rates import cohort_rates, death_rates, kannisto

SHARED = Path(__file__).resolve().parents[2] / "shared"
#: Last age of the municipal populations, open.
OPEN_AGE = 105


def municipalities(codes: list[str] | None = None, *, shared: Path = SHARED) -> xr.DataArray:
    """Population of municipalities on 2024 borders, persons, (area, sex, age, year); NaN where a year is missing."""
    table = pd.read_parquet(shared / "data" / "population_municipality_age_sex_2005_2026.parquet")
    if codes is not None:
        table = table[table["municipality_code"].isin(codes)]
    table = table.astype({"municipality_code": str, "sex": str, "age": int, "year": int, "population": float})
    series = table.set_index(["municipality_code", "sex", "age", "year"])["population"]
    array = series.to_xarray().rename(municipality_code="area")
    return array.assign_coords(area=array["area"].values.astype(str)).assign_attrs(units="persons")


def unbroken(*, shared: Path = SHARED) -> xr.DataArray:
    """Municipalities whose borders did not change: no year is estimated, and no part came or went in 2020."""
    table = pd.read_parquet(shared / "data" / "population_municipality_age_sex_2005_2026.parquet")
    broken = {*table.loc[table["estimated"], "municipality_code"].astype(str), "4005", "4020"}
    people = whole(municipalities(shared=shared))
    return people.sel(area=[code for code in people["area"].values if code not in broken])


def nation(*, shared: Path = SHARED) -> xr.DataArray:
    """Population of Norway, persons, (sex, age, year), 1986-2026."""
    table = pd.read_csv(shared / "data" / "population_norway_age_sex_1986_2026.csv.gz")
    array = table.astype({"population": float}).set_index(["sex", "age", "year"])["population"].to_xarray()
    return array.assign_attrs(units="persons")


def deaths_and_population(*, shared: Path = SHARED) -> xr.Dataset:
    """Deaths and 1 January population of Norway by exact age, (sex, age, year), 1950-2024; deaths to 2023."""
    table = pd.read_csv(shared / "data" / "norway_hmd_population_deaths_mx_1950_2024.csv.gz")
    return table.set_index(["sex", "age", "year"]).to_xarray()


def mortality(first: int = 2005, last: int = 2023, *, shared: Path = SHARED) -> xr.DataArray:
    """Central death rates of Norway by age reached, (sex, age, year), ages 0-105+."""
    counts = deaths_and_population(shared=shared)
    deaths = counts["deaths"].sel(year=slice(first, last))
    population = counts["population_1jan"].sel(year=slice(first, last + 1))
    rates = death_rates(deaths, population, open_age=OPEN_AGE)
    lived = 0.5 * (population.sel(year=deaths["year"]) + population.shift(year=-1).sel(year=deaths["year"]))
    return cohort_rates(kannisto(rates, lived.sel(age=rates["age"])), open_age=OPEN_AGE)


def fertility(first: int = 2005, last: int = 2022, *, shared: Path = SHARED) -> xr.DataArray:
    """Births per woman and year of Norway by age, (age, year), ages 12-55."""
    table = pd.read_csv(shared / "data" / "norway_hfd_asfr_1967_2022.csv.gz")
    array = table.set_index(["age", "year"])["asfr"].to_xarray().rename("fertility")
    return array.sel(year=slice(first, last)).assign_attrs(units="1/year")


def telemark(*, shared: Path = SHARED) -> xr.Dataset:
    """Published totals of 17 municipalities, persons per year, (area, year), 2005-2025."""
    table = pd.read_csv(shared / "data" / "telemark_components_1997_2025.csv", dtype={"municipality_code": str})
    table = table[table["year"] >= 2005].rename(
        columns={
            "municipality_code": "area",
            "in_migration_domestic": "in_migration",
            "out_migration_domestic": "out_migration",
            "residual_adjustment": "adjustment",
        }
    )
    names = ["births", "deaths", "in_migration", "immigration", "out_migration", "emigration", "adjustment"]
    totals = table.set_index(["area", "year"])[names].astype(float).to_xarray()
    totals = totals.assign_coords(area=totals["area"].values.astype(str))
    return xr.Dataset({name: part.assign_attrs(units="persons/year") for name, part in totals.data_vars.items()})


def whole(population: xr.DataArray) -> xr.DataArray:
    """Areas that have every year."""
    keep = population.count(["sex", "age", "year"]) == population.isel(area=0).size
    return population.sel(area=population["area"].values[keep.values])


def size(population: xr.DataArray, year: int) -> np.ndarray:
    """Persons of each area in a year."""
    total: np.ndarray = population.sel(year=year).sum(["sex", "age"]).values
    return total
