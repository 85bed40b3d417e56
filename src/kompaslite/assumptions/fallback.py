"""National figures where local ones are missing, and which is which."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from kompaslite.schema import (
    SchemaError,
    conform,
    in_order,
    require_array,
    require_dataset,
    require_dims,
    require_labels,
    require_unit,
    require_values,
    short_list,
)


def fill_missing_areas(
    local: xr.DataArray,
    fallback: xr.DataArray,
    *,
    areas: Sequence[str],
    name: str = "national",
) -> xr.DataArray:
    """Local schedules, and the fallback for areas that have none.

    Parameters
    ----------
    local : xr.DataArray
        Rates or counts, ``(area, ...)``; an area counts as missing if it is not there or all its values are NaN.
    fallback : xr.DataArray
        Of the same dimensions but ``area``, and of the same unit.
    areas : sequence of str
        Areas that are wanted.
    name : str
        What to call the fallback in the result.

    Returns
    -------
    xr.DataArray
        ``(area, ...)`` of all areas; the coordinate ``<name of local>_source`` says for each area whether it is
        "local" or the fallback, and ``attrs["source"]`` counts them.

    Raises
    ------
    SchemaError
        If dimensions or units differ, an area is partly missing or named twice, or the fallback lacks a label or a
        value.

    Examples
    --------
    >>> import xarray as xr
    >>> per_year = {"units": "1/year"}
    >>> local = xr.DataArray([[0.1]], coords={"area": ["3201"], "age": [30]}, attrs=per_year, name="fertility")
    >>> nation = xr.DataArray([0.12], coords={"age": [30]}, attrs=per_year)
    >>> filled = fill_missing_areas(local, nation, areas=["3201", "3203"])
    >>> filled.sel(age=30).values, filled.fertility_source.values.tolist()
    (array([0.1 , 0.12]), ['local', 'national'])
    """
    require_array(local, "local")
    require_array(fallback, name)
    label = str(local.name or "values")
    require_dims(local, label, needed=("area",), allowed=None)
    _check_areas(areas)
    _check_numbers(local, label)
    local = conform(local, label)
    require_values(fallback, name, mend="The fallback must be whole.")
    require_unit(fallback, name, local.attrs.get("units", ""))
    inner = [dim for dim in local.dims if dim != "area"]
    if set(fallback.dims) != set(inner):
        raise SchemaError(
            f"{name}: its dimensions are {short_list(fallback.dims)}, but those of {label} are {short_list(inner)} "
            "beside area. Select or add what differs."
        )
    for dim in inner:
        fallback = require_labels(fallback, dim, local[dim].values, name, against=label)
    blank = xr.apply_ufunc(np.isnan, local)
    partly = local["area"].values[(blank.any(inner) & ~blank.all(inner)).values]
    if partly.size:
        raise SchemaError(
            f"{label}: {partly.size} areas have some values missing, the first is {partly[0]}. Give whole schedules, "
            "or none."
        )
    have = local["area"].values[~blank.all(inner).values].tolist()
    surplus = [area for area in have if area not in areas]
    if surplus:
        raise SchemaError(f"{label}: {len(surplus)} areas are not among those wanted: {short_list(surplus)}.")
    aligned = fallback.expand_dims(area=[area for area in areas if area not in have])
    parts = [part for part in (local.sel(area=have), aligned.transpose(*local.dims)) if part.sizes["area"]]
    whole = xr.concat(parts, dim="area", join="exact").sel(area=list(areas))
    origin = np.array(["local" if area in have else name for area in areas])
    counted = f"local: {len(have)} areas; {name}: {len(areas) - len(have)} areas"
    result = whole.transpose(*in_order(whole.dims)).assign_coords({f"{label}_source": ("area", origin)})
    return result.rename(local.name).assign_attrs(local.attrs | {"source": counted})


def _check_areas(areas: Sequence[str]) -> None:
    wanted = [areas] if isinstance(areas, str) else list(areas)
    strange = [area for i, area in enumerate(wanted) if not isinstance(area, str) or area in wanted[:i]]
    if strange or isinstance(areas, str):
        raise SchemaError(
            f"areas: {(strange or wanted)[0]!r} is not text, occurs twice, or stands outside a list. Give each area "
            'once, as text, in a list: ["0301", "3201"].'
        )


def _check_numbers(local: xr.DataArray, label: str) -> None:
    if local.dtype.kind not in "iuf":
        raise SchemaError(f"{label}: values are of type {local.dtype}, not numbers. Convert them with .astype(float).")


def component_sources(assumptions: xr.Dataset) -> dict[str, str]:
    """Where each component of the assumptions comes from.

    Parameters
    ----------
    assumptions : xr.Dataset
        As from `assume`.

    Returns
    -------
    dict of str to str
        Component to its source, for example ``{"mortality": "national"}``.

    Raises
    ------
    SchemaError
        If this is no Dataset.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.methods import plain_cohort_component
    >>> observed = made_up(2, years=range(2019, 2027))
    >>> component_sources(plain_cohort_component(observed, [2026]))["mortality"]
    'local'
    """
    require_dataset(assumptions, "sources")
    return {str(name): str(part.attrs.get("source", "given")) for name, part in assumptions.data_vars.items()}
