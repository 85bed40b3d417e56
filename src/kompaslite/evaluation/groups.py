"""Age groups and size classes by which errors are shown."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import xarray as xr

from kompaslite.schema import SchemaError, require_array, require_dims, require_values, short_list
from kompaslite.schema.age_groups import NOTE_AGE_GROUPS, AgeGroups, sum_over_ages

#: Smallest population of each size class, by its label.
SIZE_CLASSES: dict[str, int] = {
    "under 3,000": 0,
    "3,000-7,999": 3_000,
    "8,000-19,999": 8_000,
    "20,000-49,999": 20_000,
    "50,000 and over": 50_000,
}


def sum_groups(array: xr.DataArray, groups: AgeGroups = NOTE_AGE_GROUPS, *, complete: bool = False) -> xr.DataArray:
    """Sum single ages into groups.

    Parameters
    ----------
    array : xr.DataArray
        Counts with dimension ``age``; the last age is open.
    groups : mapping or sequence of str
        Written as ``"0"``, ``"1-5"``, ``"95+"``, or names to first and last age; those of the population note unless
        given.
    complete : bool
        Whether every age must belong to a group.

    Returns
    -------
    xr.DataArray
        The same unit, ``age_group`` in the place of ``age``. A missing value makes its group missing.

    Raises
    ------
    SchemaError
        If there are no ages, groups overlap, or they name ages that are not in `array`.

    Examples
    --------
    >>> import xarray as xr
    >>> people = xr.DataArray([1.0, 2.0, 4.0], coords={"age": [0, 1, 2]})
    >>> sum_groups(people, ["0", "1+"]).values
    array([1., 6.])
    """
    require_array(array, "sum_groups")
    require_dims(array, "sum_groups", needed=["age"], allowed=None)
    return sum_over_ages(array, groups, complete=complete)


def in_groups(array: xr.DataArray, groups: AgeGroups | None, *, complete: bool = False) -> xr.DataArray:
    """Sums over age groups; unless groups are named, those of the note, and wider ages each by itself."""
    ages = array["age"].values
    if groups is not None or ages.size < 2 or int(ages[1] - ages[0]) == 1:
        return sum_groups(array, NOTE_AGE_GROUPS if groups is None else groups, complete=complete)
    names = [*(f"{first}-{after - 1}" for first, after in pairwise(ages.tolist())), f"{ages[-1]}+"]
    return array.rename(age="age_group").assign_coords(age_group=np.array(names, dtype=object))


def size_class(persons: xr.DataArray, classes: Mapping[str, int] | None = None) -> xr.DataArray:
    """Size class of each population.

    Parameters
    ----------
    persons : xr.DataArray
        Persons, any dimensions.
    classes : mapping of str to int, optional
        Smallest population of each class by label, ascending from 0; `SIZE_CLASSES` unless given.

    Returns
    -------
    xr.DataArray
        The labels, same dimensions.

    Raises
    ------
    SchemaError
        If the classes do not ascend from 0, or a population is no number of at least 0.

    Examples
    --------
    >>> import xarray as xr
    >>> size_class(xr.DataArray([2_500, 133_228], dims="area")).values.tolist()
    ['under 3,000', '50,000 and over']
    """
    chosen = SIZE_CLASSES if classes is None else classes
    if not isinstance(chosen, Mapping):
        raise SchemaError('classes: the smallest population by label is needed, {"small": 0, "large": 10_000}.')
    edges = list(chosen.values())
    if not edges or edges[0] != 0 or edges != sorted(set(edges)):
        raise SchemaError(f"classes: the smallest populations must ascend from 0; they are {short_list(edges)}.")
    require_array(persons, "persons")
    require_values(persons, "persons", low=0.0, words="are not populations of at least 0")
    position = np.searchsorted(edges, persons.values, side="right") - 1
    return persons.copy(data=np.array(list(chosen), dtype=object)[position])


def class_membership(persons: xr.DataArray, classes: Mapping[str, int] | None = None) -> xr.DataArray:
    """Ones and zeros: which population is of which size class."""
    labels = np.array(list(SIZE_CLASSES if classes is None else classes), dtype=object)
    of = size_class(persons, classes)
    return (of == xr.DataArray(labels, coords={"size_class": labels})).astype(float)
