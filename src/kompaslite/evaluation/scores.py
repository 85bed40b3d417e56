"""Scores of hindcasts: by lead, size class, age group, origin or area, with bootstrap intervals over areas."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import cast

import numpy as np
import xarray as xr

from kompaslite.evaluation.groups import class_membership, in_groups
from kompaslite.evaluation.hindcasts import DETAIL, as_tuple, check_hindcasts, has_pair
from kompaslite.evaluation.measures import POINT_MEASURES, SKILLED, base_of, resampling_weights, terms_of, unit_of
from kompaslite.schema import (
    SchemaError,
    conform,
    reject,
    require_labels,
    require_values,
    require_whole,
    short_list,
)
from kompaslite.schema.age_groups import AgeGroups

#: The sign of every error and bias, in the sense of the literature: above 0 where too many were forecast.
ERROR = "forecast less actual"
#: What scores can be shown by.
BY: tuple[str, ...] = ("origin", "lead", "area", "size_class", *DETAIL)


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """How bootstrap intervals are made: areas are drawn with replacement, whole, with all their origins.

    Parameters
    ----------
    resamples : int
        How many times, at least 1.
    seed : int
        The same seed gives the same interval.
    level : float
        Nominal coverage, between 0 and 1.
    """

    resamples: int = 1000
    seed: int = 0
    level: float = 0.95

    def __post_init__(self) -> None:
        require_whole(self.resamples, "Bootstrap: resamples", low=1)
        require_whole(self.seed, "Bootstrap: seed")
        if not isinstance(self.level, Real) or not 0.0 < self.level < 1.0:
            raise SchemaError(f"Bootstrap: level {self.level!r} is not between 0 and 1.")


def score(
    hindcasts: xr.Dataset,
    *,
    by: str | Sequence[str] = "lead",
    measures: str | Sequence[str] | None = None,
    weights: xr.DataArray | None = None,
    groups: AgeGroups | None = None,
    references: Mapping[str, xr.Dataset] | None = None,
    bootstrap: Bootstrap | None = None,
) -> xr.Dataset:
    """Errors of hindcasts, pooled over all that is not named in `by`.

    The error is forecast less actual, as ``bias`` says in ``attrs["sign"]``: a bias above 0 is a forecast that was too
    high, where a deviation, which is actual less forecast, is below 0. Sexes and ages are summed unless they are in
    `by`. ``mape`` is the mean absolute error in per cent of each outcome; ``wape`` the sum of absolute errors over the
    sum of outcomes (weighted by persons); ``bias`` the sum of errors over the sum of outcomes; ``rmse`` in persons;
    ``group_error`` the sum of absolute errors of the age groups over the population, mean over areas; ``coverage_80``
    the share of outcomes within the central 80 % interval; ``interval_score_80`` and ``crps`` in per cent of each
    outcome.

    Parameters
    ----------
    hindcasts : xr.Dataset
        ``forecast`` and ``observed``, ``(origin, lead, area, ...)``, made by `backtest` or `official_hindcasts`.
    by : str or sequence of str
        Any of ``origin, lead, area, size_class, sex, age, age_group``; empty for one figure of all.
    measures : str or sequence of str, optional
        The four errors of a number unless given, with ``group_error`` where there are ages, and with ``coverage_80``,
        ``coverage_95`` and ``crps`` where the forecast has draws or quantiles.
    weights : xr.DataArray, optional
        At least 0, over any of ``origin, lead, area``; every area and origin counts alike unless given.
    groups : mapping or sequence of str
        Age groups of ``group_error`` and of ``by="age_group"``; those of the population note unless given, and ages
        wider than a year each by itself.
    references : mapping of str to xr.Dataset, optional
        Hindcasts of other methods, by name, with the same origins, leads, areas and outcomes.
    bootstrap : Bootstrap, optional
        How to make intervals over areas; none unless given.

    Returns
    -------
    xr.Dataset
        One variable per measure, over `by`, with its unit in ``attrs["units"]``; and ``count``, the pairs of forecast
        and outcome behind it (``attrs`` of the Dataset say how many forecasts have no outcome). With `references`,
        ``<measure>_difference`` (less is better than the reference) and ``<measure>_skill`` (1 - measure / reference)
        over ``reference``. With `bootstrap`, dimension ``estimate``: value, lower, upper.

    Raises
    ------
    SchemaError
        If a measure or dimension is unknown, labels do not match, or nothing is left to score.

    Examples
    --------
    >>> import xarray as xr
    >>> from kompaslite.evaluation import make_hindcasts
    >>> coords = {"origin": [2020], "lead": [1], "area": ["A", "B"]}
    >>> hindcasts = make_hindcasts(
    ...     xr.DataArray([[[110.0, 990.0]]], coords=coords),
    ...     xr.DataArray([[[100.0, 1000.0]]], coords=coords),
    ...     jump_off=xr.DataArray([[100.0, 1000.0]], coords={"origin": [2020], "area": ["A", "B"]}),
    ... )
    >>> found = score(hindcasts).sel(lead=1)
    >>> [round(float(found[name]), 2) for name in ("mape", "wape", "bias", "rmse")]
    [5.5, 1.82, 0.0, 10.0]
    """
    if bootstrap is not None and not isinstance(bootstrap, Bootstrap):
        raise SchemaError(f"bootstrap: {bootstrap!r} is no Bootstrap. Give one, Bootstrap(resamples=1000, seed=1).")
    wanted = _checked_by(by, bootstrap)
    compared = {"": hindcasts, **_checked_references(references)}
    ready = {name: _prepared(one, wanted, groups, name) for name, one in compared.items()}
    chosen = _default_measures(ready[""], wanted) if measures is None else as_tuple(measures)
    if not chosen:
        raise SchemaError("measures: there are none. Name some, or leave them out.")
    pool = _pool(ready[""], wanted, weights, bootstrap)
    ready = {name: _with_same_outcomes(one, ready[""], name) if name else one for name, one in ready.items()}
    results = {name: _scores(one, chosen, groups, pool, name=name) for name, one in ready.items()}
    found = results.pop("")
    if results:
        found = found.assign(_against(found, results))
    found = _bounds(found, bootstrap.level) if bootstrap is not None else found.isel(resample=0, drop=True)
    return _described(found, ready[""], pool)


@dataclass(frozen=True, slots=True)
class _Pool:
    """Over what is summed, and with what weight."""

    wanted: tuple[str, ...]
    weights: xr.DataArray | None
    membership: xr.DataArray | None
    resamples: xr.DataArray

    def total(self, part: xr.DataArray) -> xr.DataArray:
        """The sum over all that is not wanted, in the order wanted, one for each resample of the areas."""
        result = part.reset_coords(drop=True).fillna(0.0)
        if self.weights is not None:
            result = result * self.weights
        if "lead" not in self.wanted:
            result = result.sum("lead")
        if self.membership is not None:
            result = result * self.membership
        if "origin" not in self.wanted:
            result = result.sum("origin")
        if "area" not in self.wanted:
            result = cast("xr.DataArray", xr.dot(result, self.resamples, dim="area"))
        else:
            result = result.expand_dims(resample=1)
        return result.transpose("resample", *self.wanted)


def _pool(
    hindcasts: xr.Dataset, wanted: tuple[str, ...], weights: xr.DataArray | None, bootstrap: Bootstrap | None
) -> _Pool:
    areas = hindcasts["area"]
    rows = np.ones((1, areas.size))
    if bootstrap is not None:
        rows = np.concatenate([rows, resampling_weights(areas.size, bootstrap.resamples, bootstrap.seed)])
    membership = class_membership(hindcasts["jump_off"].reset_coords(drop=True)) if "size_class" in wanted else None
    return _Pool(
        wanted=wanted,
        weights=None if weights is None else _checked_weights(weights, hindcasts),
        membership=membership,
        resamples=xr.DataArray(rows, dims=("resample", "area"), coords={"area": areas.values}),
    )


def _checked_by(by: str | Sequence[str], bootstrap: Bootstrap | None) -> tuple[str, ...]:
    wanted = as_tuple(by)
    unknown = [dim for dim in wanted if dim not in BY]
    if unknown:
        raise SchemaError(f"by: {short_list(unknown)} is not known; scores are shown by {short_list(BY, most=9)}.")
    if len(set(wanted)) < len(wanted):
        raise SchemaError(f"by: each dimension once; they are {short_list(wanted, most=9)}.")
    if "area" in wanted and bootstrap is not None:
        raise SchemaError("by: with areas drawn at random there is no interval by area. Leave out area or bootstrap.")
    return wanted


def _prepared(hindcasts: xr.Dataset, wanted: tuple[str, ...], groups: AgeGroups | None, name: str) -> xr.Dataset:
    ready = check_hindcasts(hindcasts, f"reference {name}" if name else "hindcasts")
    if "age_group" in wanted and "age" in ready["forecast"].dims:
        ready = ready.map(in_groups, keep_attrs=True, groups=groups)
    dims = list(ready["forecast"].dims)
    absent = [dim for dim in wanted if dim != "size_class" and dim not in dims]
    if absent:
        raise SchemaError(
            f"by: the hindcasts have no dimension {short_list(absent)}; they have {short_list(dims, most=9)}."
        )
    if "size_class" in wanted and "jump_off" not in ready.coords:
        raise SchemaError("by: size_class needs the coordinate jump_off, the population at the origin; add it.")
    return ready


def _default_measures(hindcasts: xr.Dataset, wanted: tuple[str, ...]) -> tuple[str, ...]:
    dims = set(hindcasts["forecast"].dims)
    by_age = bool({"age", "age_group"} & dims) and not {"age", "age_group"} & set(wanted)
    extra = ("group_error",) if by_age and "quantile" not in dims else ()
    return (*POINT_MEASURES, *extra, *(("coverage_80", "coverage_95", "crps") if {"draw", "quantile"} & dims else ()))


def _checked_references(references: Mapping[str, xr.Dataset] | None) -> Mapping[str, xr.Dataset]:
    if references is None:
        return {}
    if not isinstance(references, Mapping) or isinstance(references, xr.Dataset):
        raise SchemaError('references: a mapping of names to hindcasts is needed, {"no_change": hindcasts}.')
    nameless = [name for name in references if not isinstance(name, str) or not name]
    if nameless:
        raise SchemaError(f"references: {short_list([repr(name) for name in nameless])} is no name. Write it as text.")
    return references


def _scores(
    hindcasts: xr.Dataset, measures: tuple[str, ...], groups: AgeGroups | None, pool: _Pool, *, name: str
) -> xr.Dataset:
    keep = tuple(dim for dim in pool.wanted if dim in DETAIL)
    found = {}
    for measure in measures:
        try:
            terms = terms_of(measure, hindcasts, keep, groups)
        except SchemaError as error:
            if not name:
                raise
            raise SchemaError(f"reference {name}: {error}") from error
        below = pool.total(terms.below)
        found[measure] = terms.finish(pool.total(terms.above) / below.where(below > 0))
    return xr.Dataset(found)


def _checked_weights(weights: xr.DataArray, hindcasts: xr.Dataset) -> xr.DataArray:
    ordered = conform(weights, "weights").reset_coords(drop=True)
    for dim in ordered.dims:
        if dim not in ("origin", "lead", "area"):
            raise SchemaError(f"weights: dimension {dim} is not origin, lead or area. Sum it first.")
        ordered = require_labels(ordered, dim, hindcasts[dim].values, "weights", against="the hindcasts")
    require_values(ordered, "weights", low=0.0, words="are not weights of at least 0", mend="Correct them.")
    if not ordered.any():
        raise SchemaError("weights: all are 0, so that nothing is left to score. Give some that count.")
    return ordered.astype(float)


def _with_same_outcomes(other: xr.Dataset, mine: xr.Dataset, name: str) -> xr.Dataset:
    """The hindcasts of a reference in the order of those that are scored, if they are of the same outcomes."""
    labels = {dim: mine[dim].values for dim in ("origin", "lead", "area")}
    for dim, wanted in labels.items():
        require_labels(other["observed"], dim, wanted, f"reference {name}", against="the hindcasts")
    other = other.sel(labels)
    differ = (has_pair(mine) != has_pair(other)).values
    if differ.any():
        raise SchemaError(
            f"reference {name}: {int(differ.sum()):,} of {differ.size:,} forecasts have an outcome on one side "
            "only. Restrict both to what they share: common_cases(hindcasts, reference)."
        )
    _check_outcomes(mine["observed"], other["observed"], name)
    return other


def _check_outcomes(mine: xr.DataArray, other: xr.DataArray, name: str) -> None:
    """Two methods can only be compared on the same outcomes, as far as both tell them apart."""
    both = [dim for dim in DETAIL if dim in mine.dims and dim in other.dims]
    shared = [dim for dim in both if set(mine[dim].values) == set(other[dim].values)]
    ours, theirs = (
        one.sum([dim for dim in DETAIL if dim in one.dims and dim not in shared], skipna=False) for one in (mine, other)
    )
    theirs = theirs.sel({dim: ours[dim].values for dim in shared})
    differ = abs(ours - theirs) > 1e-6 * (1.0 + ours)
    words = f"reference {name}: {{bad}} of {{all}} outcomes are not those of the hindcasts; the first is {{first:g}}"
    against = f" against {ours.values[differ.values][0]:g}" if bool(differ.any()) else ""
    reject(differ, theirs, f"{words}{against} at {{cell}}.", "Compare forecasts of the same outcomes.")


def _against(found: xr.Dataset, results: Mapping[str, xr.Dataset]) -> dict[str, xr.DataArray]:
    names = xr.Variable("reference", np.array(list(results), dtype=object))
    reference = xr.concat(list(results.values()), dim=names)
    parts = {}
    for measure in map(str, found.data_vars):
        parts[f"{measure}_difference"] = found[measure] - reference[measure]
        if base_of(measure) in SKILLED:
            parts[f"{measure}_skill"] = 1.0 - found[measure] / reference[measure]
    return parts


def _bounds(found: xr.Dataset, level: float) -> xr.Dataset:
    draws, value = found.isel(resample=slice(1, None)), found.isel(resample=0, drop=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a class that no resample hits has no interval: it stays NaN
        ends = [draws.quantile(0.5 + side * level / 2, dim="resample", skipna=True) for side in (-1, 1)]
    index = xr.Variable("estimate", np.array(["value", "lower", "upper"], dtype=object))
    return xr.concat([value, *[end.drop_vars("quantile") for end in ends]], dim=index)


def _described(found: xr.Dataset, hindcasts: xr.Dataset, pool: _Pool) -> xr.Dataset:
    pairs = has_pair(hindcasts)
    once = replace(pool, weights=None, resamples=pool.resamples.isel(resample=slice(1)))
    keep = [dim for dim in pool.wanted if dim not in DETAIL]
    count = replace(once, wanted=tuple(keep)).total(pairs.astype(float)).isel(resample=0, drop=True)
    result = found.assign(count=count.astype(int))
    for name in map(str, found.data_vars):
        unit = "ratio" if name.endswith("_skill") else unit_of(name.removesuffix("_difference"))
        result[name].attrs["units"] = unit
        if name == "bias":
            result[name].attrs["sign"] = ERROR
    result["count"].attrs["units"] = "pairs of forecast and outcome"
    result.attrs["without_outcome"] = int((~pairs).sum())
    if "excluded" in hindcasts.attrs:
        result.attrs["excluded"] = hindcasts.attrs["excluded"]
    return result
