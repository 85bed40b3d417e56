"""Reference methods: what any other method must beat.

All but the plain cohort-component method need nothing but populations. Windows are in years; of accounts in longer
steps they are whole numbers of steps.
"""

from collections.abc import Sequence
from functools import partial
from numbers import Real

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts, age_up
from kompaslite.assumptions import assume
from kompaslite.methods.contract import Method, Sources, flow_years
from kompaslite.methods.paths import assumptions_for_path
from kompaslite.rates import fit_fertility, fit_migration, fit_mortality, residual_accounts
from kompaslite.schema import (
    PERSONS,
    SEXES,
    SchemaError,
    reject,
    require_labels,
    require_whole,
)

#: Ages of the women to whom Hamilton-Perry relates children.
CHILDBEARING = slice(15, 49)


def no_change(observed: Accounts, years: Sequence[int], *, sources: Sources | None = None) -> xr.Dataset:  # noqa: ARG001
    """The population stays as it is, at every age.

    Parameters
    ----------
    observed : Accounts
        At least one year.
    years : sequence of int
        Flow years.
    sources : Sources, optional
        Not needed.

    Returns
    -------
    xr.Dataset
        Assumptions of which all change is ``adjustment``, see `assumptions_for_path`.

    Raises
    ------
    SchemaError
        If an area is empty, or the years do not follow the last observed one.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.methods import forecast_by
    >>> coming = forecast_by(no_change, made_up(1, years=[2025, 2026]), [2026, 2027]).population
    >>> coming.sum(["sex", "age"]).values.round().tolist()
    [[2998.0, 2998.0, 2998.0]]
    """
    return assumptions_for_path(_scaled(observed, flow_years(observed, years, "no_change"), 0.0))


def linear_trend(years: int, *, at_least: int | None = None) -> Method:
    """The total goes on as in the last years; the shares of sexes and ages stay.

    Parameters
    ----------
    years : int
        Over how many years the mean annual change is taken, at least 1.
    at_least : int, optional
        What suffices where there are fewer; half of `years` unless given.

    Returns
    -------
    Method
        It raises SchemaError if the history is too short.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.methods import forecast_by
    >>> coming = forecast_by(linear_trend(5), made_up(1, years=range(2018, 2027)), [2026, 2027]).population
    >>> coming.sum(["sex", "age"]).values.round().tolist()
    [[3066.0, 3076.0, 3086.0]]
    """
    return _trend(years, at_least, share=1.0, name=f"linear_trend({years})")


def half_trend(years: int, *, at_least: int | None = None) -> Method:
    """The total goes on by half of the mean annual change of the last years; the shares of sexes and ages stay.

    Parameters
    ----------
    years, at_least : int
        As in `linear_trend`.

    Returns
    -------
    Method
        It raises SchemaError if the history is too short.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.methods import forecast_by
    >>> coming = forecast_by(half_trend(5), made_up(1, years=range(2018, 2027)), [2026, 2027]).population
    >>> coming.sum(["sex", "age"]).values.round().tolist()
    [[3066.0, 3071.0, 3076.0]]
    """
    return _trend(years, at_least, share=0.5, name=f"half_trend({years})")


def hamilton_perry(*, window: int | None = None, births_window: int = 5, shrink: float = 100.0) -> Method:
    """Cohort change ratios: each cohort changes as cohorts of its age and sex did in the area.

    Parameters
    ----------
    window : int, optional
        Years of change that are pooled; all that are known unless given.
    births_window : int
        The same for children per woman, at most; shorter, because fertility moves faster than cohorts do.
    shrink : float
        Persons by which the ratios are drawn towards those of all areas together, more than 0 where a cohort may
        be empty.

    Returns
    -------
    Method
        It needs two years of population, or `window` + 1.

    References
    ----------
    .. [1] Hamilton & Perry (1962), A short method for projecting population by age from one decennial census to
       another, Social Forces 41.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.methods import forecast_by
    >>> coming = forecast_by(hamilton_perry(), made_up(1, years=range(2018, 2027)), [2026, 2027]).population
    >>> coming.sum(["sex", "age"]).values.round().tolist()
    [[3066.0, 3076.0, 3085.0]]
    """
    for name, years in {"window": 1 if window is None else window, "births_window": births_window}.items():
        require_whole(years, f"hamilton_perry: {name}", low=1, mend="Give years.")
    if not isinstance(shrink, Real) or not 0.0 <= shrink < np.inf:
        raise SchemaError(f"hamilton_perry: shrink {shrink!r} is not a number of persons of at least 0.")
    return partial(_hamilton_perry, window=window, births_window=births_window, shrink=shrink)


