"""Age groups: how they are written, and what makes a set of them sound."""

import re
from collections.abc import Mapping, Sequence
from itertools import combinations
from numbers import Real

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.schema.contracts import require_dims, require_values
from kompaslite.schema.dims import conform
from kompaslite.schema.errors import SchemaError, short_list

#: First and last age of a group, both included; the last is None for an open group.
AgeRange = tuple[int, int | None]
#: Age groups by name, or written as ``"0"``, ``"1-5"`` and ``"95+"``.
AgeGroups = Mapping[str, AgeRange] | Sequence[str]

#: The 13 age groups of the population note of Baerum.
NOTE_AGE_GROUPS: tuple[str, ...] = (
    "0", "1-5", "6-12", "13-15", "16-19", "20-29", "30-49", "50-66", "67-79", "80-84", "85-89", "90-94", "95+",
)  # fmt: skip

_WRITTEN = re.compile(r"\s*(\d+)\s*(?:[-–]\s*(\d+)|(\+))?\s*")


def parse_age_groups(groups: AgeGroups) -> dict[str, AgeRange]:
    """First and last age of every group, checked."""
    if isinstance(groups, str):
        groups = [groups]
    if not isinstance(groups, Mapping | Sequence):
        raise SchemaError(f'age groups: {groups!r} is no list of groups. Write for example ["0-19", "20-66", "67+"].')
    if isinstance(groups, Mapping):
        parsed = {str(name): _checked_range(str(name), ages) for name, ages in groups.items()}
    else:
        _check_double([str(group) for group in groups])
        parsed = {str(group).strip(): _read_range(str(group)) for group in groups}
    if not parsed:
        raise SchemaError('age groups: there are none. Name at least one, for example "6-12".')
    for (first, ages), (second, others) in combinations(parsed.items(), 2):
        _check_overlap(first, ages, second, others)
    return parsed


def group_members(groups: AgeGroups, ages: Sequence[int] | np.ndarray, *, complete: bool = False) -> np.ndarray:
    """Which ages belong to which group."""
    labels = np.asarray(ages)
    parsed = parse_age_groups(groups)
    for name, (first, last) in parsed.items():
        _check_known(name, first, last, labels)
    rows = [(labels >= first) & (labels <= (labels[-1] if last is None else last)) for first, last in parsed.values()]
    members = np.array(rows)
    alone = labels[~members.any(axis=0)]
    if complete and alone.size:
        raise SchemaError(
            f"age groups: {alone.size} ages are in no group, the first is {alone[0]}: {short_list(alone.tolist())}. "
            "A total over the groups would lack them; add a group for these ages."
        )
    return members


def age_groups(persons: xr.DataArray, groups: AgeGroups = NOTE_AGE_GROUPS, *, complete: bool = False) -> xr.DataArray:
    """Sums over age groups.

    Parameters
    ----------
    persons : xr.DataArray
        A population or a flow by single age, ``(..., age, ...)``.
    groups : mapping or sequence of str
        Names to ``(first, last)``, both included, ``None`` for an open end; or groups written as ``"0"``,
        ``"1-5"``, ``"95+"``. Default: the 13 groups of the population note.
    complete : bool
        Whether every age must belong to a group, so that the groups sum to the total.

    Returns
    -------
    xr.DataArray
        Same unit and dimensions, ``age_group`` in the place of ``age``.

    Raises
    ------
    SchemaError
        If a value is missing, or groups overlap, have ages that the data do not have, or leave ages out although
        `complete`.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> people = xr.DataArray(np.ones(20), coords={"age": range(20)}, attrs={"units": "persons"})
    >>> age_groups(people, {"primary": (6, 12), "lower secondary": (13, 15)}).values
    array([7., 3.])
    """
    name = str(getattr(persons, "name", None) or "persons")
    require_dims(persons, name, needed=("age",), allowed=None)
    persons = conform(persons, name)
    require_values(persons, name, mend="Give every cell of them a number.")
    return sum_over_ages(persons.astype(float), groups, complete=complete)


