"""Assumptions that lead to a given population: every forecast of persons fits the contract of a method."""

import numpy as np
import xarray as xr

from kompaslite.accounts import age_up
from kompaslite.rates.fertility import SEX_RATIO_AT_BIRTH
from kompaslite.schema import (
    SEXES,
    SchemaError,
    count_unit,
    describe_cell,
    first_cell,
    in_order,
    rate_unit,
    require_dims,
)


def assumptions_for_path(path: xr.DataArray, rates: xr.Dataset | None = None) -> xr.Dataset:
    """Assumptions with which `project` gives this population, to rounding, in the default convention.

    Without rates nothing is said about births, deaths and moves: mortality and fertility are 0 and all change is
    ``adjustment``. With rates, births and deaths follow from them and the rest is net migration::

        D = m (S + E) / 2        N = E - S + D

    with S the start and E the end of the cohort. A net gain is the count ``in_migration``, a net loss the rate
    ``out_migration`` on the same exposure, so that no cell can fall below nobody by rounding.

    Parameters
    ----------
    path : xr.DataArray
        Persons, ``(..., sex, age, year)``, the jump-off year first, each later year one after the other.
    rates : xr.Dataset, optional
        ``mortality``, ``fertility`` and ``sex_ratio_at_birth`` for the flow years of `path`, by age reached.

    Returns
    -------
    xr.Dataset
        ``fertility``, ``sex_ratio_at_birth``, ``mortality``, and ``adjustment`` or ``in_migration`` and
        ``out_migration``.

    Raises
    ------
    SchemaError
        If the path has negative or missing persons, or fewer than two years.

    Examples
    --------
    >>> import xarray as xr
    >>> from kompaslite.engine import project
    >>> people = xr.DataArray(
    ...     [[[5.0, 6.0], [3.0, 4.0], [2.0, 5.0]], [[5.0, 6.0], [3.0, 4.0], [2.0, 1.0]]],
    ...     coords={"sex": ["female", "male"], "age": [0, 1, 2], "year": [2025, 2026]},
    ...     attrs={"units": "persons"},
    ... )
    >>> project(people.sel(year=2025), reach(people)).population.sel(sex="male", year=2026).values
    array([6., 4., 1.])
    """
    require_dims(path, "path", needed=("sex", "age", "year"))
    ordered = path.transpose(*in_order(path.dims)).reset_coords(drop=True)
    _check_path(ordered)
    years = ordered["year"].values[:-1]
    end = ordered.isel(year=slice(1, None)).assign_coords(year=years)
    if rates is None:
        return xr.Dataset({**_nobody(ordered, years), "adjustment": _changes(ordered, end)})
    start = age_up(ordered.isel(year=slice(None, -1)))
    start = start + _births(rates, start, end)
    exposed = (start + end) / 2.0
    net = (end - start + rates["mortality"] * exposed).transpose(*end.dims)
    lost = (-net / exposed.where(exposed > 0.0, 1.0)).clip(min=0.0).transpose(*end.dims)
    return rates[["fertility", "sex_ratio_at_birth", "mortality"]].assign(
        in_migration=net.clip(min=0.0).assign_attrs(units=count_unit()),
        out_migration=lost.assign_attrs(units=rate_unit()),
    )


def _check_path(path: xr.DataArray) -> None:
    if path.sizes["year"] < 2 or np.any(np.diff(path["year"].values) != 1):
        raise SchemaError("path: at least two years are needed, one after the other, the jump-off year first.")
    bad = path.copy(data=~(path.values >= 0.0))
    if bool(bad.any()):
        cell = first_cell(bad)
        raise SchemaError(
            f"path: {int(bad.sum()):,} of {bad.size:,} cells are not counts of at least 0; the first is "
            f"{float(path.sel(cell)):g} at {describe_cell(cell)}. The method takes away more people than there are: "
            "damp its trend, or use it for fewer years."
        )


def _changes(path: xr.DataArray, end: xr.DataArray) -> xr.DataArray:
    """What each cohort gains, from where the steps before have put it, so that no rounding leaves fewer than nobody."""
    now, changes = path.isel(year=0, drop=True), []
    for year in end["year"].values:
        start = age_up(now)
        changes.append(end.sel(year=year, drop=True) - start)
        now = start + changes[-1]
    whole = xr.concat(changes, dim=xr.Variable("year", end["year"].values))
    return whole.transpose(*end.dims).assign_attrs(units=count_unit())


def _nobody(path: xr.DataArray, years: np.ndarray) -> dict[str, xr.DataArray]:
    """Rates that say nothing: nobody is born, nobody dies."""
    ages, sexes = path["age"].values, path["sex"].values
    none = xr.DataArray(np.zeros((len(ages), len(years))), coords={"age": ages, "year": years})
    return {
        "fertility": none.assign_attrs(units=rate_unit()),
        "sex_ratio_at_birth": xr.DataArray(SEX_RATIO_AT_BIRTH, attrs={"units": "1"}),
        "mortality": none.expand_dims(sex=sexes).assign_attrs(units=rate_unit()),
    }


def _births(rates: xr.Dataset, start: xr.DataArray, end: xr.DataArray) -> xr.DataArray:
    """Births by sex at age 0, from the mean of each cohort's women at the start and the end of the year."""
    women = ((start + end) / 2.0).sel(sex=SEXES[0], drop=True)
    mothers = women.where(women["age"] > women["age"][0], 0.0)
    born = (mothers * rates["fertility"]).sum("age")
    girls = 1.0 / (1.0 + rates["sex_ratio_at_birth"])
    children = xr.concat([born * girls, born * (1.0 - girls)], dim=xr.Variable("sex", list(SEXES)))
    return children.expand_dims(age=start["age"].values[:1]).reindex(age=start["age"].values, fill_value=0.0)
