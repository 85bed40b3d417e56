"""The labelled engine: a jump-off population and assumptions in, accounts out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import DTypeLike
from xarray.indexes import PandasIndex

from kompaslite.accounts import Accounts
from kompaslite.engine.arrays import Array
from kompaslite.engine.checks import (
    Contract,
    align_outer,
    checked_jump_off,
    checked_variables,
    fields_of,
    layout_of,
    outer_indexes,
    require_consistent,
    require_mothers,
    require_sound,
)
from kompaslite.engine.closed_form import net_by_age_reached
from kompaslite.engine.convention import Convention
from kompaslite.engine.layout import DRIVEN, Job, Layout, Results, field_of
from kompaslite.engine.run import Engine, Kernel, MigrationDriver
from kompaslite.schema import (
    FLOWS,
    PERSONS,
    SEXES,
    SchemaError,
    common_scalars,
    count_unit,
    describe_cell,
    first_cell,
    rate_unit,
    require_values,
    short_list,
)


@np.errstate(all="ignore")  # numbers that are too small or too large are found by their bounds
def project(
    jump_off: xr.DataArray,
    assumptions: xr.Dataset,
    *,
    convention: Convention = Convention.mean_exposure,
    engine: Kernel | Engine = "auto",
    flows: Sequence[str] | None = None,
    step: int | None = None,
    drive: MigrationDriver | None = None,
    clip: Callable[[pd.DataFrame], object] | None = None,
) -> Accounts:
    """Project a population, step by step, with everything that happens in between.

    Parameters
    ----------
    jump_off : xr.DataArray
        Persons on 1 January of the first year of `assumptions`, ``(..., sex, age)``; ``...`` is any of
        ``scenario, draw, origin, area``. The last age is open.
    assumptions : xr.Dataset
        Rates and counts by age reached during the year, each with or without outer dimensions and ``year``:
        ``fertility`` (births per woman and year, on all ages), ``sex_ratio_at_birth`` (boys per girl), ``mortality``,
        and where they are known ``out_migration``, ``emigration`` (rates), ``in_migration``, ``immigration``,
        ``net_migration``, ``adjustment`` (persons), ``moves`` (rates between coupled areas, ``(area, destination,
        sex, age)``) and ``birth_allotment`` (shares, ``(area, destination)``). A variable without ``year`` holds
        for all years.
    convention : Convention
        Timing of events.
    engine : {"auto", "numpy", "numba"} or Engine
        Which loop runs; all give the same numbers. An `Engine` also chooses precision and threads.
    flows : sequence of str, optional
        Components to keep; all of them if None. A run that keeps less needs less memory.
    step : int, optional
        Years in a step; the width of the ages if None. Fertility is a rate per year, or per step if its unit says so
        (``"1/5 years"``); every other rate and count is per step.
    drive : MigrationDriver, optional
        Sets ``in_migration`` and ``out_migration`` within each year, see `kompaslite.engine.run`.
    clip : callable, optional
        Without it, a cell that would hold fewer than nobody is an error. With it, such cells are filled up to zero,
        the persons are booked as ``adjustment``, and `clip` is called once with the list of the cells.

    Returns
    -------
    Accounts
        ``population`` from the jump-off to the end of the last year of `assumptions`, persons, and the flows in
        between, persons per step; dimensions are the outer ones of all inputs together, then ``sex, age, year``.
        An area that was selected stays as a label without a dimension.
        A flow that was an input is handed on as it was, without the dimensions that it does not have.

    Raises
    ------
    SchemaError
        If an input breaks its contract, is of another area (draw, scenario, origin) than the rest, or a cell would
        hold fewer than nobody; the message names variable, cell, count and mend.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> ages = {"sex": ["female", "male"], "age": range(101)}
    >>> people = xr.DataArray(np.full((2, 101), 100.0), coords=ages, attrs={"units": "persons"})
    >>> mothers = xr.DataArray(np.where((people.age > 24) & (people.age < 35), 0.17, 0.0), coords={"age": people.age})
    >>> deaths = xr.full_like(people, 0.01).expand_dims(year=[2025, 2026])
    >>> rates = xr.Dataset({
    ...     "fertility": mothers.assign_attrs(units="1/year"),
    ...     "sex_ratio_at_birth": xr.DataArray(1.05, attrs={"units": "1"}),
    ...     "mortality": deaths.assign_attrs(units="1/year"),
    ... })
    >>> forecast = project(people, rates)
    >>> forecast.population.sum(["sex", "age"]).round(1).values
    array([20200. , 20166.5, 20131.6])
    """
    _require_arguments(flows, convention, clip, drive)
    chosen = engine if isinstance(engine, Engine) else Engine(engine)
    prepared = prepare(jump_off, assumptions, convention=convention, dtype=chosen.dtype, step=step, drive=drive)
    job = prepared.job_of(flows, clip=clip is not None, driven=drive is not None)
    if drive is not None:
        prepared.require_sound()
    results = chosen.run(job, drive)
    if results.broken:
        prepared.require_sound()
        raise SchemaError(f"assumptions: values beyond the range of {job.dtype}. Use Engine(dtype='float64').")
    require_nobody_short(results, job.layout, driven=drive is not None)
    if clip is not None:
        clip(clipped_cells(results, job.layout))
    return accounts_of(results, job, prepared.assumptions, prepared.coords)


def _require_arguments(flows: object, convention: object, clip: object, drive: object) -> None:
    if isinstance(flows, str):
        raise SchemaError(f"project: flows are several names. Write flows=({flows!r},).")
    if flows is not None and not (isinstance(flows, Iterable) and all(isinstance(name, str) for name in flows)):
        raise SchemaError(f"project: flows={flows!r} are no names. Give a sequence of names, or None for all.")
    if drive is not None and not (hasattr(drive, "bind") and hasattr(drive, "outer")):
        raise SchemaError(f"project: drive={drive!r} is no driver. Give an object with bind and outer, or None.")
    if not isinstance(convention, Convention):
        raise SchemaError(f"project: {convention!r} is not a Convention. Write convention=kl.Convention.mean_exposure.")
    if clip is not None and not callable(clip):
        raise SchemaError(f"project: clip={clip!r} is not a function. Give one that takes the table of filled cells.")


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Inputs of a projection that fit together.

    Parameters
    ----------
    assumptions : xr.Dataset
        With labels in the order of the result.
    coords : xr.Coordinates
        Of the flows.
    contract : Contract
        Units and bounds.
    job : Job
        The same as bare arrays; the values are not checked yet, the engine does that while it reads them.
    """

    assumptions: xr.Dataset
    coords: xr.Coordinates
    contract: Contract
    job: Job

    def job_of(self, flows: Sequence[str] | None, *, clip: bool = False, driven: bool = False) -> Job:
        """Return the job that keeps some of the flows."""
        job = replace(self.job, clip=clip)
        present = [name for name in FLOWS if name in job.present() or (driven and name in DRIVEN)]
        unknown = [name for name in flows or () if name not in present]
        if unknown:
            raise SchemaError(
                f"project: flow {short_list(unknown)} is asked for, but these assumptions have no such component. "
                f"Choose of {short_list(present, most=12)}."
            )
        return replace(job, keep=frozenset(present if flows is None else flows))

    def require_sound(self) -> None:
        """Raise for the first value that breaks its bounds, with its cell."""
        require_sound(self.assumptions, self.contract)
        require_mothers(self.assumptions, self.contract.convention)


