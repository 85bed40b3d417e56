"""Tables of events during the year to components of change, and with a population to `Accounts`."""

from collections.abc import Collection, Mapping
from typing import Any, Literal, cast

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts, imbalance
from kompaslite.readers.cells import CellTable, kept, left_out, understood
from kompaslite.readers.columns import is_stock
from kompaslite.readers.labels import Axis
from kompaslite.readers.population import (
    Codes,
    ColumnsLike,
    Incomplete,
    Keep,
    OpenTable,
    as_array,
    by_new_codes,
    check_cells,
    open_table,
    population_of,
    read_population,
    with_report,
)
from kompaslite.readers.report import Log, ReadingReport, TableError
from kompaslite.readers.sources import Source
from kompaslite.schema import FLOWS, SchemaError, count_unit, describe_cell, first_cell, short_list

_SIGNED = ("net_migration", "adjustment")
_PARTS = ("in_migration", "out_migration", "immigration", "emigration")


def read_flows(
    source: Source,
    *,
    columns: ColumnsLike = None,
    keep: Keep = None,
    codes: Codes = None,
    whole: bool = True,
    incomplete: Incomplete = "error",
    sheet: str | None = None,
) -> xr.Dataset:
    """Births, deaths and moves during calendar years from a table, tidy or wide.

    Parameters
    ----------
    source : str, Path, pd.DataFrame or mapping
        As in `read_population`. Either one column for each component (``births``, ``Døde``, ``Innflyttinger``...), or
        one row for each event with a column that names its component.
    columns : Columns or mapping, optional
        Which column holds what; ``components`` says what other names mean. See `Columns`.
    keep : mapping, optional
        Dimension to the labels that are wanted; ``component`` may be among them.
    codes, whole, incomplete, sheet
        As in `read_population`.

    Returns
    -------
    xr.Dataset
        One variable for each component, ``([area], [sex], [age], year)``, floats in persons per year; the age is
        that reached during the year, births are by the mother's age. ``attrs`` as in `read_population`.

    Raises
    ------
    TableError
        All problems of the table at once, each with its first rows and its mend.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"kommunenr": "3201", "år": [2024, 2025], "Fødte": [1290, 1304], "Døde": [1010, 990]})
    >>> read_flows(frame)["births"].sel(area="3201").values
    array([1290., 1304.])
    """
    opened = open_table(
        source, columns=columns, keep=keep, codes=codes, whole=whole, incomplete=incomplete, sheet=sheet, flows=True
    )  # fmt: skip
    return by_new_codes(flows_of(opened), opened)


def check_table(
    source: Source,
    *,
    holds: Literal["population", "flows"] = "population",
    columns: ColumnsLike = None,
    keep: Keep = None,
    whole: bool = True,
    sheet: str | None = None,
) -> ReadingReport:
    """What a reader would say of a table: rows used and set aside, corrections, and every problem.

    Parameters
    ----------
    source, columns, keep, whole, sheet
        As in `read_population`.
    holds : {"population", "flows"}
        What the table should hold.

    Returns
    -------
    ReadingReport
        Its ``ok`` tells whether the table can be read.

    Examples
    --------
    >>> import pandas as pd
    >>> report = check_table(pd.DataFrame({"year": 2026, "sex": "male", "age": [0, 0], "persons": [5, -6]}))
    >>> report.ok, len(report.problems)
    (False, 3)
    """
    flows = holds == "flows"
    try:
        opened = open_table(
            source, columns=columns, keep=keep, codes=None, whole=whole, incomplete="error", sheet=sheet, flows=flows
        )  # fmt: skip
        _ = flows_of(opened) if flows else population_of(opened)
    except TableError as error:
        return error.report
    return opened.log.report()


def flows_of(opened: OpenTable) -> xr.Dataset:
    """The components of change that a table holds, by the area codes of the table."""
    log = opened.log
    cells = understood(opened.raw, opened.where, opened.columns, log, wanted=opened.keep.get("component"), flows=True)
    _require_components(cells, opened)
    cells = kept(cells, {dim: labels for dim, labels in opened.keep.items() if dim != "component"}, log)
    parts = {name: _component(cells, name, opened) for name in _names(cells, opened.keep.get("component"), log)}
    _check_double_counting(parts, log)
    log.raise_problems()
    return with_report(xr.Dataset({name: part for name, part in parts.items() if part is not None}), log)


