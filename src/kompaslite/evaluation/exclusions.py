"""Areas that are set aside: listed and counted, never dropped in silence; the list travels as an attribute."""

import json
from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.schema import SchemaError, conform, require_array, require_dims, short_list


def exclude_areas(
    population: xr.DataArray,
    *,
    estimated: xr.DataArray | None = None,
    broken: Mapping[str, str] | None = None,
) -> xr.DataArray:
    """Keep the areas whose whole history was observed on one set of borders, and list the others with the reason.

    Parameters
    ----------
    population : xr.DataArray
        Persons, ``(area, ..., year)``; NaN where a year is missing.
    estimated : xr.DataArray, optional
        Booleans, ``(area, year)``: true where borders were changed by weights; the coordinate ``estimated`` of
        `population` unless given.
    broken : mapping of str to str, optional
        Area codes of other broken borders, and why.

    Returns
    -------
    xr.DataArray
        The remaining areas, without the coordinate. `excluded_areas` lists the others.

    Raises
    ------
    SchemaError
        If no area remains.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> people = xr.DataArray([[5.0, 6.0], [np.nan, 7.0]], coords={"area": ["3201", "1160"], "year": [2025, 2026]})
    >>> kept = exclude_areas(people)
    >>> kept.area.values.tolist(), excluded_areas(kept).to_dict("records")
    (['3201'], [{'area': '1160', 'reason': 'incomplete: 2025'}])
    """
    people = conform(population, "population")
    require_dims(people, "population", needed=["area", "year"], allowed=None)
    flags = people.coords["estimated"] if estimated is None and "estimated" in people.coords else estimated
    bare = people.drop_vars("estimated", errors="ignore")
    reasons = exclusions_of(population)
    if broken is not None and not isinstance(broken, Mapping):
        raise SchemaError("broken: a mapping is needed, the reason by area code, {code: why}.")
    numbers = [code for code in broken or {} if not isinstance(code, str)]
    if numbers:
        raise SchemaError(f"broken: area codes are text; {short_list(numbers)} is not. Write them in quotes.")
    for code, why in (broken or {}).items():
        if code in people["area"].values:
            reasons[code] = f"broken borders: {why}"
    if flags is not None:
        require_array(flags, "estimated")
        require_dims(flags, "estimated", needed=["area"], allowed=["area", "year"])
        if flags.dtype.kind not in "biu" or not np.isin(flags.values, (0, 1)).all():
            raise SchemaError("estimated: flags are true or false. Fill those that are missing with .fillna(False).")
        flagged = _with_years(flags.astype(bool), "estimated")
        reasons |= {code: why for code, why in flagged.items() if code in people["area"].values}
    others = [dim for dim in bare.dims if dim not in ("area", "year")]
    reasons |= _with_years(bare.copy(data=np.isnan(bare.values)).any(others), "incomplete")
    kept = bare.isel(area=np.flatnonzero(~np.isin(bare["area"].values, list(reasons))))
    if not kept.sizes["area"]:
        raise SchemaError(
            f"population: all {len(reasons)} areas are set aside; the first is {next(iter(reasons.items()))}. "
            "Choose areas or years with unbroken borders."
        )
    return kept.assign_attrs(exclusions_as_attrs(reasons))


def excluded_areas(listed: xr.DataArray | xr.Dataset) -> pd.DataFrame:
    """The areas that were set aside on the way to a population or to hindcasts.

    Parameters
    ----------
    listed : xr.DataArray or xr.Dataset
        Made by `exclude_areas`, `backtest`, `official_hindcasts` or `score`.

    Returns
    -------
    pd.DataFrame
        Columns ``area`` and ``reason``, one row for each area.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.evaluation import exclude_areas
    >>> kept = exclude_areas(made_up(2, years=[2025, 2026]).population, broken={"9902": "merged in 2020"})
    >>> excluded_areas(kept)[["area", "reason"]].values.tolist()
    [['9902', 'broken borders: merged in 2020']]
    """
    return pd.DataFrame(sorted(exclusions_of(listed).items()), columns=["area", "reason"])


def _with_years(flags: xr.DataArray, words: str) -> dict[str, str]:
    """Areas with any flag, and the years of the flags."""
    if "year" not in flags.dims:
        return {str(code): words for code in flags["area"].values[flags.values]}
    table = flags.transpose("area", "year")
    years = table["year"].values
    rows = zip(table["area"].values.tolist(), table.values, strict=True)
    return {code: f"{words}: {_spans(years[row])}" for code, row in rows if row.any()}


def _spans(years: np.ndarray) -> str:
    """Years in words: 2005-2019, 2023."""
    runs = np.split(years, np.flatnonzero(np.diff(years) != 1) + 1)
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


_KEY = "excluded"


def exclusions_of(listed: xr.DataArray | xr.Dataset) -> dict[str, str]:
    """Area codes that were set aside, and why."""
    if not isinstance(listed, xr.DataArray | xr.Dataset):
        raise SchemaError(f"excluded: a population, hindcasts or scores are needed, not {type(listed).__name__}.")
    return dict(json.loads(listed.attrs.get(_KEY, "{}")))


def exclusions_as_attrs(reasons: Mapping[str, str]) -> dict[str, str]:
    """Attributes that carry a list of areas through arrays and files."""
    return {_KEY: json.dumps(dict(sorted(reasons.items())), ensure_ascii=False)} if reasons else {}
