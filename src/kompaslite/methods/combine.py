"""Methods made of methods."""

from collections.abc import Sequence
from functools import partial
from numbers import Real

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.engine import project
from kompaslite.methods.contract import Method, call_method
from kompaslite.methods.reach import assumptions_for_path
from kompaslite.methods.sources import Sources
from kompaslite.schema import (
    OUTER,
    PERSONS,
    SchemaError,
    conform,
    describe_cell,
    first_cell,
    require_dims,
    require_labels,
    require_values,
    short_list,
)

_RATES = ("mortality", "fertility", "sex_ratio_at_birth")


def average_methods(methods: Sequence[Method], *, weights: Sequence[float] | None = None) -> Method:
    """The weighted mean of the populations that several methods forecast.

    Births and deaths follow from the weighted mean of the rates of those methods that have any; the rest is net
    migration, see `reach`.

    Parameters
    ----------
    methods : sequence of callable
        Each ``(observed, years) -> assumptions``.
    weights : sequence of float, optional
        One for each method, at least 0, with a sum of 1; all alike unless given.

    Returns
    -------
    callable
        ``(observed, years) -> assumptions``.

    Raises
    ------
    SchemaError
        If there is no method, or the weights do not fit.
    """
    if not isinstance(methods, Sequence) or isinstance(methods, str) or not all(map(callable, methods)):
        raise SchemaError("combine: methods are a list of functions (observed, years) -> assumptions, [first, second].")
    if (weights is not None and not isinstance(weights, Sequence | np.ndarray)) or isinstance(weights, str):
        raise SchemaError("combine: weights are numbers in the order of the methods, for example [0.7, 0.3].")
    shares = [1.0 / len(methods) for _ in methods] if weights is None else list(weights)
    if not methods or len(shares) != len(methods):
        raise SchemaError(f"combine: {len(methods)} methods, but {len(shares)} weights. Give one for each method.")
    numbers = all(isinstance(share, Real) and not isinstance(share, bool) for share in shares)
    if not numbers or not min(shares) >= 0.0 or not abs(sum(shares) - 1.0) <= 1e-9:
        raise SchemaError(f"combine: weights are numbers of at least 0 that sum to 1; they are {short_list(shares)}.")
    return partial(_combined, methods=tuple(methods), weights=tuple(shares))


def scale_to_total(structure: Method, total: Method | xr.DataArray) -> Method:
    """Sexes and ages of one method, scaled to the total of another method or of a table.

    Births and deaths follow from the rates of `structure`; the rest is net migration, see `reach`.

    Parameters
    ----------
    structure : callable
        ``(observed, years) -> assumptions``.
    total : callable or xr.DataArray
        The same, or persons on 1 January, ``(..., area, year)``; with ``origin`` a table for each origin.

    Returns
    -------
    callable
        ``(observed, years) -> assumptions``.

    Raises
    ------
    SchemaError
        If `total` is neither; when called, if the table lacks areas or years, or has sexes, ages or draws.
    """
    if not callable(total) and not isinstance(total, xr.DataArray):
        raise SchemaError(
            f"total: a method or a labelled array (xarray.DataArray) is needed, not {type(total).__name__}."
        )
    return partial(_held, structure=structure, total=total)


def _combined(
    observed: Accounts,
    years: Sequence[int],
    *,
    methods: tuple[Method, ...],
    weights: tuple[float, ...],
    sources: Sources | None = None,
) -> xr.Dataset:
    made = [call_method(method, observed, years, sources=sources) for method in methods]
    last = observed.population.sel(year=observed.years[-1])
    paths = [project(last, one).population for one in made]
    _require_alike(paths)
    mean = _weighted(paths, weights).assign_attrs(units=PERSONS)
    return assumptions_for_path(mean, _mean_rates(made, weights))


