"""Life tables, single-year and abridged, and rates by the age reached during the year.

Mortality is published by exact age: m(x) of those between exact ages x and x+1.  The annual step meets cohorts, who
in one year go from the age band below to that of the age they reach.  With L(x) the person-years of the life table,

    s(0) = L(0) / l(0),   s(x) = L(x) / L(x-1),   s(open) = T(open) / T(open - 1)

are the survival ratios by age reached, and 2 (1 - s) / (1 + s) the central rates on the mean of start and end.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import xarray as xr

from kompaslite.rates.exposure import per_step
from kompaslite.schema import (
    SEXES,
    SchemaError,
    conform,
    reject,
    require_dims,
    require_values,
    short_list,
)

Infants = Literal["andreev-kingkade", "coale-demeny"]
Within = Literal["middle", "greville", "constant"]

#: Years lived in the first year by those who die in it, a0 = c0 + c1 m0 below each bound of m0. Andreev & Kingkade
#: (2015), as in the Methods Protocol of the Human Mortality Database, version 6, table 1.
_ANDREEV_KINGKADE = {
    "female": ((0.01724, 0.14903, -2.05527), (0.06891, 0.04667, 3.88089), (np.inf, 0.31411, 0.0)),
    "male": ((0.02300, 0.14929, -1.99545), (0.08307, 0.02832, 3.26021), (np.inf, 0.29915, 0.0)),
}
#: The same, and of ages 1-4 (four years together), by Coale & Demeny, West: Preston et al. (2001), table 3.3.
_COALE_DEMENY = {
    "female": ((0.107, 0.053, 2.800), (np.inf, 0.350, 0.0)),
    "male": ((0.107, 0.045, 2.684), (np.inf, 0.330, 0.0)),
}
_COALE_DEMENY_1_TO_4 = {
    "female": ((0.107, 1.522, -1.518), (np.inf, 1.361, 0.0)),
    "male": ((0.107, 1.651, -2.816), (np.inf, 1.352, 0.0)),
}


def life_table(
    mortality: xr.DataArray,
    *,
    ax: xr.DataArray | None = None,
    infants: Infants = "andreev-kingkade",
    within: Within = "middle",
    radix: float = 1.0,
) -> xr.Dataset:
    """Life table of death rates by exact age.

    Parameters
    ----------
    mortality : xr.DataArray
        Deaths per person-year, ``(..., age)``; each label is the first year of its age group, so that single years
        and abridged groups (0, 1, 5, 10, ...) both work. The last group is open.
    ax : xr.DataArray, optional
        Years lived in the age group by those who die in it, ``(..., age)``; overrides the rules below.
    infants : {"andreev-kingkade", "coale-demeny"}
        Rule for age 0, and for ages 1-4 where they are one group (always Coale-Demeny there). Without a dimension
        or coordinate ``sex`` the mean of the rules for the sexes.
    within : {"middle", "greville", "constant"}
        Elsewhere: the middle of the group; by the slope of the rates over the neighbouring groups (for groups of equal
        width from 5 years up); or as at a rate that is constant within the group, at which somebody is always left.
        The last rule serves wherever by the chosen one more people would die than reach the age: rates above 2/n.
    radix : float
        Births that the table starts with, above 0.

    Returns
    -------
    xr.Dataset
        ``m, a, q, l, d, L, T, e`` over the dimensions of `mortality`: rate, years lived by those who die,
        probability of dying, survivors, deaths, person-years, person-years above, expectancy (years).

    Raises
    ------
    SchemaError
        If a rate is negative or not a number, ages do not start at the first label of a life, nobody dies in the open
        age group, or more people would die in a group than reach it.

    References
    ----------
    .. [1] Preston, Heuveline & Guillot (2001), Demography, ch. 3.
    .. [2] Wilmoth et al. (2021), Methods Protocol for the Human Mortality Database, version 6.

    Examples
    --------
    >>> import xarray as xr
    >>> m = xr.DataArray([0.1, 0.1, 0.5], coords={"age": [0, 1, 2]})
    >>> table = life_table(m, ax=xr.full_like(m, 0.5))
    >>> table.l.values.round(4), table.e.sel(age=0).item()
    (array([1.    , 0.9048, 0.8186]), 3.451...)
    """
    require_dims(mortality, "mortality", needed=("age",), allowed=None)
    mortality = conform(mortality, "mortality")
    require_values(
        mortality,
        "mortality",
        low=0.0,
        high=10.0,
        words="are not death rates",
        mend="Rates per 1,000 must be divided by 1,000.",
    )
    if not mortality.sizes["age"]:
        raise SchemaError("mortality: it has no ages. Check what was selected.")
    if radix <= 0.0:
        raise SchemaError(f"life_table: radix {radix:g} is not above 0. Give for example 100_000.")
    rates = mortality.transpose(..., "age")
    widths = np.diff(rates["age"].values).astype(float)
    _check_open(rates)
    lived = _years_lived(rates, widths, ax, infants=infants, within=within)
    _check_left(rates, lived)
    columns = _columns(rates.values.astype(float), lived, widths, radix)
    dims = mortality.dims
    return xr.Dataset({name: rates.copy(data=values).transpose(*dims).drop_attrs() for name, values in columns.items()})


def survival_ratios(table: xr.Dataset, *, open_age: int | None = None) -> xr.DataArray:
    """Survival of cohorts through one year, by the age reached, from a single-year life table.

    Parameters
    ----------
    table : xr.Dataset
        As from `life_table`, of single years of age from 0.
    open_age : int, optional
        First age of the open group of the population, at most that of the table; None: that of the table.

    Returns
    -------
    xr.DataArray
        Shares between 0 and 1, ``(..., age)``: age 0 of births, the open age of those who were there or reach it.

    Raises
    ------
    SchemaError
        If this is no life table, it is not of single years from 0, or `open_age` is not in it.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> from kompaslite.rates import life_table
    >>> rates = xr.DataArray(np.full(111, 0.02), coords={"age": np.arange(111)}, attrs={"units": "1/year"})
    >>> round(float(survival_ratios(life_table(rates)).sel(age=50)), 4)
    0.9802
    """
    if not isinstance(table, xr.Dataset) or not {"l", "L", "T"} <= set(table.data_vars):
        raise SchemaError(
            "survival_ratios: a life table with its columns l, L and T is needed. Make it by life_table()."
        )
    ages = table["age"].values
    _check_single(ages, "survival_ratios")
    last = int(ages[-1]) if open_age is None else open_age
    if last not in ages or last < 1:
        raise SchemaError(f"survival_ratios: open age {last} is not among the ages 1 to {ages[-1]} of the life table.")
    lived = table["L"].transpose(..., "age")
    above = table["T"].transpose(..., "age").values
    person_years, born = lived.values, table["l"].transpose(..., "age").values[..., :1]
    words = "survival_ratios: nobody lives in {bad} of {all} cells below the open age, first at {cell}."
    mend = "Choose a lower open_age, or lower the rates below it to less than 2."
    reject(lived.isel(age=slice(None, last)) <= 0.0, None, words, mend)
    inner = person_years[..., 1:last] / person_years[..., : last - 1]
    ends = above[..., last : last + 1] / above[..., last - 1 : last]
    values = np.concatenate([person_years[..., :1] / born, inner, ends], axis=-1)
    result = lived.isel(age=slice(0, last + 1)).copy(data=values)
    return result.transpose(*table["L"].dims).rename("survival").assign_attrs(units="1")


def cohort_rates(mortality: xr.DataArray, *, open_age: int | None = None) -> xr.DataArray:
    """Central death rates by age reached during the year, from rates by exact age.

    Parameters
    ----------
    mortality : xr.DataArray
        Deaths per person-year by exact age, single years from 0, ``(..., age)``, as in published life tables.
    open_age : int, optional
        First age of the open group of the population that the rates are for; None: that of `mortality`.

    Returns
    -------
    xr.DataArray
        Deaths per person-year on the mean of the cohort's start and end, ``(..., age)``.

    Raises
    ------
    SchemaError
        If the ages are not single years from 0, `open_age` is not among them, or a value is no death rate.

    Examples
    --------
    >>> import xarray as xr
    >>> m = xr.DataArray([0.004, 0.001, 0.002, 0.5], coords={"age": [0, 1, 2, 3]})
    >>> cohort_rates(m, open_age=2).values.round(5)
    array([0.00343, 0.00106, 0.28625])
    """
    ratios = survival_ratios(life_table(mortality), open_age=open_age)
    result = 2.0 * (1.0 - ratios) / (1.0 + ratios)
    return result.rename("mortality").assign_attrs(mortality.attrs | {"units": "1/year"})


def life_expectancy(mortality: xr.DataArray) -> xr.DataArray:
    """Life expectancy at birth of central rates by age reached.

    Parameters
    ----------
    mortality : xr.DataArray
        Deaths per person-year by age reached, from 0, ``(..., age)``, as the annual step uses them; ages in groups of
        one width, with rates per year or, as the units say, per step of that many years.

    Returns
    -------
    xr.DataArray
        Years, without ``age``.

    Raises
    ------
    SchemaError
        If the ages are not of one width from 0, nobody dies in the open age group, or a rate lies outside 0 to 2.

    Examples
    --------
    >>> import xarray as xr
    >>> m = cohort_rates(xr.DataArray([0.004, 0.001, 0.002, 0.5], coords={"age": [0, 1, 2, 3]}))
    >>> round(life_expectancy(m).item(), 4)
    4.9722
    """
    require_dims(mortality, "mortality", needed=("age",), allowed=None)
    mortality = conform(mortality, "mortality")
    if not mortality.sizes["age"] or mortality["age"].values[0] != 0:
        _check_single(mortality["age"].values, "life_expectancy")
    rates, width = per_step(mortality, "mortality")
    require_values(rates, "mortality", low=0.0, high=2.0, words="are not rates between 0 and 2 per age group")
    _check_open(rates)
    years = width * expectancy(np.moveaxis(rates.values, rates.get_axis_num("age"), -1))
    result = mortality.isel(age=0, drop=True).copy(data=years)
    return result.rename("life_expectancy").drop_attrs().assign_attrs(units="years")


def expectancy(rates: np.ndarray) -> np.ndarray:
    """Life expectancy at birth of central rates by age reached, in age groups; ages on the last axis."""
    ratios = (1.0 - 0.5 * rates) / (1.0 + 0.5 * rates)
    person_years = np.cumprod(ratios[..., :-1], axis=-1)
    last = ratios[..., -1]
    result: np.ndarray = person_years.sum(axis=-1) + person_years[..., -1] * last / (1.0 - last)
    return result


def _check_single(ages: np.ndarray, name: str) -> None:
    if not ages.size or ages[0] != 0 or np.any(np.diff(ages) != 1):
        raise SchemaError(
            f"{name}: single years of age from 0 are needed; the ages are {short_list(ages.tolist()) or 'none'}. "
            "Graduate the table first."
        )


def _check_open(rates: xr.DataArray) -> None:
    words = "mortality: nobody dies in the open age group, so its life is endless; the first at {cell}."
    reject(rates.isel(age=[-1]) <= 0.0, None, words, "Give a rate above 0, for example from a wider area.")


def _check_left(rates: xr.DataArray, lived: np.ndarray) -> None:
    """Q = n m / (1 + (n - a) m) is at most 1 where those who die live at most 1/m years in the group."""
    inner = rates.isel(age=slice(None, -1))
    words = (
        "mortality: in {bad} of {all} cells more people would die than reach the age; the first rate is {first:g} at "
        "{cell}, and those who die there cannot live so long in it."
    )
    mend = "Give fewer years with ax=, at most 1/m, or leave it out."
    reject(inner.copy(data=inner.values * lived > 1.0 + 1e-12), inner, words, mend)


def _years_lived(
    rates: xr.DataArray, widths: np.ndarray, ax: xr.DataArray | None, *, infants: Infants, within: Within
) -> np.ndarray:
    if ax is not None:
        given = ax.broadcast_like(rates).transpose(*rates.dims)
        require_values(given, "ax", low=0.0, words="are not years of at least 0")
        return given.values.astype(float)[..., :-1]
    lived = np.broadcast_to(0.5 * widths, (*rates.shape[:-1], widths.size)).copy()
    if within == "greville":
        _greville(lived, rates.values, widths)
    ages = rates["age"].values
    if ages[0] == 0 and widths.size and widths[0] == 1.0 and within != "constant":
        rule = _ANDREEV_KINGKADE if infants == "andreev-kingkade" else _COALE_DEMENY
        first = rates.isel(age=0)
        lived[..., 0] = _by_sex(first, rule)
        if widths.size > 1 and widths[1] == 4.0:
            lived[..., 1] = _by_sex(first, _COALE_DEMENY_1_TO_4)
    inner = rates.values[..., :-1]
    impossible = (inner * lived > 1.0) | (within == "constant")
    return np.where(impossible, _constant(inner, widths), lived)


def _greville(lived: np.ndarray, rates: np.ndarray, widths: np.ndarray) -> None:
    """Fill in n/2 - n^2/12 (m - slope of log m), where the group and both neighbours are of one width."""
    for i in range(1, widths.size - 1):
        n = widths[i]
        if n < 5.0 or widths[i - 1] != n or widths[i + 1] != n:
            continue
        below, here, above = rates[..., i - 1], rates[..., i], rates[..., i + 1]
        known = (below > 0.0) & (above > 0.0)
        slope = np.log(np.where(known, above, 1.0) / np.where(known, below, 1.0)) / (2.0 * n)
        lived[..., i] = np.where(known, 0.5 * n - n * n / 12.0 * (here - slope), lived[..., i])


def _constant(rates: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """A = 1/m - n / (exp(n m) - 1), the middle of the group where hardly anybody dies."""
    risk = rates * widths
    known = np.where(risk > 1e-5, risk, 1.0)
    result: np.ndarray = widths * np.where(risk > 1e-5, 1.0 / known - 1.0 / np.expm1(known), 0.5 - risk / 12.0)
    return result


def _by_sex(first: xr.DataArray, rule: Mapping[str, tuple[tuple[float, float, float], ...]]) -> np.ndarray:
    values = {sex: _piecewise(first.values, rule[sex]) for sex in SEXES}
    if "sex" not in first.coords:
        mean: np.ndarray = 0.5 * (values["female"] + values["male"])
        return mean
    result: np.ndarray = np.where(
        (first["sex"] == "female").broadcast_like(first).values, values["female"], values["male"]
    )
    return result


def _piecewise(rates: np.ndarray, pieces: tuple[tuple[float, float, float], ...]) -> np.ndarray:
    bounds = np.array([piece[0] for piece in pieces[:-1]])
    which = np.searchsorted(bounds, rates, side="right")
    result: np.ndarray = np.array([p[1] for p in pieces])[which] + np.array([p[2] for p in pieces])[which] * rates
    return result


def _columns(rates: np.ndarray, lived: np.ndarray, widths: np.ndarray, radix: float) -> dict[str, np.ndarray]:
    inner = rates[..., :-1]
    dying = widths * inner / (1.0 + (widths - lived) * inner)
    one = np.ones((*rates.shape[:-1], 1))
    survivors = radix * np.concatenate([one, np.cumprod(1.0 - dying, axis=-1)], axis=-1)
    probability = np.concatenate([dying, one], axis=-1)
    deaths = survivors * probability
    left = 1.0 / rates[..., -1:]
    person_years = np.concatenate(
        [widths * survivors[..., 1:] + lived * deaths[..., :-1], survivors[..., -1:] * left], axis=-1
    )
    above = np.cumsum(person_years[..., ::-1], axis=-1)[..., ::-1]
    expected = np.broadcast_to(left, rates.shape).copy()
    for i in range(widths.size - 1, -1, -1):  # of those who reach an age, be there anybody or not
        q = dying[..., i]
        expected[..., i] = lived[..., i] * q + (1.0 - q) * (widths[i] + expected[..., i + 1])
    a = np.concatenate([lived, left], axis=-1)
    names = ("m", "a", "q", "l", "d", "L", "T", "e")
    return dict(zip(names, (rates, a, probability, survivors, deaths, person_years, above, expected), strict=True))