def _names(cells: CellTable, wanted: Collection[object] | None, log: Log) -> list[str]:
    axis = cast("Axis", cells.component)
    names = [name for name in FLOWS if name in axis.labels]
    if wanted is None:
        return names
    absent = [name for name in wanted if name not in names]
    if absent:
        log.problem(
            f"keep asks for components that are not in the table: {short_list(absent)}",
            mend=f"It has {short_list(names, most=9)}.",
        )
    chosen = [name for name in names if name in wanted]
    out = ~np.append(np.isin(axis.labels, chosen), [False, False])[axis.codes]
    log.put_aside("component not asked for in keep", left_out(cells.rows, ~out))
    return chosen


def _require_components(cells: CellTable, opened: OpenTable) -> None:
    if cells.component is not None:
        return
    header = opened.where.figures[0].header
    stock = "A population is a stock: read it with read_population. " if any(map(is_stock, opened.raw.columns)) else ""
    opened.log.problem(
        f"it is not said which component of change column {header!r} holds",
        mend=f"{stock}Call the column births, deaths, in_migration and so on. In Python: name it with "
        f"columns={{'components': {{{header!r}: 'births'}}}}, or if the whole table is of one component, with "
        "columns={'fixed': {'component': 'births'}}.",
    )
    opened.log.raise_problems()


def _component(cells: CellTable, name: str, opened: OpenTable) -> xr.DataArray | None:
    axis = cast("Axis", cells.component)
    mine = cells.take(axis.codes == int(np.flatnonzero(axis.labels == name)[0]))
    mine, table = check_cells(opened, mine, name, signed=name in _SIGNED)
    if table is None or opened.log.problems:
        return None
    return as_array(mine, table, units=count_unit(), name=name)


def _check_double_counting(parts: Mapping[str, object], log: Log) -> None:
    gross = [name for name in _PARTS if name in parts]
    if "net_migration" in parts and gross:
        log.problem(
            f"net_migration stands beside {short_list(gross)}, which it is the balance of",
            mend="They would be counted twice: leave out the one or the other. In Python: keep={'component': [...]}.",
        )


#: Births and deaths are never so large a share of a population; a stock or a sum over years is.
_MOST_EVENTS = 0.2
#: An area with fewer people than this is not judged by shares.
_FEW = 500


def read_accounts(
    population: Source | xr.DataArray,
    flows: Source | xr.Dataset | list[Any] | tuple[Any, ...] = (),
    *,
    columns: ColumnsLike = None,
    keep: Keep = None,
    codes: Codes = None,
    whole: bool = True,
    incomplete: Incomplete = "error",
    residual: bool = False,
) -> Accounts:
    """Population and components of change from tables, as `Accounts`.

    Parameters
    ----------
    population : file, frame or xr.DataArray
        As `read_population` reads it, or what that returned.
    flows : file, frame or xr.Dataset, or a sequence of them
        As `read_flows` reads it, or what that returned; each component stands in one of them only.
    columns, keep, codes, whole, incomplete
        As in `read_population`, for every table that is read here. `keep` is used where a table has the dimension.
    residual : bool
        Whether what the components do not explain becomes the component ``adjustment``. Otherwise it stays open, and
        `check_balance` shows it.

    Returns
    -------
    Accounts
        Areas, sexes and ages of the flows as the population has them. Births by the mother's age are 0 at the ages
        that their table does not have; ``births.attrs["ages_read"]`` says which ages it has.

    Raises
    ------
    SchemaError
        As the readers; and if years of flows have no population on both sides, a component occurs twice, or births
        or deaths are so many that they must be a stock or a sum over several years.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({
    ...     "sex": ["female", "male"] * 4, "age": [0, 0, 1, 1] * 2, "year": [2025] * 4 + [2026] * 4,
    ...     "population": [5, 5, 20, 20, 6, 4, 22, 24],
    ... })
    >>> accounts = read_accounts(people, pd.DataFrame({"year": [2025], "births": [10], "deaths": [4]}), residual=True)
    >>> accounts.flows["adjustment"].values
    array([0.])
    """
    options: dict[str, Any] = {"columns": columns, "codes": codes, "whole": whole, "incomplete": incomplete}
    people = population if isinstance(population, xr.DataArray) else read_population(
        population, keep=_without_component(keep), **options
    )  # fmt: skip
    parts = [
        part if isinstance(part, xr.Dataset) else read_flows(part, keep=_of_flows(keep), **options)
        for part in (flows if isinstance(flows, list | tuple) else [flows])
    ]
    named = [str(name) for part in parts for name in part.data_vars]
    double = sorted({name for name in named if named.count(name) > 1})
    if double:
        raise SchemaError(
            f"flows: {short_list(double)} in more than one table. Leave all but one of them out with keep."
        )
    components = {str(name): _fitted(flow, people) for part in parts for name, flow in part.data_vars.items()}
    _check_same_years(components)
    reading = "\n".join(str(part.attrs["reading"]) for part in parts if "reading" in part.attrs)
    accounts = Accounts(people, xr.Dataset(components, attrs={"reading": reading} if reading else {}))
    _check_plausible(accounts)
    return _with_adjustment(accounts) if residual else accounts