def _require_alike(parts: Sequence[xr.DataArray]) -> None:
    """Raise unless those parts that have scenarios, draws or origins have the same ones: none is dropped."""
    for dim in OUTER:
        having = [part for part in parts if dim in part.dims]
        for part in having[1:]:
            require_labels(part, dim, having[0][dim].values, "methods", against="another of them")


def _weighted(parts: Sequence[xr.DataArray], weights: Sequence[float]) -> xr.DataArray:
    total = parts[0] * weights[0]
    for part, weight in zip(parts[1:], weights[1:], strict=True):
        total = total + part * weight
    return total


def _mean_rates(made: Sequence[xr.Dataset], weights: Sequence[float]) -> xr.Dataset | None:
    """Mean rates of the methods that say something about births and deaths."""
    pairs = [(one, weight) for one, weight in zip(made, weights, strict=True) if weight > 0.0 and _has_rates(one)]
    if not pairs:
        return None
    whole = sum(weight for _, weight in pairs)
    means = {}
    for name in _RATES:
        mean = _weighted([one[name] for one, _ in pairs], [weight / whole for _, weight in pairs])
        means[name] = mean.assign_attrs(pairs[0][0][name].attrs)
    return xr.Dataset(means)


def _has_rates(assumptions: xr.Dataset) -> bool:
    return bool((assumptions["mortality"] > 0.0).any())


def _held(
    observed: Accounts,
    years: Sequence[int],
    *,
    structure: Method,
    total: Method | xr.DataArray,
    sources: Sources | None = None,
) -> xr.Dataset:
    assumptions = call_method(structure, observed, years, sources=sources, name="structure")
    last = observed.population.sel(year=observed.years[-1])
    path = project(last, assumptions).population
    if isinstance(total, xr.DataArray):
        wanted = _from_table(total, observed, years)
    else:
        held_to = call_method(total, observed, years, sources=sources, name="total")
        wanted = project(last, held_to).population.sum(["sex", "age"])
        _require_alike([path, wanted])
    have = path.sum(["sex", "age"])
    _require_people(have, wanted)
    factor = (wanted / have.where(have > 0.0, 1.0)).where(have["year"] != years[0], 1.0)
    scaled = (path * factor).transpose(*path.dims).assign_attrs(units=PERSONS)
    return assumptions_for_path(scaled, assumptions[list(_RATES)] if _has_rates(assumptions) else None)


def _require_people(have: xr.DataArray, wanted: xr.DataArray) -> None:
    """Raise if nobody would have to become somebody."""
    nobody = (have <= 0.0) & (wanted > 0.0)
    if bool(nobody.any()):
        raise SchemaError(
            f"structure: {int(nobody.sum()):,} totals are of nobody, so they have no ages to scale; the first "
            f"is at {describe_cell(first_cell(nobody))}. Leave the area out."
        )


def _from_table(table: xr.DataArray, observed: Accounts, years: Sequence[int]) -> xr.DataArray:
    bounds, areas = [*years, years[-1] + 1], [dim for dim in observed.population.dims if dim == "area"]
    require_dims(table, "total", needed=[*areas, "year"], allowed=[*areas, "origin", "year"])
    table = conform(table.reset_coords(drop=True), "total")
    if "origin" in table.dims:
        if years[0] not in table["origin"].values:
            raise SchemaError(
                f"total: there is no forecast from {years[0]}; the origins are "
                f"{short_list(table['origin'].values.tolist(), most=20)}. Choose one of these."
            )
        table = table.sel(origin=years[0], drop=True)
    missing = [year for year in bounds[1:] if year not in table["year"].values]
    if missing:
        raise SchemaError(f"total: {len(missing)} years are missing: {short_list(missing)}. Ask for fewer years.")
    if areas:
        table = require_labels(table, "area", observed.population["area"].values, "total")
    chosen = table.reindex(year=bounds)
    require_values(chosen.isel(year=slice(1, None)), "total", low=0.0, words="are not counts of at least 0")
    return chosen
