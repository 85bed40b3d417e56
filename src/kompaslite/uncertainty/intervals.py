"""Intervals of a forecast: from its draws, or else from the errors that its method made before."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.evaluation import ErrorPool, check_hindcasts, interval_around, sum_groups
from kompaslite.schema import PERSONS, SchemaError, conform, require_dims, require_values, short_list
from kompaslite.schema.age_groups import NOTE_AGE_GROUPS, AgeGroups
from kompaslite.uncertainty.streams import require_kind, require_number
from kompaslite.uncertainty.summary.reduce import KINDS, TOTAL, Reduce, marked, reduced, with_labels
from kompaslite.uncertainty.summary.reduce import sum_groups as sum_ages


def intervals(
    forecast: Accounts | xr.DataArray,
    *,
    hindcasts: xr.Dataset | None = None,
    groups: AgeGroups = NOTE_AGE_GROUPS,
    quantiles: Sequence[float] = (0.025, 0.1, 0.5, 0.9, 0.975),
    pool: ErrorPool | None = None,
) -> xr.Dataset:
    """Quantiles of age groups and the total, from draws where the forecast has them, else from past errors.

    Parameters
    ----------
    forecast : Accounts or xr.DataArray
        Persons on 1 January, ``(..., sex, age, year)``, the jump-off year first; with or without ``draw``.
    hindcasts : xr.Dataset, optional
        By sex and age, from `backtest` with the method that made the forecast; needed where there are no draws, and
        not used where there are. Forecasts of nobody in an age group have no relative error and do not speak.
    groups : mapping or sequence of str
        Age groups; those of the population note unless given.
    quantiles : sequence of float
        Between 0 and 1, ascending.
    pool : ErrorPool, optional
        Which past errors speak for a forecast.

    Returns
    -------
    xr.Dataset
        ``quantiles``, persons, ``(quantile, ..., area, age_group, year)``, as `project_summary` gives it.
        ``attrs["kind"]`` is "draws" or "empirical", ``attrs["label"]`` says it in words; on the array too.

    Raises
    ------
    SchemaError
        If there are neither draws nor hindcasts, or the hindcasts do not fit.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.evaluation import backtest
    >>> from kompaslite.methods import forecast_by, no_change
    >>> observed = made_up(3, years=range(2014, 2027))
    >>> made = backtest(observed, no_change, origins=range(2017, 2025), horizon=2)
    >>> coming = forecast_by(no_change, observed, [2026, 2027])
    >>> list(intervals(coming, hindcasts=made, groups=["0-66", "67+"]).data_vars)
    ['quantiles']
    """
    people = forecast.population if isinstance(forecast, Accounts) else forecast
    require_dims(people, "forecast", needed=("sex", "age", "year"))
    if "draw" in people.dims:
        return summarise(people, reduce=Reduce(groups=groups, quantiles=quantiles, mean=False))
    if hindcasts is None:
        raise SchemaError(
            "intervals: the forecast has no draws, so its interval comes from past errors. Give hindcasts=backtest(...)"
            " of the method that made it, or forecast with draws from sample(...)."
        )
    return _empirical(conform(people, "forecast"), hindcasts, groups, quantiles, pool=pool)


def _empirical(
    people: xr.DataArray,
    hindcasts: xr.Dataset,
    groups: AgeGroups,
    quantiles: Sequence[float],
    *,
    pool: ErrorPool | None,
) -> xr.Dataset:
    past = check_hindcasts(hindcasts)
    missing = [dim for dim in ("sex", "age") if dim not in past["forecast"].dims]
    if missing:
        raise SchemaError(
            f"hindcasts: {short_list(missing)} is missing. Give them by sex and age, as backtest makes them."
        )
    both = past.sum("sex", skipna=False)
    by_group = both.assign({name: sum_groups(both[name], groups) for name in ("forecast", "observed")})
    # a forecast of nobody has no relative error, so it cannot speak for others
    by_group["forecast"] = by_group["forecast"].where(by_group["forecast"] > 0.0)
    parts = [
        (sum_groups(people.sum("sex"), groups), by_group.drop_dims("age")),
        (people.sum(["sex", "age"]).expand_dims(age_group=[TOTAL]), both.sum("age", skipna=False)),
    ]
    whole = xr.concat([_around(*part, quantiles, pool=pool) for part in parts], "age_group")
    origins = past["origin"].values
    words = {
        "kind": "empirical",
        "label": f"{KINDS['empirical']}, {origins.size} origins {origins.min()}-{origins.max()}",
    }
    named = whole.rename("quantiles").assign_attrs(units=PERSONS, **words)
    return named.to_dataset().assign_attrs(words)


def _around(
    middle: xr.DataArray, errors: xr.Dataset, quantiles: Sequence[float], *, pool: ErrorPool | None
) -> xr.DataArray:
    """Quantiles of the years to come, and the jump-off, which is known."""
    if "age_group" not in errors["forecast"].dims:
        errors = errors.expand_dims(age_group=[TOTAL])
    middle = middle.transpose("area", "age_group", "year")
    ahead = interval_around(middle, errors, quantiles=quantiles, pool=pool)
    start = middle.isel(year=[0]).expand_dims(quantile=ahead["quantile"].values)
    return xr.concat([start, ahead], "year").transpose("quantile", "area", "age_group", "year")


def summarise(forecast: Accounts | xr.DataArray, *, reduce: Reduce | None = None) -> xr.Dataset:
    """What the draws of a forecast in memory say together; `project_summary` is for those that do not fit.

    Parameters
    ----------
    forecast : Accounts or xr.DataArray
        Persons, ``(..., draw, ..., sex, age, year)``, for example from `project` with a housing drive.
    reduce : Reduce, optional
        What to keep.

    Returns
    -------
    xr.Dataset
        As `project_summary`.

    Raises
    ------
    SchemaError
        If there are no draws.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> import numpy as np, xarray as xr
    >>> from kompaslite.methods import forecast_by, no_change
    >>> from kompaslite.uncertainty import Reduce
    >>> coming = forecast_by(no_change, made_up(1, years=[2025, 2026]), [2026]).population
    >>> luck = xr.DataArray(np.linspace(0.9, 1.1, 11), coords={"draw": np.arange(11)})
    >>> draws = (coming * luck).transpose("draw", ...).assign_attrs(units="persons")
    >>> list(summarise(draws, reduce=Reduce(groups=["0-66", "67+"])).data_vars)
    ['mean', 'quantiles']
    """
    people = forecast.population if isinstance(forecast, Accounts) else forecast
    require_dims(people, "forecast", needed=("draw", "sex", "age", "year"))
    people, chosen = conform(people, "forecast"), Reduce() if reduce is None else reduce
    require_kind(chosen, Reduce, "reduce", "Make it with Reduce(...).")
    require_values(people, "forecast")
    if chosen.regions:
        raise SchemaError("summarise: regions are for project_summary. Sum the areas of the forecast first.")
    whole = people.transpose("scenario", "origin", "area", "year", "draw", "sex", "age", missing_dims="ignore")
    outer = [people.sizes.get(dim, 1) for dim in ("scenario", "origin", "area")]
    values = whole.values.astype(np.float64, copy=False).reshape(*outer, *whole.shape[-4:])
    sums = sum_ages(values, chosen.bounds(people["age"].values))
    ordered = np.ascontiguousarray(sums.transpose(0, 1, 2, 5, 3, 4))
    labels = {str(dim): people[dim].values for dim in people.dims if dim not in ("sex", "age")}
    return marked(with_labels(reduced(ordered, chosen), chosen, labels), draws=people.sizes["draw"])


def interval_table(summary: xr.Dataset, *, level: float = 0.8) -> pd.DataFrame:
    """A tidy table of one interval, with what it rests on in every row.

    Parameters
    ----------
    summary : xr.Dataset
        With ``quantiles``, from `project_summary` or `intervals`.
    level : float
        Nominal coverage, such as 0.8 for the interval from the quantile 0.1 to 0.9.

    Returns
    -------
    pd.DataFrame
        The dimensions of the result, ``low``, ``high``, ``median`` where it is there, ``level`` and ``kind``.

    Raises
    ------
    SchemaError
        If the quantiles of that interval are not in the summary.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.evaluation import backtest
    >>> from kompaslite.methods import forecast_by, no_change
    >>> from kompaslite.uncertainty import intervals
    >>> observed = made_up(3, years=range(2014, 2027))
    >>> made = backtest(observed, no_change, origins=range(2017, 2025), horizon=2)
    >>> around = intervals(forecast_by(no_change, observed, [2026, 2027]), hindcasts=made, groups=["0-66", "67+"])
    >>> list(interval_table(around, level=0.8).columns)
    ['area', 'year', 'age_group', 'low', 'median', 'high', 'level', 'kind']
    """
    if not isinstance(summary, xr.Dataset) or "quantiles" not in summary:
        raise SchemaError("interval_table: a summary with quantiles is needed, from project_summary or intervals.")
    require_number(level, "interval_table: level", low=0.0, high=1.0, mend="80 % is 0.8.")
    quantiles = summary["quantiles"]
    wanted = {"low": 0.5 - level / 2.0, "median": 0.5, "high": 0.5 + level / 2.0}
    known = quantiles["quantile"].values
    places = {name: np.flatnonzero(np.abs(known - one) < 1e-9) for name, one in wanted.items()}
    absent = [f"{wanted[name]:g}" for name in ("low", "high") if not places[name].size]
    if absent:
        raise SchemaError(
            f"interval_table: the quantile {short_list(absent)} is not in the summary; it has "
            f"{short_list(known.tolist(), most=9)}. Ask for it with Reduce(quantiles=...)."
        )
    columns = {name: quantiles.isel(quantile=int(place[0]), drop=True) for name, place in places.items() if place.size}
    table = xr.Dataset(columns).to_dataframe().reset_index()
    return table.assign(level=level, kind=summary.attrs.get("kind", ""))
