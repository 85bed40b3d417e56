"""A small made-up municipality for the tests of housing."""

import numpy as np
import xarray as xr

import kompaslite.housing as kh
from kompaslite.accounts import Accounts
from kompaslite.engine import project

AGES = np.arange(106)
SEXES = ["female", "male"]
TYPES = ["row", "block"]


def rates(areas: list[str], years: range, *, mobility: float = 0.06) -> xr.Dataset:
    """Plausible assumptions, by area: moves peak at 25, deaths rise with age."""
    move = mobility * (0.25 + np.exp(-(((AGES - 26) / 9.0) ** 2)) + 0.3 * np.exp(-AGES / 4.0))
    death = np.clip(0.00002 * np.exp(0.1 * AGES), 0.0002, 0.7)
    women = 0.11 * np.exp(-(((AGES - 31) / 5.5) ** 2)) * ((AGES >= 15) & (AGES < 50))
    level = xr.DataArray(1.0 + 0.1 * np.arange(len(areas)), coords={"area": areas})
    cell = {"sex": SEXES, "age": AGES}
    by_age = xr.DataArray(move, coords={"age": AGES}) * xr.ones_like(xr.DataArray([1.0, 1.0], coords={"sex": SEXES}))
    arrivals = 7000.0 * level * by_age.transpose("sex", "age") / 100.0
    time = xr.DataArray(np.ones(len(years)), coords={"year": list(years)})
    return xr.Dataset(
        {
            "fertility": (xr.DataArray(women, coords={"age": AGES}) * time).assign_attrs(units="1/year"),
            "sex_ratio_at_birth": xr.DataArray(1.05, attrs={"units": "1"}),
            "mortality": xr.DataArray(
                np.stack([death, 1.3 * death]).clip(max=0.9), coords=cell, attrs={"units": "1/year"}
            ),
            "out_migration": (level / level * by_age).transpose("area", "sex", "age").assign_attrs(units="1/year"),
            "emigration": (0.1 * by_age).transpose("sex", "age").assign_attrs(units="1/year"),
            "in_migration": arrivals.transpose("area", "sex", "age").assign_attrs(units="persons/year"),
            "immigration": (0.1 * arrivals).transpose("area", "sex", "age").assign_attrs(units="persons/year"),
        }
    )


def people(areas: list[str]) -> xr.DataArray:
    """Persons by single age, about 7,000 per area."""
    shape = 45.0 * np.clip(1.0 - (AGES / 100.0) ** 4, 0.0, None)
    level = xr.DataArray(1.0 + 0.1 * np.arange(len(areas)), coords={"area": areas})
    half = xr.DataArray([1.0, 1.0], coords={"sex": SEXES})
    return (level * half * xr.DataArray(shape, coords={"age": AGES})).assign_attrs(units="persons")


def stock_of(population: xr.DataArray, *, vacancy: float = 0.03) -> xr.DataArray:
    """A stock that the households of the people fill."""
    households = kh.households_of(population, kh.default_headship())
    share = xr.DataArray([0.6, 0.4], coords={"dwelling_type": TYPES})
    return (households * share / (1.0 - vacancy)).assign_attrs(units="dwellings")


def dwellings(
    stock: xr.DataArray, years: range, built: dict[tuple[str, str, int], float] | None = None, **rest: xr.DataArray
) -> kh.Dwellings:
    """Dwellings from completions given by zone, type and year."""
    zero = stock.expand_dims(year=list(years)).transpose("area", "dwelling_type", "year") * 0.0
    for (area, kind, year), number in (built or {}).items():
        zero.loc[area, kind, year] += number
    return kh.roll_stock(stock, zero.assign_attrs(units="dwellings/year"), vacancy=0.03, **rest)


class Town:
    """A municipality ready to run."""

    def __init__(self, areas: list[str] | None = None, years: range = range(2025, 2035), **model: object) -> None:
        self.areas = areas or ["Havna", "Lia", "Moen"]
        self.years = years
        self.people = people(self.areas)
        self.assumptions = rates(self.areas, years)
        self.stock = stock_of(self.people)
        self.market = kh.even_market(self.stock, external=0.45, new=0.2)
        self.model = kh.HousingModel.with_defaults(self.market, **model)
        self.trend = project(self.people, self.assumptions)
        self.still = dwellings(self.stock, years)

    def housing(self, homes: kh.Dwellings | None = None, **more: object) -> kh.Housing:
        """Housing with these dwellings."""
        return kh.Housing(dwellings=homes or self.still, **({"model": self.model} | more))

    def run(self, housing: kh.Housing, **more: object) -> tuple[Accounts, kh.HousingRecord]:
        """The projection with housing, and what housing did in it."""
        return kh.project_with_housing(self.people, self.assumptions, housing, **({"trend": self.trend} | more))

    def forecast(self, housing: kh.Housing, **more: object) -> Accounts:
        """The projection with housing."""
        return self.run(housing, **more)[0]
