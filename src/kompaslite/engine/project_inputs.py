"""Checked inputs of a projection, ready for the kernels: units, dimensions and bounds of every variable."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import xarray as xr
from numpy.typing import DTypeLike

from kompaslite.engine.convention import Convention
from kompaslite.engine.layout import Field, Job, Layout
from kompaslite.schema import (
    ASSUMPTIONS,
    OUTER,
    SchemaError,
    Variable,
    count_unit,
    describe_cell,
    first_cell,
    rate_unit,
    require_dims,
    require_unit,
    require_values,
    short_list,
)

_INNER: dict[str, tuple[str, ...]] = {
    "fertility": ("age",),
    "sex_ratio_at_birth": (),
    "moves": ("area", "destination", "sex", "age"),
    "birth_allotment": ("area", "destination"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
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


def fields_of(assumptions: xr.Dataset, layout: Layout, terms: Terms, dtype: DTypeLike) -> dict[str, Field]:
    """Check dimensions and unit of every assumption, and lay it out for the kernels; values are checked as they run."""
    fields = {}
    for key in assumptions.data_vars:
        name = str(key)
        variable, inner = assumptions.variables[key], _INNER.get(name, ("sex", "age"))
        if not set(inner) <= set(variable.dims) <= {*inner, *OUTER, "year"}:
            require_dims(assumptions[name], name, needed=inner, allowed=(*OUTER, "year"))
        if variable.attrs.get("units") != terms.unit(name):
            require_unit(assumptions[name], name, terms.unit(name))
        if variable.dtype.kind not in "iuf":
            require_values(assumptions[name], name)
        fields[name] = field_of(variable, layout, dtype)
    return fields


def field_of(array: xr.Variable, layout: Layout, dtype: DTypeLike) -> Field:
    """Years first, own units flattened, no copies for units that share values."""
    outer = [dim for dim in layout.outer if dim in array.dims]
    inner = [dim for dim in ("destination", "sex", "age") if dim in array.dims]
    years = [dim for dim in ("year",) if dim in array.dims]
    values = array.transpose(*years, *outer, *inner).values
    shape = (values.shape[0] if years else 1, -1, *[array.sizes[dim] for dim in inner])
    return Field(np.ascontiguousarray(values, dtype=dtype).reshape(shape), layout.index(outer))


def require_sound(assumptions: xr.Dataset, terms: Terms) -> None:
    """Check every value, and name the first that breaks its bounds."""
    for key, array in assumptions.data_vars.items():
        name, variable = str(key), terms.variable(str(key))
        _require_whole_horizon(array, name)
        low, high = terms.bounds(name)
        require_values(array, name, low=low, high=high, words=variable.words, mend=variable.mend)


def _require_whole_horizon(array: xr.DataArray, name: str) -> None:
    missing = array.copy(data=np.isnan(array.values))
    if not missing.any():
        return
    empty = missing.all([dim for dim in array.dims if dim != "year"])
    years = array["year"].values[empty.values].tolist() if "year" in array.dims else []
    if years:
        raise SchemaError(
            f"{name}: no values for {len(years)} years of the horizon: {short_list(years)}. A table that ends early is "
            "not continued silently: extend it by a rule that you name, or end the horizon where it ends."
        )
    raise SchemaError(
        f"{name}: {int(missing.sum()):,} of {array.size:,} values are missing; the first is at "
        f"{describe_cell(first_cell(missing))}. Fill them by a rule that you name; what is nil is given as 0."
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
            f"{float(sums.sel(cell)):g} at {describe_cell(cell)}. Every child is allotted once."
        )


def _reject(array: xr.DataArray, name: str, why: str) -> None:
    found = array.copy(data=array.values != 0.0)
    cell = first_cell(found)
    raise SchemaError(
        f"{name}: {int(found.sum()):,} values must be 0, because {why}; the first is {float(array.sel(cell)):g} "
        f"at {describe_cell(cell)}. Set them to 0, or move them to the cell that they belong to."
    )
