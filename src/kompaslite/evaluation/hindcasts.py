"""Hindcasts: forecasts of the past, each beside its outcome; their contract, sums and common cases."""

from collections.abc import Iterable, Sequence

import numpy as np
import xarray as xr

from kompaslite.evaluation.exclusions import exclusions_as_attrs, exclusions_of
from kompaslite.schema import (
    SchemaError,
    conform,
    reject,
    require_array,
    require_dataset,
    require_dims,
    require_labels,
    require_values,
    short_list,
)

#: Dimensions that hindcasts may have, in order; the first two make a forecast probabilistic.
HINDCAST_DIMS: tuple[str, ...] = ("draw", "quantile", "origin", "lead", "area", "sex", "age", "age_group")
#: Dimensions that make a forecast a distribution.
SPREAD: tuple[str, ...] = ("draw", "quantile")
#: Dimensions that are summed unless a score is asked for by them.
DETAIL: tuple[str, ...] = ("sex", "age", "age_group")


def make_hindcasts(forecast: xr.DataArray, observed: xr.DataArray, jump_off: xr.DataArray) -> xr.Dataset:
    """Put forecasts and outcomes side by side.

    Parameters
    ----------
    forecast : xr.DataArray
        Persons, ``(origin, lead, area, ...)``; NaN where nothing was forecast.
    observed : xr.DataArray
        Persons, the same dimensions but ``draw`` and ``quantile``; NaN where there is no outcome.
    jump_off : xr.DataArray
        Persons of all ages on 1 January of the origin, ``(origin, area)``; decides the size class.

    Returns
    -------
    xr.Dataset
        ``forecast`` and ``observed``, with the coordinates ``year = origin + lead`` and ``jump_off``.

    Raises
    ------
    SchemaError
        As `check_hindcasts`.

    Examples
    --------
    >>> import xarray as xr
    >>> cells = {"origin": [2024], "lead": [1, 2], "area": ["3201"]}
    >>> said = xr.DataArray([[[101.0], [102.0]]], coords=cells)
    >>> came = xr.DataArray([[[103.0], [104.0]]], coords=cells)
    >>> start = xr.DataArray([[100.0]], coords={"origin": [2024], "area": ["3201"]})
    >>> make_hindcasts(said, came, start)["year"].values.tolist()
    [[2025, 2026]]
    """
    for name, part in {"forecast": forecast, "observed": observed, "jump_off": jump_off}.items():
        require_array(part, name)
        require_dims(
            part, name, needed=("origin", "area") if part is jump_off else ("origin", "lead", "area"), allowed=None
        )
    joined = xr.Dataset({"forecast": forecast, "observed": observed})
    coords = {"year": joined["origin"] + joined["lead"], "jump_off": jump_off.rename(None)}
    return check_hindcasts(joined.assign_coords(coords))


def check_hindcasts(hindcasts: xr.Dataset, name: str = "hindcasts") -> xr.Dataset:
    """Return the hindcasts with dimensions and labels in order, if they keep the contract.

    Parameters
    ----------
    hindcasts : xr.Dataset
        ``forecast`` and ``observed``, ``(origin, lead, area, ...)``.
    name : str
        What to call them in an error.

    Returns
    -------
    xr.Dataset
        The same values, ordered as `HINDCAST_DIMS`, with the coordinate ``year = origin + lead``.

    Raises
    ------
    SchemaError
        If this is no Dataset, a variable, dimension or label is missing, origins or leads are no whole years, a value
        is infinite, below 0 or no number, quantiles fall or are no probabilities, or no forecast has an outcome.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.evaluation import backtest
    >>> from kompaslite.methods import no_change
    >>> made = backtest(made_up(2, years=range(2019, 2027)), no_change, origins=[2022, 2023], horizon=2)
    >>> check_hindcasts(made)["forecast"].dims
    ('origin', 'lead', 'area', 'sex', 'age')
    """
    require_dataset(hindcasts, name)
    missing = [part for part in ("forecast", "observed") if part not in hindcasts.data_vars]
    if missing:
        raise SchemaError(
            f"{name}: variable {short_list(missing)} is missing. Hindcasts hold the forecasts as `forecast` and the "
            "outcomes as `observed`; backtest and official_hindcasts make them."
        )
    ordered = hindcasts.assign({part: _ordered(hindcasts[part], f"{name}.{part}") for part in ("forecast", "observed")})
    require_values(ordered["lead"], f"{name}: lead", low=1, words="are no years after the origin")
    surplus = [dim for dim in ordered["observed"].dims if dim not in ordered["forecast"].dims or dim in SPREAD]
    if surplus:
        raise SchemaError(
            f"{name}.observed: an outcome has no dimension {short_list(surplus)} that its forecast lacks, nor any of "
            f"{short_list(SPREAD)}. Sum it, or select one of it."
        )
    _check_spread(ordered["forecast"], f"{name}.forecast")
    if "quantile" in ordered["forecast"].dims:
        ordered = ordered.sortby("quantile")
    ordered = ordered.assign_coords(year=ordered["origin"] + ordered["lead"])
    both = ordered["forecast"].notnull() & ordered["observed"].notnull()
    if not bool(both.any()):
        raise SchemaError(
            f"{name}: no forecast has an outcome. Choose origins before the last observed year, "
            "or areas and years that both the forecast and the outcome have."
        )
    return ordered


