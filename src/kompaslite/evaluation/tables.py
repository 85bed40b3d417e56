"""The tables of the population note: forecast against outcome by age group, and components of change.

Every printed number is rounded from unrounded values, totals too. A total is never the sum of rounded rows, so
that the printed rows may sum to one more or less than the printed total.
"""

from collections.abc import Mapping
from numbers import Real

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.accounts import Accounts, newborns
from kompaslite.evaluation.deviation import DEVIATION
from kompaslite.schema import (
    PERSONS,
    TOTAL,
    SchemaError,
    common_scalars,
    in_order,
    require_alike,
    require_labels,
    require_unit,
    require_values,
    short_list,
    with_total,
)
from kompaslite.schema.age_groups import (
    NOTE_AGE_GROUPS,
    AgeGroups,
    age_groups,
    figures_by_group,
    group_members,
    parse_age_groups,
)

#: A population by single age, or figures by age group.
ByAge = xr.DataArray | pd.Series | Mapping[str, float]

_COMPONENTS = ("natural_increase", "net_immigration", "net_in_migration", "net_moves", "net_migration")


def deviation_table(
    *,
    start: ByAge,
    actual: ByAge,
    forecast: ByAge,
    groups: AgeGroups = NOTE_AGE_GROUPS,
    forecast_total: float | None = None,
    decimals: int | None = 0,
) -> pd.DataFrame:
    """Forecast against outcome by age group, as the population note prints it.

    Parameters
    ----------
    start, actual, forecast : xr.DataArray, pd.Series or mapping
        Persons at the start, at the end, and at the end as forecast: by single ``age`` (other dimensions than sex
        stay), or by age group with exactly the names of `groups`.
    groups : mapping or sequence of str
        Age groups that cover every age; see `age_groups`.
    forecast_total : float, optional
        Total of the forecast before its rows were rounded, where only rounded rows are at hand.
    decimals : int or None
        Decimals that are printed; None for unrounded numbers.

    Returns
    -------
    pd.DataFrame
        A row per age group and one for the total; columns ``start, actual, growth, forecast, deviation`` in
        persons. ``deviation`` is actual less forecast, as the note prints it and ``attrs["sign"]`` says; of one
        selected area, ``attrs["area"]`` is its code. Halves are rounded away from zero.

    Raises
    ------
    SchemaError
        If groups overlap or leave ages out, if the figures lack a group, a number or a label, or have an unknown one,
        or if they are of different sexes or areas.

    Examples
    --------
    >>> deviation_table(
    ...     groups=["0-66", "67+"],
    ...     start={"0-66": 90, "67+": 10},
    ...     actual={"0-66": 91, "67+": 11},
    ...     forecast={"0-66": 92.4, "67+": 10.4},
    ... )
               start  actual  growth  forecast  deviation
    age_group
    0-66          90      91       1        92         -1
    67+           10      11       1        10          1
    total        100     102       2       103         -1
    """
    parts = {"start": start, "actual": actual, "forecast": forecast}
    _check_sexes(parts)
    single = common_scalars({name: part for name, part in parts.items() if isinstance(part, xr.DataArray)})
    grouped = _alike({name: _by_group(value, groups, name) for name, value in parts.items()})
    rows = {name: with_total(value, "age_group") for name, value in grouped.items()}
    if forecast_total is not None:
        _check_number(forecast_total, "forecast_total")
        parts_only = rows["forecast"]["age_group"] != TOTAL
        rows["forecast"] = rows["forecast"].where(parts_only, float(forecast_total))
    rows["growth"] = rows["actual"] - rows["start"]
    rows["deviation"] = rows["actual"] - rows["forecast"]
    frame = _frame(xr.Dataset(rows), last="age_group")
    table = as_printed(frame[["start", "actual", "growth", "forecast", "deviation"]], decimals)
    table.attrs |= {"sign": DEVIATION, **{str(name): label for name, label in single.items() if name == "area"}}
    return table


