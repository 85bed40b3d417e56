"""Fertility: births by mother's age over the women who could bear them."""

import xarray as xr

from kompaslite.accounts import Accounts, newborns
from kompaslite.rates.credibility import Strengths
from kompaslite.rates.exposure import PER_1000, fitting_years, rate, women
from kompaslite.rates.shrinking import check_pooled, shrunk_rates
from kompaslite.schema import (
    SchemaError,
    conform,
    describe_cell,
    first_cell,
    require_dims,
    require_labels,
    require_values,
)

#: Boys per girl where births are not known by sex: Norway 1990-2023 (registered births), 1.055 to the third decimal.
SEX_RATIO_AT_BIRTH = 1.055


def fit_fertility(
    observed: Accounts,
    *,
    window: int | None = 10,
    annual: bool = False,
    schedule: xr.DataArray | None = None,
    shrink_to: xr.DataArray | None = None,
    strengths: Strengths | None = None,
) -> xr.DataArray:
    """Age-specific fertility rates from observed births and women's exposure.

    The exposure is the mean of the cohort's women at the start and the end of the year, so that births projected
    with these rates over the same years are the observed births, by mother's age and by sex of the child.

    Parameters
    ----------
    observed : Accounts
        Births (persons per year) and 1 January population.
    window : int or None
        Years back from the last observed year, at least 1; None takes all years.
    annual : bool
        One schedule for each year instead of one for all years together.
    schedule : xr.DataArray, optional
        Births per woman and year, ``(age,)`` and any other dimension, the shape that is used where births are known
        without the mother's age; the level is fitted.
    shrink_to : xr.DataArray, optional
        Rates of the nation or a group, ``(age,)`` and any other dimension: local rates are shrunk towards them by
        their credibility (`shrink`), of level and of shape; without the mother's age, of the level.
    strengths : Strengths, optional
        What local data weigh, as learned elsewhere; None: learned from these areas.

    Returns
    -------
    xr.DataArray
        Births per woman and year by age reached, ``(..., age)``, with ``year`` if `annual`; ages from the youngest
        to the oldest with births.  ``attrs["units"]`` is ``"1/year"``.  Where births are known by sex of the
        child, the coordinate ``sex_ratio_at_birth`` has boys per girl: of each cell and year if `annual`, else of
        all areas and years together, because local deviations of a few years are chance.  If shrunk, the
        coordinates ``level``, ``level_weight`` and ``shape_weight`` report what the local data weigh.

    Raises
    ------
    SchemaError
        If births are absent, shorter than the window, known without age where no schedule is given, or to be shrunk
        year by year.

    References
    ----------
    .. [1] Preston, Heuveline & Guillot (2001), Demography, ch. 5.

    Examples
    --------
    >>> import xarray as xr
    >>> people = xr.DataArray(
    ...     [[[50.0, 50.0], [50.0, 50.0], [50.0, 50.0]], [[50.0, 50.0], [50.0, 50.0], [50.0, 50.0]]],
    ...     coords={"sex": ["female", "male"], "age": [0, 1, 2], "year": [2025, 2026]},
    ...     attrs={"units": "persons"},
    ... )
    >>> born = xr.DataArray(
    ...     [[[0.0], [4.0], [0.0]], [[0.0], [6.0], [0.0]]],
    ...     coords={"sex": ["female", "male"], "age": [0, 1, 2], "year": [2025]},
    ...     attrs={"units": "persons/year"},
    ... )
    >>> fitted = fit_fertility(Accounts(people, xr.Dataset({"births": born})), window=1)
    >>> fitted.values, fitted.sex_ratio_at_birth.item()
    (array([0.2]), 1.5)
    """
    years = fitting_years(observed, "births", window)
    births = observed.flows["births"].sel(year=years)
    mothers = women(observed, years)
    total = births.sum("sex") if "sex" in births.dims else births
    if shrink_to is not None:
        check_pooled(annual)
        result = shrunk_rates(total, mothers, shrink_to, name="fertility", strengths=strengths)
    elif "age" in births.dims:
        result = _fertile(rate(total, mothers, "fertility", annual=annual, step=observed.step))
    else:
        result = _levelled(total, mothers, schedule, annual=annual, step=observed.step)
    if "sex" in births.dims:
        result = result.assign_coords(sex_ratio_at_birth=_sex_ratio(newborns(births), annual=annual))
    return result


def total_fertility(fertility: xr.DataArray) -> xr.DataArray:
    """Children that a woman would have at these rates: their sum over age.

    Parameters
    ----------
    fertility : xr.DataArray
        Births per woman and year, ``(..., age)``.

    Returns
    -------
    xr.DataArray
        Without ``age``; ``attrs["units"] == "1"``.

    Raises
    ------
    SchemaError
        If there are no ages, or a rate is missing.
    """
    require_dims(fertility, "fertility", needed=("age",), allowed=None)
    require_values(fertility, "fertility", mend="Give every age a rate; one that is nil is given as 0.")
    return fertility.sum("age").rename("total_fertility").assign_attrs(units="1")


def _fertile(rates: xr.DataArray) -> xr.DataArray:
    others = [dim for dim in rates.dims if dim != "age"]
    with_births = rates["age"].values[(rates > 0.0).any(others).values]
    if not with_births.size:
        raise SchemaError("fertility: there is not one birth in the window. Give a longer one.")
    return rates.sel(age=slice(with_births[0], with_births[-1]))


def _levelled(
    total: xr.DataArray, mothers: xr.DataArray, schedule: xr.DataArray | None, *, annual: bool, step: int
) -> xr.DataArray:
    if schedule is None:
        raise SchemaError(
            "births: they are known without the mother's age, so a schedule is needed for the shape. Give schedule=, "
            "for example the nation's rates."
        )
    shape = _on_ages_of(schedule, mothers)
    level = rate(total, (mothers * shape).sum("age"), "fertility", annual=annual, step=step)
    result = level * schedule
    attrs = level.attrs | {"source": "local level, given schedule"}
    return result.rename("fertility").transpose(..., "age", *(["year"] if annual else [])).assign_attrs(attrs)


def _on_ages_of(schedule: xr.DataArray, mothers: xr.DataArray) -> xr.DataArray:
    require_dims(schedule, "schedule", needed=("age",))
    schedule = conform(schedule, "schedule")
    require_values(schedule, "schedule", low=0.0, high=10.0, words="are not births per woman and year", mend=PER_1000)
    ages = mothers["age"].values
    full = schedule.reindex(age=sorted({*ages.tolist(), *schedule["age"].values.tolist()}), fill_value=0.0)
    return require_labels(full, "age", ages, "schedule")


def _sex_ratio(born: xr.DataArray, *, annual: bool) -> xr.DataArray:
    if not annual:
        born = born.sum([dim for dim in born.dims if dim != "sex"])
    girls, boys = born.sel(sex="female", drop=True), born.sel(sex="male", drop=True)
    without_girls = (girls <= 0.0) & (boys > 0.0)
    if bool(without_girls.any()):
        raise SchemaError(
            f"births: only boys were born in {int(without_girls.sum()):,} cells, the first at "
            f"{describe_cell(first_cell(without_girls))}, so boys per girl is not a number. Fit all years together, "
            "or drop the sex of the child with births.sum('sex')."
        )
    somebody = girls > 0.0
    return (
        (boys / girls.where(somebody, 1.0)).where(somebody, SEX_RATIO_AT_BIRTH).assign_attrs(units="1", source="local")
    )