def _trend(years: int, at_least: int | None, *, share: float, name: str) -> Method:
    require_whole(years, f"{name}: years", low=1)
    least = max(1, years // 2) if at_least is None else require_whole(at_least, f"{name}: at_least", low=1)
    if least > years:
        raise SchemaError(f"{name}: at_least {least} must be 1 to {years}.")
    return partial(_follow_trend, window=years, least=least, share=share, name=name)


def _follow_trend(
    observed: Accounts,
    years: Sequence[int],
    *,
    sources: Sources | None = None,  # noqa: ARG001
    window: int,
    least: int,
    share: float,
    name: str,
) -> xr.Dataset:
    wanted = flow_years(observed, years, name)
    span = min(window, _history(observed, least, name))
    total = observed.population.sum(["sex", "age"]).astype(float)
    change = (total.isel(year=-1) - total.isel(year=-1 - _in_steps(span, observed, name))) / span
    return assumptions_for_path(_scaled(observed, wanted, share * change))


def _history(observed: Accounts, least: int, name: str) -> int:
    """Years of change that are known, if they are enough."""
    known = observed.years
    have = known[-1] - known[0]
    if have < least:
        raise SchemaError(
            f"{name}: needs {least + 1} years of population, and has {have + 1}, {known[0]} to {known[-1]}. "
            "Choose a later origin, or a method that needs less."
        )
    return have


def _in_steps(window: int, observed: Accounts, name: str) -> int:
    if window % observed.step:
        raise SchemaError(
            f"{name}: {window} years are no whole number of the steps of {observed.step} years that the population is "
            f"known in. Give a multiple of {observed.step}."
        )
    return window // observed.step


def _scaled(observed: Accounts, years: Sequence[int], change: xr.DataArray | float) -> xr.DataArray:
    """The last population, scaled to its total plus so many persons a year."""
    last = observed.population.isel(year=-1, drop=True)
    bounds = np.array([*years, years[-1] + observed.step])
    total = last.sum(["sex", "age"])
    empty = total == 0.0
    words = "population: {bad} areas are empty, so they have no shares by age; the first is at {cell}."
    reject(empty, None, words, "Leave them out.")
    return last * (1.0 + change / total * xr.DataArray(bounds - years[0], coords={"year": bounds}))


def _hamilton_perry(
    observed: Accounts,
    years: Sequence[int],
    *,
    sources: Sources | None = None,  # noqa: ARG001
    window: int | None,
    births_window: int,
    shrink: float,
) -> xr.Dataset:
    wanted = flow_years(observed, years, "hamilton_perry")
    known = _history(observed, window or 1, "hamilton_perry")
    span = _in_steps(known if window is None else window, observed, "hamilton_perry")
    people = observed.population.isel(year=slice(-1 - span, None))
    require_labels(people, "sex", SEXES, "hamilton_perry: population", against="a forecast of births")
    ratios = _drawn_together(_end(people).sum("year"), age_up(_start(people)).sum("year"), shrink)
    of_births = _in_steps(min(known if window is None else window, births_window), observed, "hamilton_perry")
    recent = people.isel(year=slice(-1 - of_births, None))
    mothers = (_women(_start(recent)) + _women(_end(recent))) / 2.0
    children = _drawn_together(_end(recent).isel(age=0, drop=True).sum("year"), mothers.sum("year"), shrink)
    now = observed.population.isel(year=-1, drop=True)
    path = [now]
    for _ in wanted:
        path.append(_one_step(path[-1], ratios, children))
    bounds = xr.Variable("year", [*wanted, wanted[-1] + observed.step])
    return assumptions_for_path(xr.concat(path, dim=bounds).assign_attrs(units=PERSONS))


def _one_step(now: xr.DataArray, ratios: xr.DataArray, children: xr.DataArray) -> xr.DataArray:
    later = age_up(now) * ratios
    born = children * (_women(now) + _women(later)) / 2.0
    return later.where(later["age"] != later["age"][0], born).transpose(*now.dims)


def _start(people: xr.DataArray) -> xr.DataArray:
    return people.isel(year=slice(None, -1))


def _end(people: xr.DataArray) -> xr.DataArray:
    """The population a step later, by the year in which the step started."""
    return people.isel(year=slice(1, None)).assign_coords(year=people["year"].values[:-1])


def _women(people: xr.DataArray) -> xr.DataArray:
    return people.sel(sex="female", drop=True).sel(age=CHILDBEARING).sum("age")


def _drawn_together(above: xr.DataArray, below: xr.DataArray, persons: float) -> xr.DataArray:
    """Quotient of each area, drawn towards that of all areas by so many persons."""
    empty = below + persons == 0.0
    words = "hamilton_perry: {bad} cohorts were empty in all years and have no ratio; the first is at {cell}."
    reject(empty, None, words, "Draw the ratios towards those of all areas with shrink > 0.")
    outer = [dim for dim in above.dims if dim not in ("sex", "age")]
    whole = below.sum([dim for dim in outer if dim in below.dims])
    pooled = (above.sum(outer) / whole.where(whole > 0.0)).fillna(0.0)
    return ((above + persons * pooled) / (below + persons)).transpose(*above.dims)


def plain_cohort_component(
    observed: Accounts, years: Sequence[int], *, sources: Sources | None = None, window: int = 5
) -> xr.Dataset:
    """Mean rates of the last years, of each area by itself, unsmoothed and unshrunk, held constant.

    Net migration is a count where an area gained and a rate where it lost. Without births, deaths or moves in the
    accounts, deaths follow from the mortality of the nation, births from the population at age 0 and net
    migration from the rest.

    Parameters
    ----------
    observed : Accounts
        At least `window` + 1 years of population.
    years : sequence of int
        Flow years.
    sources : Sources, optional
        Mortality and fertility of the nation, where the accounts lack births or deaths.
    window : int
        Years that are averaged, at least 1.

    Returns
    -------
    xr.Dataset
        As from `kompaslite.assumptions.assume`.

    Raises
    ------
    SchemaError
        If the history is too short, or births or deaths are in neither the accounts nor the sources.

    Examples
    --------
    >>> from kompaslite.datasets import made_up
    >>> from kompaslite.methods import forecast_by
    >>> coming = forecast_by(plain_cohort_component, made_up(1, years=range(2018, 2027)), [2026, 2027]).population
    >>> coming.sum(["sex", "age"]).values.round().tolist()
    [[3066.0, 3076.0, 3086.0]]
    """
    require_whole(window, "plain_cohort_component: window", low=1, mend="Give years.")
    wanted = flow_years(observed, years, "plain_cohort_component")
    recent = _last_years(observed, window)
    if not {"births", "deaths"} <= set(recent.flows):
        recent = _from_population(recent, sources)
    return assume(
        fertility=fit_fertility(recent, window=window),
        mortality=fit_mortality(recent, window=window),
        migration=fit_migration(recent, window=window, net_losses="rates"),
        years=wanted,
    )


def _last_years(observed: Accounts, window: int) -> Accounts:
    _history(observed, window, "plain_cohort_component")
    span = _in_steps(window, observed, "plain_cohort_component")
    population = observed.population.isel(year=slice(-1 - span, None))
    flows = observed.flows
    if "year" in flows.dims:
        flows = flows.isel(year=np.flatnonzero(np.isin(flows["year"].values, population["year"].values[:-1])))
    return Accounts(population, flows)


def _from_population(recent: Accounts, sources: Sources | None) -> Accounts:
    if sources is None or sources.mortality is None or sources.fertility is None:
        raise SchemaError(
            "plain_cohort_component: the accounts lack births or deaths, so mortality and fertility of the nation "
            "are needed. Give them with Sources(mortality=..., fertility=...)."
        )
    flow_years = recent.population["year"].values[:-1]
    return residual_accounts(
        recent.population,
        mortality=_up_to(sources.mortality, flow_years),
        fertility=_up_to(sources.fertility, flow_years),
        extrapolate="hold",
    )


def _up_to(series: xr.DataArray, years: np.ndarray) -> xr.DataArray:
    """The years that are needed, or the last one before them."""
    within = series["year"].values[series["year"].values <= years[-1]]
    needed = within[within >= years[0]] if (within >= years[0]).any() else within[-1:]
    return series.sel(year=needed)