def _ordered(array: xr.DataArray, name: str) -> xr.DataArray:
    missing = [dim for dim in ("origin", "lead", "area") if dim not in array.dims]
    unknown = [str(dim) for dim in array.dims if dim not in HINDCAST_DIMS]
    if missing or unknown:
        raise SchemaError(
            f"{name}: dimension {short_list(missing or unknown)} is {'missing' if missing else 'not known here'}; "
            f"it has {short_list(array.dims, most=9)}. Hindcasts have {short_list(HINDCAST_DIMS, most=9)}."
        )
    if array.dtype.kind not in "iuf":
        raise SchemaError(f"{name}: values are of type {array.dtype}, not numbers. Convert them with .astype(float).")
    array = conform(array, name)
    for dim in ("origin", "lead"):
        if array[dim].dtype.kind not in "iu":
            raise SchemaError(
                f"{name}: labels of dimension {dim} are not whole years but of type {array[dim].dtype}. Use whole "
                f"numbers, .assign_coords({dim}=...astype(int))."
            )
    _check_counts(array, name)
    # sums and squares of narrow numbers would overflow
    array = array.astype(float)
    return array.transpose(*[dim for dim in HINDCAST_DIMS if dim in array.dims])


def _check_counts(array: xr.DataArray, name: str) -> None:
    """NaN says that there is none; everything else is a count of people."""
    bad = array.copy(data=(array.values < 0.0) | np.isinf(array.values))
    words = f"{name}: {{bad}} of {{all}} values are infinite or below 0; the first is {{first:g}} at {{cell}}."
    reject(bad, array, words, "Correct them; what is not known is NaN.")


def _check_spread(forecast: xr.DataArray, name: str) -> None:
    """A distribution is given once, by draws that are all there or by quantiles that ascend."""
    spread = [dim for dim in SPREAD if dim in forecast.dims]
    if not spread:
        return
    if len(spread) > 1:
        raise SchemaError(f"{name}: it has both {short_list(spread)}, two distributions. Select or sum up one of them.")
    if spread == ["quantile"]:
        _check_levels(forecast["quantile"].values, name)
    there = forecast.notnull()
    partly = there.any(spread) & ~there.all(spread)
    words = f"{name}: {{bad}} forecasts lack some labels of dimension {spread[0]}; the first is at {{cell}}."
    reject(partly, None, words, "Give every forecast the same ones.")
    if spread == ["quantile"]:
        _check_ascent(forecast, name)


def _check_levels(levels: np.ndarray, name: str) -> None:
    if levels.dtype.kind not in "iuf" or not np.all((levels > 0.0) & (levels < 1.0)):
        raise SchemaError(
            f"{name}: labels of dimension quantile are probabilities between 0 and 1; they are "
            f"{short_list(levels.tolist())}. Divide per cents by 100."
        )


def _check_ascent(forecast: xr.DataArray, name: str) -> None:
    falls = forecast.sortby("quantile").diff("quantile") < -1e-9 * abs(forecast).max()
    words = f"{name}: {{bad}} quantiles are below the one before; the first is at {{cell}}."
    reject(falls, None, words, "Are the labels those of the values? Quantiles ascend.")


def sum_over_sex_age(hindcasts: xr.Dataset, keep: str | Sequence[str] = ()) -> xr.Dataset:
    """Hindcasts of the sum over sexes and ages.

    Parameters
    ----------
    hindcasts : xr.Dataset
        As made by `make_hindcasts`.
    keep : str or sequence of str
        Dimensions that are not summed, any of ``sex, age, age_group``.

    Returns
    -------
    xr.Dataset
        Without ``sex``, ``age`` and ``age_group``, but those kept. A missing value makes its sum missing.

    Raises
    ------
    SchemaError
        If these are no hindcasts, `keep` is not known, or quantiles would be summed: those of parts do not add to
        those of the whole.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.evaluation import backtest
    >>> from kompaslite.methods import no_change
    >>> made = backtest(made_up(2, years=range(2019, 2027)), no_change, origins=[2022, 2023], horizon=2)
    >>> sum_over_sex_age(made)["forecast"].dims
    ('origin', 'lead', 'area')
    """
    require_dataset(hindcasts, "hindcasts")
    unknown = [dim for dim in as_tuple(keep) if dim not in DETAIL]
    if unknown or "forecast" not in hindcasts.data_vars:
        raise SchemaError(
            f"sum_over_sex_age: keep any of {short_list(DETAIL)}, of hindcasts with a forecast, not "
            f"{short_list(as_tuple(keep))}."
        )
    dims = [dim for dim in DETAIL if dim in hindcasts["forecast"].dims and dim not in keep]
    if not dims:
        return hindcasts
    if "quantile" in hindcasts["forecast"].dims:
        raise SchemaError(
            f"hindcasts: quantiles by {short_list(dims)} do not add to quantiles of their sum. "
            f"Score by {short_list(dims)}, or make the quantiles from hindcasts that are summed already."
        )
    return hindcasts.sum(dims, skipna=False, keep_attrs=True)


