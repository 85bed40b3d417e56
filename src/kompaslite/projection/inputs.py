"""Checked inputs of a projection: labels against labels, units, bounds."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from kompaslite.kernels import Convention, Field, Layout
from kompaslite.schema import (
    ASSUMPTIONS,
    OUTER,
    PERSONS,
    SEXES,
    SchemaError,
    conform,
    count_unit,
    rate_unit,
    require_dims,
    require_labels,
    require_unit,
    require_values,
    short_list,
)

NEEDED = ("fertility", "sex_ratio_at_birth", "mortality")
_DIMS: dict[str, tuple[str, ...]] = {"fertility": ("age",), "sex_ratio_at_birth": ()}
_EXITS = ("out_migration", "emigration")


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """Inputs that fit together, ready for the kernels."""

    layout: Layout
    jump_off: Field
    fields: Mapping[str, Field]
    arrays: Mapping[str, xr.DataArray]


def prepare(
    jump_off: xr.DataArray,
    assumptions: xr.Dataset,
    *,
    convention: Convention,
    step: int | None,
    outer: Mapping[str, np.ndarray],
) -> Prepared:
    """Check every input against the contracts and against the others.

    Parameters
    ----------
    jump_off : xr.DataArray
        ``(..., sex, age)``.
    assumptions : xr.Dataset
        Variables of `ASSUMPTIONS`.
    convention : Convention
        Bounds of the rates follow from it.
    step : int or None
        Years in a step, or None to take it from the labels.
    outer : mapping
        Outer dimensions of a drive.

    Returns
    -------
    Prepared
    """
    people = _checked_jump_off(jump_off)
    variables = _checked_names(assumptions)
    years, length = _years(people, variables, step)
    checked = {name: _checked(array, name, people, convention, length) for name, array in variables.items()}
    labels = _outer_labels({"population": people, **checked}, outer)
    layout = Layout(outer=labels, ages=people["age"].values, years=years, step=length)
    checked = {name: _aligned(array, name, layout) for name, array in checked.items()}
    people = _aligned(people, "population", layout)
    fields = {name: field_of(array, layout) for name, array in checked.items()}
    return Prepared(layout=layout, jump_off=field_of(people, layout), fields=fields, arrays=checked)


def field_of(array: xr.DataArray, layout: Layout) -> Field:
    """A labelled array as the kernels want it: years first, own units flattened, no copies for other units."""
    dims = [dim for dim in layout.outer if dim in array.dims]
    inner = [dim for dim in ("destination", "sex", "age") if dim in array.dims]
    years = ["year"] if "year" in array.dims else []
    values = array.transpose(*years, *dims, *inner).values
    shape = (values.shape[0] if years else 1, -1, *[array.sizes[dim] for dim in inner])
    return Field(data=np.ascontiguousarray(values, dtype=np.float64).reshape(shape), index=layout.index(dims))


def _checked_jump_off(jump_off: xr.DataArray) -> xr.DataArray:
    name = "population"
    if not isinstance(jump_off, xr.DataArray):
        raise SchemaError(f"{name}: a labelled array (xarray.DataArray) is needed, not {type(jump_off).__name__}.")
    if "year" in jump_off.dims:
        raise SchemaError(f"{name}: a projection starts from one year. Select it with .sel(year=...).")
    require_dims(jump_off, name, needed=("sex", "age"))
    people = conform(jump_off, name)
    if tuple(people["sex"].values) != SEXES:
        raise SchemaError(f"{name}: births need both sexes; it has {short_list(people['sex'].values.tolist())} only.")
    require_unit(people, name, PERSONS)
    require_values(people, name, low=0.0, words="are not counts of at least 0", mend="Count persons.")
    return people


def _checked_names(assumptions: xr.Dataset) -> dict[str, xr.DataArray]:
    if not isinstance(assumptions, xr.Dataset):
        raise SchemaError(f"assumptions: a Dataset is needed, not {type(assumptions).__name__}. Make it with assume().")
    unknown = [str(name) for name in assumptions.data_vars if name not in ASSUMPTIONS]
    missing = [name for name in NEEDED if name not in assumptions]
    if unknown:
        raise SchemaError(
            f"assumptions: unknown variable {short_list(unknown)}; known are {short_list(list(ASSUMPTIONS), most=12)}."
        )
    if missing:
        raise SchemaError(f"assumptions: {short_list(missing)} is missing. Add it; a rate that is nil is given as 0.")
    return {str(name): array for name, array in assumptions.data_vars.items()}


def _years(people: xr.DataArray, variables: Mapping[str, xr.DataArray], step: int | None) -> tuple[np.ndarray, int]:
    dated = [array["year"].values for array in variables.values() if "year" in array.dims]
    if not dated:
        raise SchemaError("assumptions: no variable has the dimension year, so the horizon is unknown. Add it to one.")
    years = np.sort(dated[0])
    gaps = {int(gap) for labels in (people["age"].values, years) for gap in np.diff(labels)}
    if step is None and len(gaps) == 1:
        step = gaps.pop()
    elif step is None or gaps - {step}:
        raise SchemaError(
            f"assumptions: years {short_list(years.tolist())} and ages {short_list(people['age'].values.tolist())} are "
            f"not {'evenly' if step is None else f'{step} years'} spaced alike. Add the labels that are missing, or "
            "give ages and years of the same width."
        )
    if "year" in people.coords and int(people["year"]) != int(years[0]):
        raise SchemaError(
            f"assumptions: they start in year {int(years[0])}, the population is that of 1 January "
            f"{int(people['year'])}. Select the years from {int(people['year'])} on, or another jump-off."
        )
    return years, int(step)


def _checked(array: xr.DataArray, name: str, people: xr.DataArray, convention: Convention, step: int) -> xr.DataArray:
    inner = _DIMS.get(name, ("sex", "age"))
    require_dims(array, name, needed=inner, allowed=(*OUTER, "year"))
    array = conform(array, name)
    for dim in inner:
        array = require_labels(array, dim, people[dim].values, name)
    kind = ASSUMPTIONS[name].kind
    units = {"rate": rate_unit(1 if name == "fertility" else step), "count": count_unit(step)}
    require_unit(array, name, units.get(kind, "1"))
    _check_bounds(array, name, convention)
    return array


def _check_bounds(array: xr.DataArray, name: str, convention: Convention) -> None:
    variable = ASSUMPTIONS[name]
    low, high, words = variable.low, variable.high, variable.words
    if name == "mortality" or name in _EXITS:
        high = convention.highest_rate("deaths" if name == "mortality" else "exits")
        words = "are not probabilities" if high == 1.0 else f"are not rates between 0 and {high:g}"
    require_values(array, name, low=low, high=high, words=words, mend=variable.mend)


def _outer_labels(arrays: Mapping[str, xr.DataArray], extra: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {dim: np.asarray(labels) for dim, labels in extra.items()}
    for array in arrays.values():
        for dim in array.dims:
            if dim in OUTER:
                found.setdefault(str(dim), array[dim].values)
    return {dim: found[dim] for dim in OUTER if dim in found}


def _aligned(array: xr.DataArray, name: str, layout: Layout) -> xr.DataArray:
    for dim, labels in layout.outer.items():
        if dim in array.dims:
            array = require_labels(array, dim, labels, name)
    if "year" in array.dims:
        array = require_labels(array, "year", layout.years, name, against="the horizon")
    return array
