"""Answers of a bank to the arrays of a forecast: people, events by year, dwellings by type; tables compared."""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.readers import read_flows, read_population
from kompaslite.schema import count_unit, describe_cell, first_cell, short_list
from kompaslite.statbank.catalogue import BankTable
from kompaslite.statbank.connection import StatbankError

_QUARTER = re.compile(r"^(\d{4})[KkQq]([1-4])$")
#: What the words of building types begin with, and the type of dwelling that they are.
_TYPES = (
    ("enebolig", "detached"),
    ("våningshus, tomannsbolig", "row"),
    ("våningshus", "detached"),
    ("tomannsbolig", "row"),
    ("rekkehus", "row"),
    ("kjedehus", "row"),
    ("terrassehus", "row"),
    ("andre småhus", "row"),
    ("boligblokk", "block"),
    ("store frittliggende boligbygg", "block"),
    ("store sammenbygde boligbygg", "block"),
    ("store boligbygg", "block"),
)
_IN_OTHER = (
    "bygning for bofellesskap",
    "andre bygg",
    "bo- og servicesenter",
    "studenthjem",
    "annen bygning",
    "andre bygning",
)


def population_of(table: BankTable, array: xr.DataArray) -> xr.DataArray:
    """The population that a table holds, with every check of the readers."""
    missing = [dim for dim in ("area", "sex", "age", "time") if dim not in array.dims]
    if missing:
        raise StatbankError(f"table {table.table}: a population needs {short_list(missing)}. Choose another table.")
    if array.sizes.get("contents", 1) != 1:
        raise StatbankError(
            f"table {table.table}: {array.sizes['contents']} figures for each cell. Name one in contents."
        )
    read = read_population(_frame(table, array))
    return read.assign_attrs(table=table.table, updated=array.attrs.get("updated", ""))


def events_of(table: BankTable, array: xr.DataArray, population: xr.DataArray) -> xr.Dataset | None:
    """Events by area, and by sex and age where the table has them, with every check of the readers."""
    if "area" not in array.dims or not table.contents:
        return None
    words = {code: str(array["contents_label"].sel(contents=code).item()) for code in table.contents}
    names = {words[code]: component for code, component in table.contents.items()}
    years = [year for year in population["year"].values[:-1].tolist() if str(year) in array["time"].values]
    return read_flows(_frame(table, array), columns={"components": names}, keep={"year": years}) if years else None


def quarters_to_years(
    table: BankTable, array: xr.DataArray, population: xr.DataArray, notes: list[str]
) -> xr.Dataset | None:
    """Events of whole calendar years from a table by quarter."""
    quarters = [_QUARTER.match(str(code)) for code in array["time"].values]
    strange = [str(code) for code, found in zip(array["time"].values, quarters, strict=True) if found is None]
    if strange:
        raise StatbankError(
            f"table {table.table}: {short_list(strange)} are no quarters. The bank has changed the table."
        )
    year = np.array([int(found.group(1)) for found in quarters if found])
    whole = [one for one in np.unique(year) if (year == one).sum() == 4]
    yearly = [array.isel(time=np.flatnonzero(year == one)).sum("time", skipna=False) for one in whole]
    if not yearly:
        notes.append(f"table {table.table}: no year with four quarters")
        return None
    summed = xr.concat(yearly, dim=pd.Index(whole, name="year"), coords="minimal", compat="override", join="override")
    return _whole_years(table, summed, population, notes)


def years_of(table: BankTable, array: xr.DataArray, population: xr.DataArray, notes: list[str]) -> xr.Dataset:
    """Events of calendar years from a table by year; without those that are not there yet."""
    yearly = array.rename(time="year").assign_coords(year=[int(code) for code in array["time"].values])
    flows = _whole_years(table, yearly, population, notes)
    if flows is None:
        raise StatbankError(f"table {table.table}: no year is complete. Choose other years.")
    return flows


def _whole_years(
    table: BankTable, yearly: xr.DataArray, population: xr.DataArray, notes: list[str]
) -> xr.Dataset | None:
    wanted = [one for one in yearly["year"].values.tolist() if one in population["year"].values[:-1]]
    yearly = yearly.sel(year=wanted).reset_coords(drop=True)
    gone = [one for one in wanted if bool(np.isnan(yearly.sel(year=one).values).any())]
    if gone:
        notes.append(f"table {table.table}: figures of {short_list(gone)} are missing; these years are left out")
    kept = [one for one in wanted if one not in gone]
    if not kept:
        return None
    parts = {}
    for code, name in table.contents.items():
        part = yearly.sel(contents=code, year=kept).transpose("area", "year").reset_coords(drop=True)
        parts[name] = part.assign_attrs(units=count_unit(), table=table.table)
    return xr.Dataset(parts)


