"""Why a forecast missed: the deviation by age group, split into plan, jump-off, births, deaths, moves and the rest."""

from typing import Literal

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.evaluation.align import align_accounts
from kompaslite.evaluation.splits import Parts, by_counts, by_rates
from kompaslite.schema import PERSONS, SchemaError
from kompaslite.schema.age_groups import NOTE_AGE_GROUPS, AgeGroups, sum_over_ages

#: The sign of every deviation: below nobody where fewer came than were forecast.
DEVIATION = "actual less forecast"


def explain_deviation(
    forecast: Accounts,
    actual: Accounts,
    *,
    year: int | None = None,
    replanned: Accounts | None = None,
    by: Literal["counts", "rates"] = "counts",
    groups: AgeGroups = NOTE_AGE_GROUPS,
) -> xr.Dataset:
    """Split what came, less what was forecast, by age group into parts that sum to it.

    By counts, a part is the difference of a component in persons, followed with its cohorts to the target year.
    Components enter the accounts one by one, so that no order matters.

    By rates, a part is what the rate of the actual accounts changes in the place of that of the forecast: more deaths
    because more people live there are then no part of the deaths. There the parts depend on the order in which rates
    are replaced, so both are given: in the order of the result, and as the average over all orders.

    Parameters
    ----------
    forecast : Accounts
        With births, deaths, and gross moves or net migration, by age; its first year is the jump-off.
    actual : Accounts
        The same components, observed. Where one side has net migration, both are compared by net migration. What
        does not balance counts as adjustment. `residual_accounts` makes such accounts from populations and totals.
    year : int, optional
        The 1 January that is explained; the last that both have unless given.
    replanned : Accounts, optional
        The forecast made again with the dwellings that were completed. The part ``plan`` is the change that this
        makes, always first; all other parts are then against `replanned`.
    by : {"counts", "rates"}
        What a part is, see above.
    groups : mapping or sequence of str
        Age groups; every age must belong to one. Those of the population note unless given.

    Returns
    -------
    xr.Dataset
        Persons over ``age_group`` and outer dimensions: ``forecast``, ``actual``, ``deviation``; and over ``part``
        too ``in_order`` and ``average``, each of which sums to ``deviation`` in every age group; all are actual less
        forecast, as ``attrs["sign"]`` says. Parts are, of
        those that there are and in this order: plan, jump_off, births, deaths, in_migration, out_migration, abroad,
        net_migration, adjustment.

    Raises
    ------
    SchemaError
        If a component is missing or has no age, labels differ, the years do not meet, only one side has areas, or
        `replanned` starts from another population than `forecast`.

    References
    ----------
    .. [1] Shapley (1953), A value for n-person games, Contributions to the Theory of Games II.

    Examples
    --------
    >>> import xarray as xr
    >>> def accounts(end, died, moved):
    ...     labels = {"sex": ["female", "male"], "age": [0, 1], "year": [2025, 2026]}
    ...     people = xr.DataArray([[[5.0, 5.0], [90.0, end]]] * 2, coords=labels, attrs={"units": "persons"})
    ...     flow = people.isel(year=[0]).assign_attrs(units="persons/year")
    ...     old = flow.age == 1
    ...     return Accounts(
    ...         people,
    ...         xr.Dataset(
    ...             {
    ...                 "births": flow.sel(age=0, drop=True),
    ...                 "deaths": (flow * 0.0).where(~old, died).assign_attrs(flow.attrs),
    ...                 "net_migration": (flow * 0.0).where(~old, moved).assign_attrs(flow.attrs),
    ...             }
    ...         ),
    ...     )
    >>> found = explain_deviation(accounts(97.0, 1.0, 3.0), accounts(94.0, 2.0, 1.0), groups=["0", "1+"])
    >>> found.average.sel(age_group="1+").to_series().to_dict()
    {'jump_off': 0.0, 'births': 0.0, 'deaths': -2.0, 'net_migration': -4.0, 'adjustment': 0.0}
    """
    if by not in ("counts", "rates"):
        raise SchemaError(f"by: {by!r} is not known. Choose 'counts' or 'rates'.")
    given = {"forecast": forecast, "actual": actual} | ({} if replanned is None else {"replanned": replanned})
    ready, parts = align_accounts(given, year)
    base = ready.get("replanned", ready["forecast"])
    in_turn, average = (by_counts if by == "counts" else by_rates)(base, ready["actual"], parts)
    if replanned is not None:
        planned = {"plan": _last(base) - _last(ready["forecast"])}
        in_turn, average = planned | in_turn, planned | average
    came, foreseen = _last(ready["actual"]), _last(ready["forecast"])
    whole = {"forecast": foreseen, "actual": came, "deviation": came - foreseen}
    whole |= {"in_order": _stacked(in_turn), "average": _stacked(average)}
    result = xr.Dataset({name: _grouped(values, groups) for name, values in whole.items()})
    for name in ("deviation", "in_order", "average"):
        result[name].attrs["sign"] = DEVIATION
    return result.assign_attrs(year=ready["actual"].years[-1], by=by)


def _last(accounts: Accounts) -> xr.DataArray:
    return accounts.population.isel(year=-1, drop=True).sum("sex")


def _stacked(parts: Parts) -> xr.DataArray:
    index = xr.Variable("part", np.array(list(parts), dtype=object))
    arrays = xr.broadcast(*parts.values())
    return xr.concat(arrays, dim=index)


def _grouped(values: xr.DataArray, groups: AgeGroups) -> xr.DataArray:
    grouped = sum_over_ages(values.drop_attrs(), groups, complete=True)
    return grouped.transpose("part", "age_group", ..., missing_dims="ignore").assign_attrs(units=PERSONS)