def components_table(components: Accounts | pd.DataFrame, *, decimals: int | None = 0) -> pd.DataFrame:
    """Components of growth by year, and what they leave unexplained as ``adjustment``.

    Parameters
    ----------
    components : Accounts or pd.DataFrame
        Accounts of the past or of a forecast; or persons per year in columns ``growth`` and any of
        ``natural_increase, net_immigration, net_in_migration, net_migration``, a row per year.
    decimals : int or None
        Decimals that are printed; None for unrounded numbers.

    Returns
    -------
    pd.DataFrame
        Persons per year: the components that are known, ``adjustment`` and ``growth``, for the years in which all
        of them are known. The adjustment is growth less the components, so that each row sums before it is rounded.

    Raises
    ------
    SchemaError
        If ``growth`` or every component is missing, a column is unknown, a value is not a number, or accounts have
        one side of a component only, such as births without deaths.

    Examples
    --------
    >>> import pandas as pd
    >>> figures = pd.DataFrame({"natural_increase": 304, "net_migration": 553, "growth": 870}, index=[2025])
    >>> components_table(figures)
          natural_increase  net_migration  adjustment  growth
    year
    2025               304            553          13     870
    """
    frame = _from_accounts(components) if isinstance(components, Accounts) else _checked_components(components)
    known = [name for name in _COMPONENTS if name in frame.columns]
    frame = frame.assign(adjustment=frame["growth"] - frame[known].sum(axis=1))
    return as_printed(frame[[*known, "adjustment", "growth"]], decimals)


def as_printed(frame: pd.DataFrame, decimals: int | None = 0) -> pd.DataFrame:
    """Every number of a table rounded by itself, halves away from zero."""
    if decimals is None:
        return frame
    if not isinstance(decimals, int) or decimals < 0:
        raise SchemaError(f"decimals: {decimals!r} is no number of decimals. Give 0 or more, or None for unrounded.")
    scale = 10.0**decimals
    values = frame.to_numpy(dtype=float)
    if decimals == 0 and not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise SchemaError(
            f"table: {int((~np.isfinite(values)).sum())} of {values.size} values are not finite numbers; the first is "
            f"{values[row, column]:g} in row {frame.index[row]}, column {frame.columns[column]}. Complete the figures."
        )
    # a nudge of one part in 10^12 lets 2.5 that floating point made 2.4999999999999996 round as 2.5
    steps = np.floor(np.abs(values) * scale * (1 + 1e-12) + 0.5)
    rounded = np.where(steps == 0, 0.0, np.sign(values) * steps / scale)
    result = pd.DataFrame(rounded, index=frame.index, columns=frame.columns)
    return result.astype("int64") if decimals == 0 else result


def _by_group(value: ByAge, groups: AgeGroups, name: str) -> xr.DataArray:
    names = list(parse_age_groups(groups))
    if isinstance(value, xr.DataArray) and "age" in value.dims:
        require_values(value, name, words="are not numbers of persons", mend="Give persons for every cell.")
        if "units" in value.attrs:
            require_unit(value, name, PERSONS)
        value = (value.sum("sex") if "sex" in value.dims else value).reset_coords(drop=True)
        return age_groups(value.rename(name), groups, complete=True)
    if not isinstance(value, xr.DataArray):
        value = figures_by_group(value, name)
    if "age_group" not in value.dims:
        raise SchemaError(f"{name}: neither ages nor age groups; it has the dimensions {short_list(value.dims)}.")
    _check_group_names(value, names, name)
    group_members(groups, np.arange(_top_age(groups) + 1), complete=True)
    _check_open(groups)
    require_values(value, name, words="are not numbers of persons", mend="Give persons for every age group.")
    value = value.reset_coords(drop=True).rename(name)
    return require_labels(value, "age_group", names, name, against="the table").astype(float)


def _alike(grouped: Mapping[str, xr.DataArray]) -> dict[str, xr.DataArray]:
    """The same labels in every dimension that two tables share, in one order."""
    ready: dict[str, xr.DataArray] = {}
    for name, value in grouped.items():
        alike = value
        for other, before in ready.items():
            alike = require_alike(alike, before, name, against=other)
        ready[name] = alike
    return ready


def _check_group_names(value: xr.DataArray, names: list[str], name: str) -> None:
    have = [str(label) for label in value["age_group"].values.tolist()]
    unknown = [label for label in have if label not in names]
    if unknown:
        raise SchemaError(
            f"{name}: {len(unknown)} unknown age groups, the first is {unknown[0]}; the groups are "
            f"{short_list(names, most=15)}. Rename them, or pass your own with groups=[...]."
        )
    double = [label for i, label in enumerate(have) if label in have[:i]]
    if double:
        raise SchemaError(f"{name}: age group {double[0]} occurs {have.count(double[0])} times. Add the rows up first.")