def _without_component(keep: Keep) -> Keep:
    return {dim: labels for dim, labels in keep.items() if dim != "component"} if keep else None


def _of_flows(keep: Keep) -> Keep:
    if not keep or "year" not in keep:
        return keep
    # flows lie between the years of the population, so the last of these has no flow
    years = sorted(cast("Collection[int]", keep["year"]))
    return {**keep, "year": years[:-1]}


def _check_same_years(components: Mapping[str, xr.DataArray]) -> None:
    years = {name: flow["year"].values.tolist() for name, flow in components.items()}
    first = next(iter(years), "")
    for name, own in years.items():
        if own != years[first]:
            spans = [f"{one} {years[one][0]} to {years[one][-1]}" for one in (first, name)]
            raise SchemaError(f"flows: components of different years: {short_list(spans)}. Choose the same with keep.")


def _fitted(flow: xr.DataArray, population: xr.DataArray) -> xr.DataArray:
    if flow.name != "births" or "age" not in flow.dims:
        return flow
    ages = flow["age"].values
    strange = [age for age in ages.tolist() if age not in population["age"].values]
    if strange:
        raise SchemaError(f"births: mothers of ages that the population does not have: {short_list(strange)}.")
    padded = flow.reindex(age=population["age"].values, fill_value=0.0)
    return padded.assign_attrs(ages_read=f"{ages.min()}-{ages.max()}")


def _check_plausible(accounts: Accounts) -> None:
    people = accounts.population.sum(["sex", "age"])
    for name in ("births", "deaths"):
        if name not in accounts.flows:
            continue
        flow = accounts.flows[name]
        total = flow.sum([dim for dim in ("sex", "age") if dim in flow.dims])
        stock = people.sel(year=total["year"])
        if "area" in stock.dims and "area" not in total.dims:
            stock = stock.sum("area")
        bad = (total > _MOST_EVENTS * stock) & (stock >= _FEW)
        if bool(bad.any()):
            cell = first_cell(bad)
            raise SchemaError(
                f"{name}: {int(bad.sum())} areas and years have more than {_MOST_EVENTS:.0%} of their people in one "
                f"year; the first has {float(total.sel(cell)):,.0f} of {float(stock.sel(cell)):,.0f} at "
                f"{describe_cell(cell)}. It looks like a stock, or a sum over several years: give persons per year."
            )
    _check_births(accounts)


def _check_births(accounts: Accounts) -> None:
    if "births" not in accounts.flows:
        return
    births = accounts.flows["births"]
    births = births.sum([dim for dim in ("sex", "age") if dim in births.dims])
    infants = accounts.population.isel(age=0).sum("sex")
    infants = infants.sel(year=births["year"].values + accounts.step).assign_coords(year=births["year"].values)
    if "area" in infants.dims and "area" not in births.dims:
        infants = infants.sum("area")
    # over all years together, so that one odd year of a small place is no error
    sums, children = births.sum("year"), infants.sum("year")
    bad = (sums > 1.8 * children) & (sums >= _FEW)
    if bool(bad.any()):
        cell = first_cell(bad)
        ratio = float(sums.sel(cell)) / max(float(children.sel(cell)), 1.0)
        raise SchemaError(
            f"births: {ratio:.1f} times the children of age 0 a year later at {describe_cell(cell)}. They are sums "
            "over several years or births of another area, it seems: give persons per year."
        )


def _with_adjustment(accounts: Accounts) -> Accounts:
    if "adjustment" in accounts.flows:
        raise SchemaError("flows: adjustment is given; residual=True would compute it again. Choose one of them.")
    years = [flow["year"].values for flow in accounts.flows.data_vars.values()] or [
        accounts.population["year"].values[:-1]
    ]
    shared = sorted(set.intersection(*(set(one.tolist()) for one in years)))
    rest = imbalance(accounts).sel(year=np.array(shared, dtype=np.int64))
    rest = rest.rename("adjustment").assign_attrs(
        units=count_unit(accounts.step), method="residual of the other components"
    )
    return Accounts(accounts.population, accounts.flows.assign(adjustment=rest))
