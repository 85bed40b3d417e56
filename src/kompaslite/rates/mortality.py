"""Mortality: deaths over exposure, by age reached during the year."""

import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.rates.credibility import Strengths
from kompaslite.rates.exposure import PER_1000, cohort_end, cohort_start, exposure, fitting_years, rate
from kompaslite.rates.shrinking import check_pooled, shrunk_rates
from kompaslite.rates.trend import over_years
from kompaslite.schema import SchemaError, require_dims, require_labels, require_values


def fit_mortality(
    observed: Accounts,
    *,
    window: int | None = 5,
    annual: bool = False,
    schedule: xr.DataArray | None = None,
    shrink_to: xr.DataArray | None = None,
    strengths: Strengths | None = None,
) -> xr.DataArray:
    """Central death rates by age reached, from observed deaths and the cohorts' exposure.

    The exposure is that of the annual step in the default convention, so that deaths projected with these rates
    over the same years are the observed deaths.

    Parameters
    ----------
    observed : Accounts
        Deaths (persons per year), births by sex, and 1 January population.
    window : int or None
        Years back from the last observed year, at least 1; None takes all years.
    annual : bool
        One schedule for each year instead of one for all years together.
    schedule : xr.DataArray, optional
        Death rates by age reached, ``(sex, age)`` and any other dimension, for the shape where deaths are known
        without age; the level is fitted.
    shrink_to : xr.DataArray, optional
        Rates of the nation or a group by age reached, ``(sex, age)`` and any other dimension: local rates are shrunk
        towards them by their credibility (`shrink`), of level and of shape; without age, of the level.
    strengths : Strengths, optional
        What local data weigh, as learned elsewhere; None: learned from these areas.

    Returns
    -------
    xr.DataArray
        Deaths per person-year, ``(..., sex, age)``, with ``year`` if `annual`.  ``attrs["units"]`` is ``"1/year"``.
        If shrunk, the coordinates ``level``, ``level_weight`` and ``shape_weight`` report what the local data weigh.

    Raises
    ------
    SchemaError
        If deaths or births are absent, deaths are shorter than the window, known without age where no schedule is
        given, or to be shrunk year by year.

    References
    ----------
    .. [1] Preston, Heuveline & Guillot (2001), Demography, ch. 2 and 3.

    Examples
    --------
    >>> import xarray as xr
    >>> labels = {"sex": ["female", "male"], "age": [0, 1]}
    >>> people = xr.DataArray(
    ...     [[[8.0, 8.0], [40.0, 44.0]], [[8.0, 8.0], [40.0, 44.0]]],
    ...     coords=labels | {"year": [2025, 2026]},
    ...     attrs={"units": "persons"},
    ... )
    >>> flow = xr.DataArray(
    ...     [[[0.0], [4.0]], [[0.0], [4.0]]], coords=labels | {"year": [2025]}, attrs={"units": "persons/year"}
    ... )
    >>> born = flow.sum("age", keep_attrs=True) * 2.0
    >>> born.attrs["units"] = "persons/year"
    >>> fit_mortality(Accounts(people, xr.Dataset({"births": born, "deaths": flow})), window=1).sel(sex="male").values
    array([0. , 0.0869...])
    """
    years = fitting_years(observed, "deaths", window)
    deaths = observed.flows["deaths"].sel(year=years)
    exposed = exposure(observed, years)
    if shrink_to is not None:
        check_pooled(annual)
        return shrunk_rates(deaths, exposed, shrink_to, name="mortality", strengths=strengths)
    if "age" in deaths.dims:
        if "sex" not in deaths.dims:
            exposed = exposed.sum("sex")
        return rate(deaths, exposed, "mortality", annual=annual, step=observed.step)
    return _levelled(deaths, exposed, schedule, annual=annual, step=observed.step)


def _levelled(
    deaths: xr.DataArray, exposed: xr.DataArray, schedule: xr.DataArray | None, *, annual: bool, step: int
) -> xr.DataArray:
    if schedule is None:
        raise SchemaError(
            "deaths: they are known without age, so a schedule is needed for the shape. Give schedule=, for example "
            "the nation's rates by age reached."
        )
    require_dims(schedule, "schedule", needed=("sex", "age"))
    require_values(schedule, "schedule", low=0.0, high=2.0, words="are not rates between 0 and 2", mend=PER_1000)
    schedule = require_labels(schedule, "age", exposed["age"].values, "schedule")
    others = ["age"] if "sex" in deaths.dims else ["sex", "age"]
    level = rate(deaths, (exposed * schedule).sum(others), "mortality", annual=annual, step=step)
    result = (level * schedule).transpose(..., "sex", "age", *(["year"] if annual else []))
    return result.rename("mortality").assign_attrs(level.attrs | {"source": "local level, given schedule"})


def mortality_level(
    population: xr.DataArray, mortality: xr.DataArray, *, min_age: int = 80, strength: float = 200.0
) -> xr.DataArray:
    """Local level of mortality from populations alone: how much faster or slower the old become fewer than expected."""
    observed = Accounts(population)
    years = observed.population["year"].values[:-1]
    ages = observed.population["age"].values
    if years.size < 1 or observed.step != 1 or not 0 < min_age <= ages[-1] or strength < 0.0:
        raise SchemaError(
            f"mortality_level: at least two consecutive years are needed, min_age {min_age} among the ages 1 to "
            f"{ages[-1]}, and strength {strength:g} at least 0."
        )
    require_values(mortality, "mortality", low=0.0, high=2.0, words="are not rates between 0 and 2")
    rates = over_years(require_labels(mortality, "age", ages, "mortality"), years, name="mortality")
    old = ages[ages >= min_age]
    start, end = (part.sel(age=old) for part in (cohort_start(observed, years), cohort_end(observed, years)))
    over = ["sex", "age", "year"]
    lost = (start - end).sum(over)
    expected = (0.5 * (start + end) * rates.sel(age=old)).sum(over)
    level = (lost + strength) / (expected + strength)
    return level.assign_coords(weight=expected / (expected + strength)).rename("level").assign_attrs(units="1")