def _check_sexes(parts: Mapping[str, ByAge]) -> None:
    """Sexes are summed, so that a table of women against one of both would not be seen."""
    known: dict[str, set[str]] = {}
    for name, part in parts.items():
        if isinstance(part, xr.DataArray) and "sex" in part.coords:
            known[name] = {str(sex) for sex in np.atleast_1d(part["sex"].values)}
    first = next(iter(known), "")
    for name, sexes in known.items():
        if sexes != known[first]:
            raise SchemaError(
                f"{name}: it has {short_list(sorted(sexes))} only, but {first} has {short_list(sorted(known[first]))}. "
                "Give the same sexes in both."
            )


def _check_open(groups: AgeGroups) -> None:
    parsed = parse_age_groups(groups)
    if all(last is not None for _, last in parsed.values()):
        top = _top_age(groups)
        raise SchemaError(
            f'age groups: none is open, so that the total would lack those above {top}. Write the last as "{top}+", or '
            "give populations by single age."
        )


def _check_number(value: object, name: str) -> None:
    if not isinstance(value, Real) or not np.isfinite(float(value)):
        raise SchemaError(f"{name}: {value!r} is not a number of persons. Give a number, or leave it out.")


def _top_age(groups: AgeGroups) -> int:
    return max(first if last is None else last for first, last in parse_age_groups(groups).values())


def _frame(rows: xr.Dataset, *, last: str) -> pd.DataFrame:
    """A row per label: other dimensions first, those with one label only left out."""
    single = [dim for dim in rows.dims if rows.sizes[dim] == 1 and dim != last]
    rows = rows.squeeze(single, drop=True)
    rows = rows.drop_vars([name for name in rows.coords if name not in rows.dims])
    order = [*(dim for dim in in_order(list(rows.dims)) if dim != last), last]
    return rows.to_dataframe(dim_order=order)


def _checked_components(figures: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(figures, pd.DataFrame):
        raise SchemaError(f"components: accounts or a DataFrame are needed, not {type(figures).__name__}.")
    _check_unique(figures)
    known = {*_COMPONENTS, "growth"}
    unknown = [str(name) for name in figures.columns if name not in known]
    if unknown:
        raise SchemaError(
            f"components: unknown column {short_list(unknown)}; known are {short_list(sorted(known), most=9)}."
        )
    if "growth" not in figures.columns or len(figures.columns) < 2:
        raise SchemaError("components: growth and at least one component are needed, to work out the adjustment.")
    for name in figures.columns:
        bad = ~np.isfinite(pd.to_numeric(figures[name], errors="coerce"))
        if bad.any():
            raise SchemaError(
                f"components: {int(bad.sum())} of {len(bad)} values of {name} are not numbers; the first is in "
                f"{bad.idxmax()}. Complete the year, or leave it out."
            )
    return figures.astype(float).rename_axis("year")


def _check_unique(figures: pd.DataFrame) -> None:
    for what, labels in (("column", figures.columns), ("year", figures.index)):
        double = labels[labels.duplicated()]
        if len(double):
            raise SchemaError(f"components: {what} {double[0]} occurs more than once. Keep one, or add them up first.")


def _from_accounts(accounts: Accounts) -> pd.DataFrame:
    parts = _net_components(accounts.flows)
    if not parts:
        raise SchemaError("components: these accounts have no flows, so that growth cannot be split.")
    parts["growth"] = accounts.population.sum(["sex", "age"]).diff("year", label="lower")
    known = xr.align(*parts.values(), join="inner")
    return _frame(xr.Dataset(dict(zip(parts, known, strict=True))), last="year")


def _net_components(flows: xr.Dataset) -> dict[str, xr.DataArray]:
    total = {str(name): flow.sum([d for d in ("sex", "age") if d in flow.dims]) for name, flow in flows.items()}
    if "births" in flows:
        total["births"] = newborns(flows["births"]).sum([d for d in ("sex",) if d in flows["births"].dims])
    pairs = {
        "natural_increase": ("births", "deaths"),
        "net_immigration": ("immigration", "emigration"),
        "net_in_migration": ("in_migration", "out_migration"),
        "net_moves": ("moves_in", "moves_out"),
    }
    for gain, loss in pairs.values():
        if (gain in total) != (loss in total):
            have, lack = (gain, loss) if gain in total else (loss, gain)
            raise SchemaError(f"components: there are {have} but no {lack}; give both, or leave both out.")
    parts = {name: total[gain] - total[loss] for name, (gain, loss) in pairs.items() if gain in total}
    return parts | ({"net_migration": total["net_migration"]} if "net_migration" in total else {})