def prepare(
    jump_off: xr.DataArray,
    assumptions: xr.Dataset,
    *,
    convention: Convention = Convention.mean_exposure,
    dtype: DTypeLike = "float64",
    step: int | None = None,
    drive: MigrationDriver | None = None,
) -> Prepared:
    """Check labels, units and dimensions of all inputs, and lay them out without copying what is in order."""
    people = checked_jump_off(jump_off)
    require_values(people, "population", low=0.0, words="are not counts of at least 0", mend="Count persons.")
    variables = checked_variables(assumptions, people)
    carried = {} if drive is None else drive.outer
    single, outer = single_labels(people, variables, carried), outer_indexes(people, variables, carried)
    layout = layout_of(people, variables, outer, step=step)
    variables = per_year(variables, layout.step)
    people, variables = align_outer(people, outer, "population"), align_outer(variables, outer, "assumptions")
    contract = Contract(convention, layout.step)
    fields = fields_of(variables, layout, contract, dtype)
    job = Job(
        layout=layout,
        jump_off=field_of(people.variable, layout, dtype),
        fields=fields,
        bounds={name: contract.bounds(name, dtype) for name in fields},
        convention=convention,
        keep=frozenset(),
        areas=variables.sizes["destination"] if "destination" in variables.dims else 1,
    )
    require_consistent(job, variables)
    return Prepared(variables, coordinates_of(outer, people, variables, single), contract, job)


