"""What the inputs of a projection must respect: labels against each other, units, dimensions and bounds."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Literal, TypeVar

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import DTypeLike

from kompaslite.engine.arrays import Array
from kompaslite.engine.convention import Convention
from kompaslite.engine.layout import Field, Job, Layout, field_of
from kompaslite.schema import (
    ASSUMPTIONS,
    OUTER,
    PERSONS,
    SEXES,
    SchemaError,
    Variable,
    conform,
    count_unit,
    describe_cell,
    first_cell,
    in_order,
    rate_unit,
    require_dims,
    require_labels,
    require_unit,
    require_values,
    require_whole,
    short_list,
)

Labelled = TypeVar("Labelled", xr.DataArray, xr.Dataset)

NEEDED = ("fertility", "sex_ratio_at_birth", "mortality")


def checked_jump_off(jump_off: xr.DataArray) -> xr.DataArray:
    """Check the population that a projection starts from, but not yet its values."""
    name = "population"
    if not isinstance(jump_off, xr.DataArray):
        raise SchemaError(f"{name}: a labelled array (xarray.DataArray) is needed, not {type(jump_off).__name__}.")
    if "year" in jump_off.dims:
        raise SchemaError(f"{name}: a projection starts from one year. Select it with .sel(year=...).")
    require_dims(jump_off, name, needed=("sex", "age"))
    people = jump_off if _in_order(jump_off) else conform(jump_off, name)
    if people.sizes["sex"] < len(SEXES):
        raise SchemaError(f"{name}: births need both sexes; it has {short_list(people['sex'].values.tolist())} only.")
    if people.sizes["age"] < 3:
        raise SchemaError(f"{name}: {people.sizes['age']} ages are too few. Give age 0, one more and the open age.")
    if int(people["age"][0]) != 0:
        raise SchemaError(
            f"{name}: ages start at {int(people['age'][0])}, so newborns would have no place. Give all ages from 0 on."
        )
    require_unit(people, name, PERSONS)
    return people


def _in_order(array: xr.DataArray) -> bool:
    """At a glance, whether an array is already as `conform` would return it."""
    indexes = array.indexes
    if array.dims != in_order(array.dims) or len(indexes) != array.ndim:
        return False
    whole = pd.api.types.is_integer_dtype(indexes["age"].dtype) and indexes["age"].is_monotonic_increasing
    texts = "area" not in indexes or indexes["area"].inferred_type == "string"
    return whole and texts and tuple(indexes["sex"]) == SEXES and all(index.is_unique for index in indexes.values())


def checked_variables(assumptions: xr.Dataset, people: xr.DataArray) -> xr.Dataset:
    """Check names and labels of the assumptions against each other and against the population."""
    if not isinstance(assumptions, xr.Dataset):
        mend = "Futures are run by project_summary." if hasattr(assumptions, "baseline") else "Make it with assume()."
        raise SchemaError(f"assumptions: a Dataset is needed, not {type(assumptions).__name__}. {mend}")
    _require_names(assumptions)
    positions: dict[str, np.ndarray] = {}
    for dim in assumptions.dims:
        order = _checked_labels(assumptions, str(dim), people)
        if order is not None:
            positions[str(dim)] = order
    return assumptions.isel(positions) if positions else assumptions


def _require_names(assumptions: xr.Dataset) -> None:
    unknown = [str(name) for name in assumptions.data_vars if name not in ASSUMPTIONS]
    missing = [name for name in NEEDED if name not in assumptions]
    if unknown:
        raise SchemaError(
            f"assumptions: unknown variable {short_list(unknown)}; known are {short_list(list(ASSUMPTIONS), most=12)}."
        )
    if missing:
        raise SchemaError(f"assumptions: {short_list(missing)} is missing. Add it; a rate that is nil is given as 0.")


def _checked_labels(assumptions: xr.Dataset, dim: str, people: xr.DataArray) -> np.ndarray | None:
    """Positions of the labels of one dimension in the order that the engine needs; None if they have it already."""
    if dim in assumptions.indexes and _as_they_should_be(assumptions.indexes[dim], dim, people):
        return None
    name = next((str(one) for one, array in assumptions.data_vars.items() if dim in array.dims), "assumptions")
    if dim not in assumptions.coords:
        conform(assumptions[name], name)
    coords = {dim: assumptions.indexes[dim]}
    labels = conform(xr.DataArray(np.arange(assumptions.sizes[dim]), coords=coords, dims=[dim]), name)
    if dim in people.dims:
        return require_labels(labels, dim, people[dim].values, name).values
    if dim == "destination" and "area" in assumptions.dims:
        areas = people["area"] if "area" in people.dims else assumptions["area"]
        return require_labels(labels, dim, areas.values, name, against="the dimension area").values
    return labels.values


def _as_they_should_be(index: pd.Index, dim: str, people: xr.DataArray) -> bool:
    """The common case at a glance: the labels of the population, or whole years that ascend."""
    if dim in people.indexes:
        return index.equals(people.indexes[dim])
    ascending = index.is_monotonic_increasing and index.is_unique
    return dim == "year" and pd.api.types.is_integer_dtype(index.dtype) and ascending


def outer_indexes(
    people: xr.DataArray, assumptions: xr.Dataset, extra: Mapping[str, np.ndarray]
) -> dict[str, pd.Index]:
    """Outer dimensions of all inputs together, in order."""
    found: dict[str, pd.Index] = {}
    for indexes in (people.indexes, assumptions.indexes):
        found |= {dim: indexes[dim] for dim in OUTER if dim in indexes and dim not in found}
    for dim, labels in extra.items():
        carried = xr.DataArray(np.arange(len(labels)), coords={dim: np.asarray(labels)}, dims=[dim])
        found[dim] = require_labels(carried, dim, np.asarray(found.get(dim, labels)), "drive").indexes[dim]
    return {dim: found[dim] for dim in OUTER if dim in found}


def layout_of(
    people: xr.DataArray, assumptions: xr.Dataset, outer: Mapping[str, pd.Index], *, step: int | None
) -> Layout:
    """Put together the dimensions of the result."""
    if "year" not in assumptions.dims:
        raise SchemaError("assumptions: no variable has the dimension year, so the horizon is unknown. Add it to one.")
    ages, years = people.indexes["age"].to_numpy(), assumptions.indexes["year"].to_numpy()
    if not years.size:
        raise SchemaError("assumptions: they have no years. Select at least one year to project.")
    _require_start(people, years)
    labels = {dim: index.to_numpy() for dim, index in outer.items()}
    return Layout(outer=labels, ages=ages, years=years, step=_step(ages, years, step))


def _require_start(people: xr.DataArray, years: np.ndarray) -> None:
    if "year" in people.coords and not (people["year"].ndim == 0 and people["year"].dtype.kind in "iu"):
        raise SchemaError(
            f"population: its coordinate year is {people['year'].values!r}, not one whole number. "
            "Select one year with .sel(year=...), or drop the coordinate."
        )
    if "year" in people.coords and int(people["year"]) != int(years[0]):
        raise SchemaError(
            f"assumptions: they start in year {int(years[0])}, the population is that of 1 January "
            f"{int(people['year'])}. Select the years from {int(people['year'])} on, or another jump-off."
        )


def _step(ages: np.ndarray, years: np.ndarray, step: int | None) -> int:
    expected = int(ages[1] - ages[0]) if step is None else require_whole(step, "project: step", low=1)
    for what, labels in (("ages", ages), ("years", years)):
        _require_even(what, labels, expected)
    return expected


def _require_even(what: str, labels: Sequence[int] | np.ndarray, step: int) -> None:
    wrong = np.flatnonzero(np.diff(labels) != step)
    if wrong.size:
        first = int(wrong[0])
        raise SchemaError(
            f"assumptions: a step is {step} years, but {wrong.size} of the {what} do not follow the one before by "
            f"{step}; the first is {labels[first + 1]} after {labels[first]}. Add the labels that are missing, or give "
            "ages and years of the same width."
        )


def align_outer(array: Labelled, outer: Mapping[str, pd.Index], name: str) -> Labelled:
    """Put the outer labels in the order of the result."""
    indexes = array.indexes
    for dim, index in outer.items():
        if dim in indexes and not indexes[dim].equals(index):
            positions = xr.DataArray(np.arange(indexes[dim].size), coords={dim: indexes[dim]}, dims=[dim])
            array = array.isel({dim: require_labels(positions, dim, index.to_numpy(), name).values})
    return array


# --- units and values -------------------------------------------------------------------------------------------------

_INNER: dict[str, tuple[str, ...]] = {
    "fertility": ("age",),
    "sex_ratio_at_birth": (),
    "moves": ("area", "destination", "sex", "age"),
    "birth_allotment": ("area", "destination"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Contract:
    """What the values of the assumptions must respect.

    Parameters
    ----------
    convention : Convention
        Highest rates follow from its exposure shares.
    step : int
        Years in a step, part of the units.
    """

    convention: Convention
    step: int

    def unit(self, name: str) -> str:
        """Unit of an assumption: fertility is per year whatever the step, other rates and counts are per step."""
        kind = ASSUMPTIONS[name].kind
        if kind == "rate":
            return rate_unit(1 if name == "fertility" else self.step)
        return count_unit(self.step) if kind == "count" else "1"

    def bounds(self, name: str, dtype: DTypeLike = np.float64) -> tuple[float, float]:
        """Lowest and highest value of an assumption, both finite in this precision."""
        variable, largest = self.variable(name), float(np.finfo(dtype).max)
        return max(variable.low, -largest), min(variable.high, largest)

    def variable(self, name: str) -> Variable:
        """What an assumption is under this convention."""
        return _variable(name, self.convention)


@cache
def _variable(name: str, convention: Convention) -> Variable:
    variable = ASSUMPTIONS[name]
    if name not in ("mortality", "out_migration", "emigration", "moves"):
        return variable
    event: Literal["deaths", "exits"] = "deaths" if name == "mortality" else "exits"
    high = max(convention.highest_rate(event), convention.highest_rate(event, infants=True))
    words = "are not probabilities" if high == 1.0 else f"are not rates between 0 and {high:g}"
    return Variable("rate", variable.low, high, words, variable.mend)


def fields_of(assumptions: xr.Dataset, layout: Layout, contract: Contract, dtype: DTypeLike) -> dict[str, Field]:
    """Check dimensions and unit of every assumption, and lay it out for the kernels; values are checked as they run."""
    fields = {}
    for key in assumptions.data_vars:
        name = str(key)
        variable, inner = assumptions.variables[key], _INNER.get(name, ("sex", "age"))
        if not set(inner) <= set(variable.dims) <= {*inner, *OUTER, "year"}:
            require_dims(assumptions[name], name, needed=inner, allowed=(*OUTER, "year"))
        if variable.attrs.get("units") != contract.unit(name):
            require_unit(assumptions[name], name, contract.unit(name))
        if variable.dtype.kind not in "iuf":
            require_values(assumptions[name], name)
        fields[name] = field_of(variable, layout, dtype)
    return fields


def require_sound(assumptions: xr.Dataset, contract: Contract) -> None:
    """Check every value, and name the first that breaks its bounds."""
    for key, array in assumptions.data_vars.items():
        name, variable = str(key), contract.variable(str(key))
        _require_whole_horizon(array, name)
        low, high = contract.bounds(name)
        count, cell = _find(array, partial(_outside, low, high))
        if cell is not None:
            raise SchemaError(
                f"{name}: {count:,} of {array.size:,} values {variable.words}; the first is "
                f"{float(array.sel(cell)):g} at {describe_cell(cell)}. {variable.mend}"
            )


def _outside(low: float, high: float, values: Array) -> Array:
    return ~((values >= low) & (values <= high))


def _find(array: xr.DataArray, is_bad: Callable[[Array], Array]) -> tuple[int, dict[Hashable, object] | None]:
    """How many values are bad, and the cell of the first; one piece after the other, so that it costs no memory."""
    count, cell = 0, None
    values = array.values if array.ndim > 1 else array.values[None]
    for position, part in enumerate(values):
        bad = is_bad(part)
        if cell is None and bad.any():
            first = array.isel({array.dims[0]: position}) if array.ndim > 1 else array
            cell = {dim: first[dim].item() for dim in first.coords if first[dim].ndim == 0 and dim in array.dims}
            cell |= first_cell(first.copy(data=bad))
        count += int(np.count_nonzero(bad))
    return count, cell


def _require_whole_horizon(array: xr.DataArray, name: str) -> None:
    count, cell = _find(array, np.isnan)
    if cell is None:
        return
    by_year = [array.sel(year=year) for year in array["year"].values] if "year" in array.dims else []
    years = [int(one["year"]) for one in by_year if np.isnan(one.values).all()]
    if years:
        raise SchemaError(
            f"{name}: no values for {len(years)} years of the horizon: {short_list(years)}. A table that ends early is "
            "not continued silently: extend it by a rule that you name, or end the horizon where it ends."
        )
    raise SchemaError(
        f"{name}: {count:,} of {array.size:,} values are missing; the first is at {describe_cell(cell)}. "
        "Fill them by a rule that you name; what is nil is given as 0."
    )


def require_consistent(job: Job, assumptions: xr.Dataset) -> None:
    """Check how moves and shares of births fit together."""
    if "moves" in job.fields:
        positions = np.arange(job.areas)
        same = xr.DataArray(positions[:, None] == positions, dims=["area", "destination"])
        within = assumptions["moves"].where(same, 0.0)
        if within.values.any():
            _reject(within, "moves", "a move from an area to itself is none")
    if "birth_allotment" in job.fields:
        _require_whole(assumptions["birth_allotment"])


def require_mothers(assumptions: xr.Dataset, convention: Convention) -> None:
    """Check that no births are asked of ages at which there can be none."""
    barren = assumptions["fertility"].isel(age=list(convention.barren_ages))
    if barren.values.any():
        _reject(barren, "fertility", "no births belong to this age of mothers")


def _require_whole(allotment: xr.DataArray) -> None:
    sums = allotment.sum("destination", skipna=False)
    off = sums.copy(data=~(np.abs(sums.values - 1.0) <= 1e-9))
    if bool(off.any()):
        cell = first_cell(off)
        raise SchemaError(
            f"birth_allotment: the shares of {int(off.sum()):,} areas do not sum to 1; the first sum is "
            f"{float(sums.sel(cell)):.10g} at {describe_cell(cell)}. Every child is allotted once."
        )


def _reject(array: xr.DataArray, name: str, why: str) -> None:
    found = array.copy(data=array.values != 0.0)
    cell = first_cell(found)
    raise SchemaError(
        f"{name}: {int(found.sum()):,} values must be 0, because {why}; the first is {float(array.sel(cell)):g} "
        f"at {describe_cell(cell)}. Set them to 0, or move them to the cell that they belong to."
    )
