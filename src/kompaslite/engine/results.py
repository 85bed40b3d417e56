"""Bare results with their labels again, and cells that would hold fewer than nobody by name."""

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from xarray.indexes import PandasIndex

from kompaslite.accounts import Accounts
from kompaslite.engine.arrays import Array
from kompaslite.engine.closed_form import net_by_age_reached
from kompaslite.engine.labels import with_indexes
from kompaslite.engine.layout import Job, Layout, Results
from kompaslite.schema import FLOWS, PERSONS, SEXES, SchemaError, count_unit, describe_cell, first_cell


def accounts_of(results: Results, job: Job, assumptions: xr.Dataset, coords: xr.Coordinates) -> Accounts:
    """Label what was computed, and hand on the flows that were inputs."""
    layout, unit = job.layout, {"units": count_unit(job.layout.step)}
    flows: dict[str, xr.Variable] = {}
    for name in FLOWS:
        if name in results.flows:
            flows[name] = _variable(results.flows[name], layout, unit)
        elif name in job.keep and (name in assumptions or name == "adjustment"):
            flows[name] = _handed_on(name, results, job, assumptions)
    population = {"population": _variable(results.population, layout, {"units": PERSONS})}
    bounds = PandasIndex(pd.Index(np.append(layout.years, layout.years[-1] + layout.step)), "year")
    at_bounds = with_indexes({**{str(dim): index for dim, index in coords.xindexes.items()}, "year": bounds})
    # a Dataset takes over indexes that are there already; a DataArray would make them again
    return Accounts.trusted(xr.Dataset(population, at_bounds)["population"], xr.Dataset(flows, coords))


def _handed_on(name: str, results: Results, job: Job, assumptions: xr.Dataset) -> xr.Variable:
    convention, years = job.convention, job.layout.years.size
    clipped = results.clipped if name == "adjustment" else None
    if name not in assumptions:
        return _variable(
            np.zeros(()) if clipped is None else clipped, job.layout, {"units": count_unit(job.layout.step)}
        )
    variable = assumptions[name].variable
    if name == "net_migration" and convention.net_at_start:
        by_age = variable.transpose(..., "age")
        variable = by_age.copy(data=net_by_age_reached(by_age.values, convention))
    if clipped is not None and clipped.any():
        variable = variable + _variable(clipped, job.layout, variable.attrs)
    if "year" not in variable.dims:
        shape = (years, *variable.shape)
        variable = xr.Variable(["year", *variable.dims], np.broadcast_to(variable.values, shape), variable.attrs)
    order = [dim for dim in (*job.layout.outer, "sex", "age", "year") if dim in variable.dims]
    return variable.transpose(*order)


def require_nobody_short(results: Results, layout: Layout) -> None:
    """Raise if a cell holds fewer than nobody."""
    if results.short is None:
        return
    year = int(layout.years[results.short])
    people = _labelled(results.population[results.short + 1][None], layout, layout.years[[results.short]])
    low = people < 0.0
    if not low.any():
        raise SchemaError(
            f"population: half of net_migration takes away more people than there are at the start of {year}. "
            "Lower it there, or let net migration join at the end of the year."
        )
    cell = first_cell(low)
    raise SchemaError(
        f"population: {int(low.sum()):,} of {low.size:,} cells would hold fewer than nobody at the end of {year}; the "
        f"first {float(people.sel(cell)):.6g} persons at {describe_cell(cell)}. More people are taken away than there "
        "are: lower the rates of leaving, or net_migration or adjustment, of that cell; or pass clip=... to fill "
        "such cells up to zero and get the list of them."
    )


def clipped_cells(results: Results, layout: Layout) -> pd.DataFrame:
    """List the cells that were filled up to zero, with the persons that it took."""
    added = np.zeros((0, layout.units, 2, layout.ages.size)) if results.clipped is None else results.clipped
    year, unit, sex, age = np.nonzero(added)
    outer = dict(zip(layout.outer, np.unravel_index(unit, layout.shape or (1,)), strict=False))
    return pd.DataFrame(
        {
            **{dim: np.asarray(layout.outer[dim])[position] for dim, position in outer.items()},
            "sex": np.array(SEXES)[sex],
            "age": layout.ages[age],
            "year": layout.years[year],
            "persons": added[year, unit, sex, age],
        }
    )


def _variable(values: Array, layout: Layout, attrs: dict[str, Any]) -> xr.Variable:
    by_label = values.reshape(len(values), *layout.shape, *values.shape[2:])
    return xr.Variable([*layout.outer, "sex", "age", "year"], np.moveaxis(by_label, 0, -1), attrs)


def _coords(layout: Layout, years: np.ndarray) -> dict[str, Any]:
    return {**layout.outer, "sex": list(SEXES), "age": layout.ages, "year": years}


def _labelled(values: Array, layout: Layout, years: np.ndarray) -> xr.DataArray:
    return xr.DataArray(_variable(values, layout, {}), coords=_coords(layout, years))