def sum_over_ages(array: xr.DataArray, groups: AgeGroups, *, complete: bool = False) -> xr.DataArray:
    """Sums over the ages of each group, ``age_group`` in place of ``age``; what is missing makes its group missing."""
    members = group_members(groups, array["age"].values, complete=complete)
    index = xr.Variable("age_group", np.array(list(parse_age_groups(groups)), dtype=object))
    axis = array.get_axis_num("age")
    sums = [array.values.compress(rows, axis).sum(axis) for rows in members]
    dims = tuple("age_group" if dim == "age" else dim for dim in array.dims)
    coords = {name: coord for name, coord in array.coords.items() if "age" not in coord.dims}
    made = xr.DataArray(np.stack(sums, axis), {**coords, "age_group": index}, dims, attrs=array.attrs)
    return made.rename(array.name)


def figures_by_group(figures: object, name: str) -> xr.DataArray:
    """Figures by age group as a labelled array."""
    if not isinstance(figures, pd.Series | Mapping):
        raise SchemaError(
            f'{name}: figures by age group are needed, not {type(figures).__name__}. Give for example {{"0-66": 90.0, '
            '"67+": 10.0}, a pandas.Series, or a labelled array.'
        )
    pairs = [(str(label), value) for label, value in figures.items()]
    strange = [pair for pair in pairs if not isinstance(pair[1], Real) or isinstance(pair[1], bool)]
    if strange:
        raise SchemaError(
            f"{name}: {len(strange)} of {len(pairs)} values are not numbers; the first is {strange[0][1]!r} at "
            f"age_group {strange[0][0]}. Give a number for every group."
        )
    values = np.array([value for _, value in pairs], dtype=float)
    return xr.DataArray(values, coords={"age_group": [label for label, _ in pairs]}, dims=["age_group"])


def _read_range(text: str) -> AgeRange:
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise SchemaError(
            f'age groups: {text!r} is not an age group. Write "0", "1-5" or "95+", or give names with '
            '{"primary": (6, 12)}.'
        )
    first, last, is_open = match.groups()
    return _checked_range(text, (int(first), None if is_open else int(last or first)))


def _checked_range(name: str, ages: object) -> AgeRange:
    if not (isinstance(ages, (tuple, list)) and len(ages) == 2):
        raise SchemaError(f"age groups: {name} is {ages!r}; give its first and last age, for example (6, 12).")
    first, last = ages
    whole = [isinstance(age, (int, np.integer)) and not isinstance(age, bool) for age in (first, last)]
    if not whole[0] or not (whole[1] or last is None):
        raise SchemaError(
            f"age groups: {name} has the ages {first!r} and {last!r}; they are whole numbers, and the last is None "
            "for an open group."
        )
    if first < 0 or (last is not None and last < first):
        raise SchemaError(
            f"age groups: {name} runs from {first} to {last}. The first age is at least 0, at most the last."
        )
    return int(first), None if last is None else int(last)


def _check_double(names: list[str]) -> None:
    double = [name for i, name in enumerate(names) if name in names[:i]]
    if double:
        raise SchemaError(f"age groups: {double[0]} is named {names.count(double[0])} times. Name it once.")


def _check_overlap(first: str, ages: AgeRange, second: str, others: AgeRange) -> None:
    low = max(ages[0], others[0])
    ends = [end for end in (ages[1], others[1]) if end is not None]
    high = min(ends) if ends else None
    if high is None or low <= high:
        shared = f"{low}+" if high is None else f"{low}" if low == high else f"{low}-{high}"
        raise SchemaError(
            f"age groups: {first} and {second} overlap, they share the ages {shared}; those people would count twice. "
            "Move a boundary, or make two tables."
        )


def _check_known(name: str, first: int, last: int | None, labels: np.ndarray) -> None:
    top = int(labels[-1]) if labels.size else -1
    if first > top:
        raise SchemaError(
            f"age groups: {name} begins at {first}, but the last age of the data is {top}, which is open. "
            f'Write "{top}+", or give data with more ages.'
        )
    wanted = np.arange(first, (top if last is None else last) + 1)
    absent = [age for age in wanted.tolist() if age not in labels]
    if absent:
        raise SchemaError(
            f"age groups: {name} has {len(absent)} ages that the data do not have: {short_list(absent)}; the data "
            f"have the ages {labels[0]} to {top}, the last one open. Change the group, or give those ages."
        )
