"""What is asked of a table: its own description says which codes there are, so a table that changed is noticed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kompaslite.readers.labels import understand
from kompaslite.schema import short_list
from kompaslite.statbank.archive import Archive
from kompaslite.statbank.catalogue import BankTable
from kompaslite.statbank.patience import StatbankError

#: Lists that sum old municipalities to those of today, so that a series goes back unbroken.
_SUMMED = "agg_KommSummer"
_ROLES = {"region": "area", "kjonn": "sex", "kon": "sex", "alder": "age", "tid": "year", "contentscode": "contents"}


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
    """

    selection: dict[str, list[str]]
    lists: dict[str, str]
    areas: dict[str, str]
    years: tuple[int, ...]


def question(table: BankTable, archive: Archive, areas: Sequence[str], *, years: tuple[int, int]) -> Question:
    """What to ask of a table for these areas and years."""
    meta = archive.metadata(table.table)
    selection: dict[str, list[str]] = {}
    lists: dict[str, str] = {}
    named: dict[str, str] = {}
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
            selection[variable] = _single(labels, role, variable, table)
    if not seen:
        raise StatbankError(f"table {table.table}: it has no variable of time. The bank has changed the table.")
    return Question(selection, lists, named, seen)


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


def _single(labels: Mapping[str, str], role: str, variable: str, table: BankTable) -> list[str]:
    if variable in table.chosen:
        absent = [code for code in table.chosen[variable] if code not in labels]
        if absent:
            raise StatbankError(f"table {table.table}: variable {variable} has no code {short_list(absent)}.")
        return list(table.chosen[variable])
    if role in ("sex", "age"):
        codes = [code for code, label in labels.items() if understand(role, label).kind == "label"]
    else:
        # the words for totals are the same in every dimension
        codes = [code for code, label in labels.items() if understand("sex", label).kind != "total"]
    if not codes:
        has = short_list(list(labels.values()))
        raise StatbankError(f"table {table.table}: variable {variable} has totals or groups only: {has}.")
    return codes