def dwellings_of(table: BankTable, array: xr.DataArray, notes: list[str]) -> xr.DataArray | None:
    """Dwellings by the types of the library."""
    kinds = [str(dim) for dim in array.dims if dim not in ("area", "contents", "time")]
    if len(kinds) != 1 or array.sizes.get("contents", 1) != 1:
        raise StatbankError(f"table {table.table}: one type and one figure are needed, not {short_list(kinds)}.")
    flat = array.squeeze("contents", drop=True) if "contents" in array.dims else array
    blank = flat.isnull().any([dim for dim in flat.dims if dim != "time"])  # noqa: PD003 - an array has only this name
    if bool(blank.any()):
        years = flat["time"].values[blank.values]
        notes.append(
            f"table {table.table}: figures of {short_list(years.tolist())} are missing; these years are left out"
        )
        flat = flat.isel(time=np.flatnonzero(~blank.values))
    if not flat.sizes["time"]:
        return None
    labels = [str(label) for label in flat[f"{kinds[0]}_label"].values]
    types = [_type_of(label, table) for label in labels]
    by_type = flat.reset_coords(drop=True).assign_coords({kinds[0]: types}).groupby(kinds[0]).sum()
    result = by_type.rename({kinds[0]: "dwelling_type"}).rename(time="year")
    order = [name for name in ("detached", "row", "block", "other") if name in types]
    result = result.assign_coords(year=[int(code) for code in result["year"].values])
    units = "dwellings" if table.holds == "dwelling stock" else "dwellings/year"
    attrs = {"units": units, "table": table.table, "updated": array.attrs.get("updated", "")}
    attrs |= {
        name: "; ".join(label for label, kind in zip(labels, types, strict=True) if kind == name) for name in order
    }
    return result.sel(dwelling_type=order).transpose("area", "dwelling_type", "year").assign_attrs(attrs)


def _frame(table: BankTable, array: xr.DataArray) -> pd.DataFrame:
    values = array.values.astype(object).ravel()
    blank = np.isnan(array.values).ravel()
    values[blank] = array["status"].values.ravel()[blank]
    index = pd.MultiIndex.from_product([_words(array, str(dim)) for dim in array.dims], names=array.dims)
    frame = index.to_frame(index=False).rename(columns={"time": "year", "contents": "measure"})
    frame["value"] = values
    frame.attrs["name"] = f"table {table.table}"
    return frame


def _words(array: xr.DataArray, dim: str) -> list[str]:
    column = array[f"{dim}_label"] if dim in ("sex", "age", "contents") else array[dim]
    return [str(word) for word in column.values]


def _type_of(label: str, table: BankTable) -> str:
    text = label.casefold().strip()

    def matches() -> Iterator[str]:
        yield from (kind for start, kind in _TYPES if text.startswith(start))
        if text.startswith(_IN_OTHER):
            yield "other"

    kind = next(matches(), None)
    if kind is None:
        raise StatbankError(
            f"table {table.table}: the building type {label!r} is not known. The bank has changed the table."
        )
    return kind


_NET = {"in_migration": 1, "immigration": 1, "out_migration": -1, "emigration": -1}


def compared(population: xr.DataArray, one: xr.Dataset | None, other: xr.Dataset) -> list[str]:
    """How far two tables agree on the same figures."""
    pairs = {"population": population} if "population" in other else {}
    if one is not None:
        pairs |= {str(name): one[name] for name in one.data_vars if name in other}
        if "net_migration" in other and all(name in one for name in _NET):
            pairs["net_migration"] = sum((sign * one[name] for name, sign in _NET.items()), start=xr.DataArray(0.0))
    return [_line(name, _total(array), other[name]) for name, array in pairs.items()]


def _total(array: xr.DataArray) -> xr.DataArray:
    total = array.sum([dim for dim in ("sex", "age") if dim in array.dims])
    return total.transpose("area", "year").reset_coords(drop=True)


def _line(name: str, one: xr.DataArray, other: xr.DataArray) -> str:
    years = np.intersect1d(one["year"].values, other["year"].values)
    off = one.sel(year=years) - _total(other).sel(year=years, area=one["area"].values)
    wrong = off != 0
    if not bool(wrong.any()):
        return f"{name}: two tables agree in all {off.size} areas and years"
    cell = first_cell(wrong)
    return (
        f"{name}: two tables differ in {int(wrong.sum())} of {off.size} areas and years; the first by "
        f"{float(off.sel(cell)):g} at {describe_cell(cell)}"
    )