def as_tuple(names: str | Sequence[str]) -> tuple[str, ...]:
    """One name or several, as several."""
    if isinstance(names, str):
        return (names,)
    if not isinstance(names, Iterable):
        raise SchemaError(f'{names!r} is no name, nor a list of names. Write "lead" or ["origin", "lead"].')
    return tuple(names)


def common_cases(*hindcasts: xr.Dataset) -> tuple[xr.Dataset, ...]:
    """Restrict several hindcasts to the forecasts that all of them have, so that they can be compared.

    Origins, leads and areas are those that all share. Sexes and ages are never left out: where two hindcasts have the
    same dimension of them, its labels must be the same.

    Parameters
    ----------
    *hindcasts : xr.Dataset
        As made by `make_hindcasts`.

    Returns
    -------
    tuple of xr.Dataset
        In the order given; an outcome that one of them lacks, or did not forecast, is missing in all. `excluded_areas`
        lists the areas that were left out.

    Raises
    ------
    SchemaError
        If there are none, they share nothing, or their sexes, ages or age groups differ.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.evaluation import backtest
    >>> from kompaslite.methods import no_change
    >>> made = backtest(made_up(2, years=range(2019, 2027)), no_change, origins=[2022, 2023], horizon=2)
    >>> one, other = common_cases(made, made.sel(area=["9901"]))
    >>> one["area"].values.tolist()
    ['9901']
    """
    if not hindcasts:
        raise SchemaError("common_cases: there are no hindcasts. Give those that are to be compared.")
    checked = _of_like_detail([check_hindcasts(one, _nth(i)) for i, one in enumerate(hindcasts, 1)])
    aligned = xr.align(*checked, join="inner", exclude=(*SPREAD, *DETAIL))
    if not all(aligned[0].sizes[dim] for dim in ("origin", "lead", "area")):
        raise SchemaError(
            "common_cases: the hindcasts share no origin, lead or area. Are the area codes of one division?"
        )
    there = [has_pair(one) for one in aligned]
    everywhere = there[0]
    for mask in there[1:]:
        everywhere = everywhere & mask
    every = {code for one in checked for code in one["area"].values.tolist()}
    left_out = dict.fromkeys(every - set(aligned[0]["area"].values.tolist()), "not in all of the hindcasts compared")
    return tuple(
        check_hindcasts(one.assign(observed=one["observed"].where(everywhere))).assign_attrs(
            exclusions_as_attrs(left_out | exclusions_of(one))
        )
        for one in aligned
    )


def _nth(position: int) -> str:
    return "hindcasts" if position == 1 else f"hindcasts, number {position}"


def _of_like_detail(checked: Sequence[xr.Dataset]) -> list[xr.Dataset]:
    """The same, with sexes and ages in one order, if those that have them have the same ones."""
    labels: dict[str, np.ndarray] = {}
    made = []
    for i, one in enumerate(checked, 1):
        wanted = {dim: labels.setdefault(dim, one[dim].values) for dim in DETAIL if dim in one["forecast"].dims}
        for dim, want in wanted.items():
            require_labels(one["forecast"], dim, want, _nth(i), against="another of them")
        made.append(one.sel(wanted))
    return made


def has_pair(hindcasts: xr.Dataset) -> xr.DataArray:
    """Whether both a forecast and its outcome are there, in all their ages.

    Parameters
    ----------
    hindcasts : xr.Dataset
        As made by `make_hindcasts`.

    Returns
    -------
    xr.DataArray
        Booleans, ``(origin, lead, area)``.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.evaluation import backtest, sum_over_sex_age
    >>> from kompaslite.methods import no_change
    >>> made = backtest(made_up(2, years=range(2019, 2027)), no_change, origins=[2024, 2025], horizon=2)
    >>> has_pair(sum_over_sex_age(made)).sel(area="9901").values.tolist()
    [[True, True], [True, False]]
    """
    both = hindcasts["forecast"].notnull() & hindcasts["observed"].notnull()
    whole = both.all([dim for dim in both.dims if dim not in ("origin", "lead", "area")])
    return whole.transpose("origin", "lead", "area")
