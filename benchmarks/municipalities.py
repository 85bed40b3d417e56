"""Real statistics beside the checkout, as accounts and sources; the files are described in their own README."""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.evaluation import exclude_areas
from kompaslite.methods import Sources
from kompaslite.rates import cohort_rates
from kompaslite.schema import PERSONS, SEXES

#: Folder of the statistics, beside the checkout.
DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
POPULATION = DATA / "population_municipality_age_sex_2005_2026.parquet"
OFFICIAL_2016 = DATA / "ssb_projection_2016_vs_actual.csv.gz"

#: Border changes that the population file does not flag. Source: Statistics Norway, municipal reform of 2020.
BROKEN = {
    "4005": "gained part of Sauherad on 1 January 2020",
    "4020": "lost part of Sauherad to Notodden on 1 January 2020",
}
OPEN_AGE = 105


def labelled(frame: pd.DataFrame, dims: dict[str, str], value: str) -> xr.DataArray:
    """A long table as an array; NaN where a row is missing.

    Parameters
    ----------
    frame : pd.DataFrame
        One row per cell.
    dims : dict of str to str
        Name of each dimension by its column.
    value : str
        Column of the values.

    Returns
    -------
    xr.DataArray
    """
    series = frame.rename(columns=dims).set_index(list(dims.values()))[value].astype(float)
    return xr.DataArray.from_series(series)


def read_population(path: Path = POPULATION) -> Accounts:
    """Population of the unbroken municipalities of a file; the others are listed on it."""
    frame = pd.read_parquet(path).astype({"municipality_code": str, "sex": str, "year": int, "age": int})
    dims = {"municipality_code": "area", "sex": "sex", "age": "age", "year": "year"}
    people = labelled(frame, dims, "population").sel(sex=list(SEXES)).assign_attrs(units=PERSONS)
    flags = frame.groupby(["municipality_code", "year"])["estimated"].any().reset_index()
    estimated = labelled(flags, {"municipality_code": "area", "year": "year"}, "estimated").fillna(0.0) > 0
    return Accounts(exclude_areas(people, estimated=estimated, broken=BROKEN))


def read_official_2016(path: Path = OFFICIAL_2016) -> xr.DataArray:
    """Statistics Norway's projection of 2016, totals, ``(origin, area, year)``."""
    frame = pd.read_csv(path, dtype={"code_2024": str})
    table = labelled(frame, {"code_2024": "area", "year": "year"}, "projected")
    return table.expand_dims(origin=[2016])


def read_sources(folder: Path = DATA) -> Sources:
    """The nation's population, mortality by age reached, and fertility."""
    nation = pd.read_csv(folder / "population_norway_age_sex_1986_2026.csv.gz")
    people = labelled(nation, {"sex": "sex", "age": "age", "year": "year"}, "population").sel(sex=list(SEXES))
    return Sources(
        nation=Accounts(people.assign_attrs(units=PERSONS)),
        mortality=_mortality(folder / "norway_hmd_population_deaths_mx_1950_2024.csv.gz"),
        fertility=_fertility(folder / "norway_hfd_asfr_1967_2022.csv.gz"),
    )


def _mortality(path: Path) -> xr.DataArray:
    """Rates by age reached; where nobody of an age died in the year, the rate of the age below stands in."""
    frame = pd.read_csv(path)
    table = labelled(frame[frame["year"].between(1986, 2023)], {"sex": "sex", "age": "age", "year": "year"}, "mx")
    return cohort_rates(without_gaps(table.sel(sex=list(SEXES))), open_age=OPEN_AGE)


def without_gaps(rates: xr.DataArray) -> xr.DataArray:
    """Rates by age; where one is 0 or missing, that of the age below stands in, or of the one above."""
    flat = rates.where(rates > 0).transpose(..., "age")
    filled = pd.DataFrame(flat.values.reshape(-1, flat.sizes["age"])).ffill(axis=1).bfill(axis=1)
    return flat.copy(data=filled.to_numpy().reshape(flat.shape)).transpose(*rates.dims)


def _fertility(path: Path) -> xr.DataArray:
    table = labelled(pd.read_csv(path), {"age": "age", "year": "year"}, "asfr")
    ages = np.arange(OPEN_AGE + 1)
    return table.reindex(age=ages, fill_value=0.0).assign_attrs(units="1/year")
