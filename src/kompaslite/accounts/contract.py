"""The contract that the labels, units and values of accounts keep."""

import numpy as np
import xarray as xr

from kompaslite.schema import (
    FLOWS,
    PERSONS,
    SchemaError,
    conform,
    count_unit,
    require_dataset,
    require_dims,
    require_labels,
    require_unit,
    require_values,
    short_list,
)

_ABSENT = "Count persons per step; a component that is not known is left out, not given as missing."


def step_of(population: xr.DataArray) -> int:
    """Years between two stocks, or between two ages where there is one stock only.

    Parameters
    ----------
    population : xr.DataArray
        ``(..., age, year)``.

    Returns
    -------
    int
        1 for annual accounts.

    Raises
    ------
    SchemaError
        If the years or ages are not evenly spaced, or not alike.

    Examples
    --------
    >>> import xarray as xr
    >>> step_of(xr.DataArray([[3.0, 2.0]], coords={"year": [2026], "age": [0, 5]}))
    5
    """
    steps: dict[str, int] = {}
    for dim in ("age", "year"):
        if population.sizes.get(dim, 0) < 2:
            continue
        gaps = np.diff(population[dim].values)
        step = steps[dim] = int(gaps[0])
        if np.any(gaps != step):
            after = population[dim].values[:-1][gaps != step][0]
            raise SchemaError(
                f"population: labels of dimension {dim} are not evenly spaced; the first uneven gap is after "
                f"{dim} {after}. Add the labels that are missing."
            )
    if len(set(steps.values())) > 1:
        raise SchemaError(
            f"population: its ages are {steps['age']} years wide, but its populations {steps['year']} years apart, so "
            "nobody can be moved one age up. Add the years that are missing, or give ages and years of the same width."
        )
    return next(iter(steps.values()), 1)


def checked_population(population: xr.DataArray) -> xr.DataArray:
    """The population in the library's order, once labels, unit and values keep the contract."""
    name = "population"
    require_dims(population, name, needed=("sex", "age", "year"))
    empty = [str(dim) for dim in population.dims if not population.sizes[dim]]
    if empty:
        raise SchemaError(f"{name}: dimension {short_list(empty)} has no labels at all. Check what was selected.")
    population = conform(population, name)
    _require_birth(population, name)
    require_unit(population, name, PERSONS)
    require_values(population, name, low=0.0, words="are not counts of at least 0", mend="Count persons.")
    step_of(population)
    return population


def _require_birth(population: xr.DataArray, name: str) -> None:
    first = int(population["age"].values[0])
    if first != 0:
        raise SchemaError(
            f"{name}: the first age is {first}, but newborns join at age 0. Add the ages that are missing; labels that "
            f"are numbers of rows are mended with .assign_coords(age=...)."
        )


def checked_flows(flows: xr.Dataset, population: xr.DataArray) -> xr.Dataset:
    """Components of change in the order of the population, once they keep the contract and fit it."""
    require_dataset(flows, "flows")
    unknown = [str(name) for name in flows.data_vars if name not in FLOWS]
    if unknown:
        raise SchemaError(
            f"flows: unknown component {short_list(unknown)}; the components are {short_list(FLOWS, most=12)}."
        )
    checked = {str(name): _checked_flow(flow, str(name), population) for name, flow in flows.data_vars.items()}
    return xr.Dataset(checked, attrs=flows.attrs)


def _checked_flow(flow: xr.DataArray, name: str, population: xr.DataArray) -> xr.DataArray:
    require_dims(flow, name, needed=("year",))
    flow = conform(flow, name)
    require_unit(flow, name, count_unit(step_of(population)))
    if name in ("net_migration", "adjustment"):
        require_values(flow, name)
    else:
        require_values(flow, name, low=0.0, words="are not counts of at least 0", mend=_ABSENT)
    for dim in flow.dims:
        if dim == "year":
            _check_flow_years(flow, name, population)
        elif dim in population.dims:
            flow = require_labels(flow, dim, population[dim].values, name)
    return flow


def _check_flow_years(flow: xr.DataArray, name: str, population: xr.DataArray) -> None:
    bounds = population["year"].values
    strange = [year for year in flow["year"].values.tolist() if year not in bounds[:-1]]
    if strange:
        raise SchemaError(
            f"{name}: {len(strange)} years have no population on both sides; the first is {strange[0]}. A flow of "
            f"year {strange[0]} stands between the populations on 1 January {strange[0]} and of the next year."
        )
