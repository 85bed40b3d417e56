"""The two ways that others do it, held against the engine in `benchmarks.engine`."""

import numpy as np
import xarray as xr


def loop_over_units(people: xr.DataArray, assumptions: xr.Dataset) -> dict[str, np.ndarray]:
    """One unit after the other in plain NumPy: arrays of one unit, a loop over years."""
    ages, years = people.sizes["age"], assumptions.sizes["year"]
    shape = (-1, 2, ages)
    start = people.values.reshape(shape)
    given = {
        name: np.moveaxis(assumptions[name].values, -1, 0).reshape(years, *shape)
        for name in ("mortality", "out_migration", "in_migration")
    }
    fertility = np.moveaxis(assumptions["fertility"].values, -1, 0).reshape(years, -1, ages)
    girls = 1.0 / (1.0 + float(assumptions["sex_ratio_at_birth"]))
    results = {name: np.empty((years, *start.shape)) for name in ("births", "deaths", "out_migration")}
    results["population"] = np.empty((years + 1, *start.shape))
    for unit in range(len(start)):
        rates = tuple(given[name][:, unit] for name in given)
        _one_unit(start[unit], (*rates, fertility[:, unit]), girls, {k: v[:, unit] for k, v in results.items()})
    return results


def _one_unit(people: np.ndarray, given: tuple[np.ndarray, ...], girls: float, into: dict[str, np.ndarray]) -> None:
    mortality, leaving, arrivals, fertility = given
    into["population"][0] = people
    for year in range(len(fertility)):
        start = np.zeros_like(people)
        start[:, 1:] = people[:, :-1]
        start[:, -1] += people[:, -1]
        at_risk = (start + arrivals[year] / 2) / (1 + (mortality[year] + leaving[year]) / 2)
        deaths, out = mortality[year] * at_risk, leaving[year] * at_risk
        end = start - deaths - out + arrivals[year]
        mothers = fertility[year] * (start[0] + end[0]) / 2
        births = np.stack([mothers * girls, mothers * (1 - girls)])
        born = births.sum(axis=1)
        at_risk = (born + arrivals[year, :, 0] / 2) / (1 + (mortality[year, :, 0] + leaving[year, :, 0]) / 2)
        deaths[:, 0], out[:, 0] = mortality[year, :, 0] * at_risk, leaving[year, :, 0] * at_risk
        end[:, 0] = born - deaths[:, 0] - out[:, 0] + arrivals[year, :, 0]
        into["births"][year], into["deaths"][year], into["out_migration"][year] = births, deaths, out
        into["population"][year + 1] = people = end


def loop_with_labels(people: xr.DataArray, assumptions: xr.Dataset) -> dict[str, np.ndarray]:
    """All units at once, with labelled arrays inside the loop over years."""
    girls = 1.0 / (1.0 + assumptions["sex_ratio_at_birth"])
    share = xr.concat([girls, 1.0 - girls], xr.Variable("sex", people["sex"].values))
    populations, flows = [people], []
    newborn, oldest = people["age"] == 0, people["age"] == people["age"].max()
    for year in assumptions["year"].values:
        at = assumptions.sel(year=year, drop=True)
        start = people.shift(age=1, fill_value=0.0) + people.where(oldest, 0.0)
        at_risk = (start + at["in_migration"] / 2) / (1 + (at["mortality"] + at["out_migration"]) / 2)
        end = start - (at["mortality"] + at["out_migration"]) * at_risk + at["in_migration"]
        women = (start.sel(sex="female") + end.sel(sex="female")) / 2
        births = at["fertility"] * women * share
        start = start.where(~newborn, births.sum("age"))
        at_risk = (start + at["in_migration"] / 2) / (1 + (at["mortality"] + at["out_migration"]) / 2)
        deaths, out = at["mortality"] * at_risk, at["out_migration"] * at_risk
        people = start - deaths - out + at["in_migration"]
        populations.append(people)
        flows.append({"births": births, "deaths": deaths, "out_migration": out})
    found = {name: xr.concat([one[name] for one in flows], "year").values for name in flows[0]}
    return {**found, "population": xr.concat(populations, "year").values}