def per_year(assumptions: xr.Dataset, step: int) -> xr.Dataset:
    """Fertility per year where it is per step, as it is fitted on accounts of five years."""
    fertility = assumptions.get("fertility")
    if fertility is None or step == 1 or fertility.attrs.get("units") != rate_unit(step):
        return assumptions
    return assumptions.assign(fertility=(fertility / step).assign_attrs(fertility.attrs | {"units": rate_unit(1)}))


def single_labels(
    people: xr.DataArray, assumptions: xr.Dataset, extra: Mapping[str, np.ndarray]
) -> dict[str, xr.Variable]:
    """Labels of what was selected from an outer dimension, if all inputs mean the same ones; the result keeps them."""
    carried = {dim: xr.Variable((dim,), np.asarray(labels)) for dim, labels in extra.items()}
    inputs: dict[str, xr.DataArray | xr.Dataset] = {
        "the population": people,
        "the table of assumptions": assumptions,
        "the driver": xr.Dataset(coords=carried),
    }
    return {dim: xr.Variable((), label) for dim, label in common_scalars(inputs).items()}


def coordinates_of(
    outer: Mapping[str, pd.Index], people: xr.DataArray, assumptions: xr.Dataset, single: Mapping[str, xr.Variable]
) -> xr.Coordinates:
    """Coordinates of the flows, with the indexes that the inputs have already."""
    indexes = {dim: PandasIndex(index, dim) for dim, index in outer.items()}
    indexes |= {dim: PandasIndex(people.indexes[dim], dim) for dim in ("sex", "age")}
    indexes["year"] = PandasIndex(assumptions.indexes["year"], "year")
    return with_indexes(indexes, single)


def with_indexes(indexes: Mapping[str, PandasIndex], single: Mapping[str, xr.Variable]) -> xr.Coordinates:
    """Return coordinates of these indexes, and of labels without a dimension."""
    labels = {dim: index.create_variables()[dim] for dim, index in indexes.items()}
    return xr.Coordinates({**labels, **single}, dict(indexes))


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
    single = {str(dim): coords[dim].variable for dim in coords if coords[dim].ndim == 0}
    at_bounds = with_indexes({**{str(dim): index for dim, index in coords.xindexes.items()}, "year": bounds}, single)
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
    if variable.dtype not in (np.float64, np.float32, np.int64):
        variable = variable.astype(float)
    if clipped is not None and clipped.any():
        variable = variable + _variable(clipped, job.layout, variable.attrs)
    if "year" not in variable.dims:
        shape = (years, *variable.shape)
        variable = xr.Variable(["year", *variable.dims], np.broadcast_to(variable.values, shape), variable.attrs)
    order = [dim for dim in (*job.layout.outer, "sex", "age", "year") if dim in variable.dims]
    return variable.transpose(*order)


def require_nobody_short(results: Results, layout: Layout, *, driven: bool = False) -> None:
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
        f"are: {_DRIVEN_MEND if driven else _MEND}"
    )


_MEND = (
    "lower the rates of leaving, or net_migration or adjustment, of that cell; or pass clip=... to fill "
    "such cells up to zero and get the list of them."
)
_DRIVEN_MEND = "what sets the moves of the year, such as housing, sends more people away than live there."


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
