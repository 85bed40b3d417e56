"""Small random accounts that balance in every cell, with every component of change."""

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts, age_up
from kompaslite.schema import SEXES, SIGNS

AGES = np.arange(0, 8)
YEARS = np.arange(2015, 2021)
AREAS = ["0301", "3201"]
MOVES = ("in_migration", "immigration", "out_migration", "emigration", "adjustment")


def accounts(seed: int = 1, *, areas: list[str] | None = None) -> Accounts:
    """Whole persons; mothers aged 3 to 5."""
    rng = np.random.default_rng(seed)
    area = AREAS if areas is None else areas
    cells = {"area": area, "sex": list(SEXES), "age": AGES}
    shape = (len(area), 2, AGES.size)

    def draw(low: int, high: int) -> xr.DataArray:
        return xr.DataArray(rng.integers(low, high, shape).astype(float), coords=cells)

    people = [draw(200, 400)]
    flows: dict[str, list[xr.DataArray]] = {name: [] for name in ("births", "deaths", *MOVES)}
    for _ in YEARS:
        births = draw(40, 70).where(draw(0, 1)["age"].isin([3, 4, 5]), 0.0)
        year = {"deaths": draw(0, 5), "adjustment": draw(-2, 3)} | {name: draw(0, 9) for name in MOVES[:-1]}
        start = age_up(people[-1])
        start[{"age": 0}] = births.sum("age").values
        people.append(start + sum(SIGNS[name] * part for name, part in year.items()))
        for name, part in (year | {"births": births}).items():
            flows[name].append(part)
    population = xr.concat(people, "year").assign_coords(year=[*YEARS, YEARS[-1] + 1]).transpose(..., "year")
    stacked = {name: xr.concat(parts, "year").assign_coords(year=YEARS) for name, parts in flows.items()}
    ready = {name: part.transpose(..., "year").assign_attrs(units="persons/year") for name, part in stacked.items()}
    return Accounts(population.assign_attrs(units="persons"), xr.Dataset(ready))


def without(observed: Accounts, *names: str) -> Accounts:
    """The same accounts, some components less."""
    return Accounts(observed.population, observed.flows.drop_vars(list(names)))


def in_total(observed: Accounts, *names: str) -> Accounts:
    """The same accounts, some components known only in total."""
    flows = {str(name): part for name, part in observed.flows.data_vars.items()}
    for name in names:
        flows[name] = flows[name].sum(["sex", "age"]).assign_attrs(units="persons/year")
    return Accounts(observed.population, xr.Dataset(flows))
