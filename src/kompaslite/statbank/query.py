"""What is asked of a table, by its own description of itself, and the answer checked against the question."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from kompaslite.readers import read_jsonstat
from kompaslite.readers.labels import NOT_STATED, Label, understand
from kompaslite.schema import short_list
from kompaslite.statbank.archive import Archive
from kompaslite.statbank.catalogue import BankTable
from kompaslite.statbank.connection import StatbankError

#: Lists that sum old municipalities to those of today, so that a series goes back unbroken.
_SUMMED = "agg_KommSummer"
_ROLES = {"region": "area", "kjonn": "sex", "kon": "sex", "alder": "age", "tid": "year", "contentscode": "contents"}
_GROUP = re.compile(r"\d+\s*[-–—]\s*(\d+)")


class NotThereError(StatbankError):
    """A table has no such area, or the bank no such table."""


@dataclass(frozen=True, slots=True)
class Question:
    """A selection of one table.

    Parameters
    ----------
    selection : dict
        Variable to the codes that are wanted, in the order of the table.
    lists : dict
        Variable to the list that its codes are from.
    areas : dict
        Code in the table to the area that was asked for; empty if the table is of the whole country.
    years : tuple of int
        Calendar years that the codes of time belong to.
    unstated : dict
        ``sex`` or ``age`` to those of its codes that hold people of whom it is not known: they are counted.
    """

    selection: dict[str, list[str]]
    lists: dict[str, str]
    areas: dict[str, str]
    years: tuple[int, ...]
    unstated: dict[str, list[str]]


def question(table: BankTable, archive: Archive, areas: Sequence[str], *, years: tuple[int, int]) -> Question:
    """What to ask of a table for these areas and years."""
    meta = archive.metadata(table.table)
    selection: dict[str, list[str]] = {}
    lists: dict[str, str] = {}
    named: dict[str, str] = {}
    unstated: dict[str, list[str]] = {}
    seen: tuple[int, ...] = ()
    for variable in meta["id"]:
        labels = _labels(meta, variable, table)
        role = _role(meta, variable)
        if role == "area":
            named, lists = _areas(table, archive, variable, areas)
            selection[variable] = list(named)
        elif role == "year":
            selection[variable], seen = _years(labels, years, table)
        elif role == "contents":
            selection[variable] = _contents(labels, table)
        else:
            codes, unknown = _single(labels, role, variable, table)
            selection[variable] = codes + unknown
            unstated |= {role: unknown} if unknown else {}
    if not seen:
        raise StatbankError(f"table {table.table}: it has no variable of time. The bank has changed the table.")
    return Question(selection, lists, named, seen, unstated)


def _labels(meta: Mapping[str, Any], variable: str, table: BankTable) -> dict[str, str]:
    try:
        category = meta["dimension"][variable]["category"]
        index, labels = category.get("index") or list(category["label"]), category.get("label") or {}
        codes = sorted(index, key=index.__getitem__) if isinstance(index, Mapping) else list(index)
    except (KeyError, TypeError, AttributeError) as error:
        raise StatbankError(f"table {table.table}: variable {variable} has no codes. Try again later.") from error
    return {str(code): str(labels.get(code, code)) for code in codes}


def _role(meta: Mapping[str, Any], variable: str) -> str:
    known = _ROLES.get(variable.casefold())
    if known:
        return known
    roles = meta.get("role") or {}
    theirs = {"time": "year", "geo": "area", "metric": "contents"}
    return next((ours for key, ours in theirs.items() if variable in (roles.get(key) or ())), "")


def _areas(
    table: BankTable, archive: Archive, variable: str, areas: Sequence[str]
) -> tuple[dict[str, str], dict[str, str]]:
    meta = archive.metadata(table.table)
    labels = _labels(meta, variable, table)
    extension = meta["dimension"][variable].get("extension") or {}
    known = extension.get("codelists") or extension.get("codeLists") or []
    names = sorted((str(one.get("id")) for one in known if str(one.get("id", "")).startswith(_SUMMED)), key=len)
    for name in names:
        codes = {str(understand("area", one["code"]).value): str(one["code"]) for one in archive.code_list(name)}
        if all(area in codes for area in areas):
            return {codes[area]: area for area in areas}, {variable: name}
    if all(area in labels for area in areas):
        return {area: area for area in areas}, {}
    absent = [area for area in areas if area not in labels]
    like = [code for code in labels if code[:2] == absent[0][:2]]
    raise NotThereError(
        f"table {table.table}: it has no area {short_list(absent)}. Areas of it are, for example, "
        f"{short_list(like or list(labels))}; the numbers of today's municipalities are needed."
    )


def _years(labels: Mapping[str, str], years: tuple[int, int], table: BankTable) -> tuple[list[str], tuple[int, ...]]:
    first, last = years
    codes = [code for code in labels if code[:4].isdigit() and first <= int(code[:4]) <= last]
    if not codes:
        raise NotThereError(
            f"table {table.table}: it has no year from {first} to {last}; it has {short_list(list(labels)[-3:])}. "
            "Choose other years."
        )
    return codes, tuple(sorted({int(code[:4]) for code in codes}))


def _contents(labels: Mapping[str, str], table: BankTable) -> list[str]:
    absent = [code for code in table.contents if code not in labels]
    if absent:
        has = short_list([f"{code} ({label})" for code, label in labels.items()], most=12)
        raise StatbankError(
            f"table {table.table}: the figures {short_list(absent)} are not in it any more. It has {has}. "
            "The bank has changed the table: name its figures in a BankTable."
        )
    return list(table.contents) or list(labels)


def _single(labels: Mapping[str, str], role: str, variable: str, table: BankTable) -> tuple[list[str], list[str]]:
    """Codes of single labels, and those of people whose label is not known; totals and groups of single ages go."""
    if variable in table.chosen:
        absent = [code for code in table.chosen[variable] if code not in labels]
        if absent:
            raise StatbankError(f"table {table.table}: variable {variable} has no code {short_list(absent)}.")
        return list(table.chosen[variable]), []
    # the words for totals are the same in every dimension
    means = {code: understand(role or "sex", label) for code, label in labels.items()}
    if not role:
        codes, unknown = [code for code, label in means.items() if label.kind != "total"], []
    else:
        codes = [code for code, label in means.items() if label.kind == "label"]
        unknown = [code for code, label in means.items() if label.note == NOT_STATED]
        _check_rest(labels, means, variable, table)
    if not codes:
        has = short_list(list(labels.values()))
        raise StatbankError(f"table {table.table}: variable {variable} has totals or groups only: {has}.")
    return codes, unknown


def _check_rest(labels: Mapping[str, str], means: Mapping[str, Label], variable: str, table: BankTable) -> None:
    """Raise if a label that is left out may hold people whom no other label holds."""
    ages = [int(label.value) for label in means.values() if isinstance(label.value, int)]
    top = 999 if any(label.is_open for label in means.values()) else max(ages, default=999)
    rest = []
    for code, label in means.items():
        group = _GROUP.search(labels[code])
        covered = group is not None and int(group[1]) <= top
        if label.kind not in ("label", "total") and label.note != NOT_STATED and not covered:
            rest.append(f"{labels[code]} ({code})")
    if rest:
        raise StatbankError(
            f"table {table.table}: {len(rest)} labels of {variable} are not understood, so that people would be left "
            f"out: {short_list(rest)}. Name the codes that are wanted: BankTable(chosen={{{variable!r}: (...)}})."
        )


def without_unstated(array: xr.DataArray, asked: Question, table: BankTable, notes: list[str]) -> xr.DataArray:
    """The figures of people whose sex and age are known; how many the others are is noted."""
    for dim, codes in asked.unstated.items():
        left = array.sel({dim: codes}).sum([name for name in array.dims if name != "time"])
        told = [f"{float(number):,.0f} in {number['time'].item()}" for number in left if number != 0]
        if told:
            notes.append(f"table {table.table}: people whose {dim} is not known are left out: {', '.join(told[-3:])}")
        array = array.sel({dim: [code for code in array[dim].values.tolist() if code not in codes]})
    return array


def put_together(parts: Sequence[Mapping[str, Any]], asked: Question, table: BankTable) -> xr.DataArray:
    """One array of all parts of an answer."""
    dims = list(asked.selection)
    shape = tuple(len(codes) for codes in asked.selection.values())
    values, signs = np.full(shape, np.nan), np.full(shape, "", dtype=object)
    filled = np.zeros(shape, dtype=bool)
    words: dict[str, dict[str, str]] = {dim: {} for dim in dims}
    for part in parts:
        array = read_jsonstat(part)
        _check_same(array, asked, table)
        where = np.ix_(*[[asked.selection[dim].index(code) for code in array[dim].values] for dim in dims])
        array = array.transpose(*dims)
        values[where], filled[where] = array.values, True
        if "status" in array.coords:
            signs[where] = array["status"].values
        for dim in dims:
            words[dim] |= dict(zip(array[dim].values, array[f"{dim}_label"].values, strict=True))
    if not filled.all():
        raise StatbankError(
            f"table {table.table}: {int((~filled).sum()):,} of {filled.size:,} cells that were asked for are not "
            "in the answer. Try again later, or with refresh=True."
        )
    coords: dict[str, Any] = {dim: (dim, np.array(codes, dtype=object)) for dim, codes in asked.selection.items()}
    for dim, codes in asked.selection.items():
        coords[f"{dim}_label"] = (dim, np.array([words[dim][code] for code in codes], dtype=object))
    coords["status"] = (tuple(dims), signs)
    said = {name: str(parts[0].get(key, "")) for name, key in (("title", "label"), ("updated", "updated"))}
    return xr.DataArray(values, dims=tuple(dims), coords=coords, attrs={"table": table.table, **said})


def named(array: xr.DataArray, asked: Question) -> xr.DataArray:
    """The array with the library's names of dimensions, and the areas as they were asked for."""
    names = {str(dim): _ROLES.get(str(dim).casefold(), str(dim)).replace("year", "time") for dim in array.dims}
    renamed = array.rename(names | {f"{dim}_label": f"{name}_label" for dim, name in names.items()})
    if not asked.areas:
        return renamed
    region = next(dim for dim, codes in asked.selection.items() if set(codes) == set(asked.areas))
    if names[region] != "area":
        renamed = renamed.rename({names[region]: "area", f"{names[region]}_label": "area_label"})
    return renamed.assign_coords(area=[asked.areas[code] for code in array[region].values])


def _check_same(array: xr.DataArray, asked: Question, table: BankTable) -> None:
    other = {str(dim) for dim in array.dims} ^ set(asked.selection)
    if other:
        raise StatbankError(
            f"table {table.table}: the answer and the question differ in the variables {short_list(sorted(other))}. "
            "The table was moved or changed."
        )
    for dim, codes in asked.selection.items():
        strange = [code for code in array[dim].values.tolist() if code not in codes]
        if strange:
            raise StatbankError(
                f"table {table.table}: the answer has codes of {dim} that were not asked for: {short_list(strange)}. "
                "The table was moved or changed."
            )
