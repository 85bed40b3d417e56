"""Cohorts of past years on bare arrays: who was there, who was left, and how many moved."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from kompaslite.accounts import Accounts, newborns

Array = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Cohorts:
    """Cohorts of past years, by the age reached during the year; flows are NaN where they are unknown.

    Parameters
    ----------
    years : np.ndarray
        Flow years, one after the other.
    people : np.ndarray
        Persons on 1 January, ``[..., sex, age, bound]``, one bound more than years.
    births, deaths : np.ndarray
        Persons, ``[..., year]``.
    deaths_by_age, adjustment : np.ndarray
        Persons, ``[..., sex, age, year]``.
    """

    years: Whole
    people: Array
    births: Array
    deaths: Array
    deaths_by_age: Array
    adjustment: Array

    @property
    def start(self) -> Array:
        """Persons at the start of the year, ``[..., sex, age, year]``; age 0 is empty."""
        return aged(self.people[..., :-1])

    @property
    def end(self) -> Array:
        """Persons at the end of the year, ``[..., sex, age, year]``."""
        return self.people[..., 1:]

    @property
    def mothers(self) -> Array:
        """Women by the age reached, the mean of start and end, ``[..., age, year]``."""
        return (self.start[..., 0, :, :] + self.end[..., 0, :, :]) / 2.0


def cohorts_of(observed: Accounts, *, most: int | None = None) -> Cohorts:
    """Cohorts of accounts, and the flows that are known in the detail that is needed."""
    population, flows = observed.population, observed.flows
    if most is not None:
        population = population.isel(year=slice(-1 - most, None))
    like = population.isel(year=slice(1, None)).assign_coords(year=population["year"].values[:-1])
    total = like.isel(sex=0, age=0, drop=True)
    deaths = flows.get("deaths")
    return Cohorts(
        years=like["year"].values,
        people=population.values.astype(float),
        births=_values(None if "births" not in flows else newborns(flows["births"]), total),
        deaths=_values(deaths, total),
        deaths_by_age=_values(deaths, like),
        adjustment=_values(flows.get("adjustment"), like),
    )


def aged(people: Array) -> Array:
    """Everyone one age up, the age on the last axis but one; the open age keeps its own."""
    start = np.zeros_like(people)
    start[..., 1:, :] = people[..., :-1, :]
    start[..., -1, :] += people[..., -1, :]
    return start


def net_survivors(cohorts: Cohorts, rates: Array) -> Array:
    """Net migration as those whom it adds by the end of the year: what a cohort has beyond its survivors."""
    start, end, half = cohorts.start, cohorts.end, rates / 2.0
    net = end - start + _deaths(cohorts, half) - np.nan_to_num(cohorts.adjustment)
    net /= 1.0 + half
    net[..., 0, :] = 0.0
    return net


def _deaths(cohorts: Cohorts, half: Array) -> Array:
    """Deaths by cell: as known, or those expected at the rates, raised to the total where that is known."""
    expected = half * (cohorts.start + cohorts.end)
    expected[..., 0, :] = 2.0 * half[..., 0, :] * cohorts.end[..., 0, :] / (1.0 - half[..., 0, :])
    level = divided(cohorts.deaths, expected.sum(axis=(-3, -2)))[..., None, None, :]
    return _first_known(cohorts.deaths_by_age, expected * level, expected)


def divided(above: Array, below: Array) -> Array:
    """A quotient that is 0 where nobody was exposed."""
    above, below = np.broadcast_arrays(above, below)
    return np.divide(above, below, out=np.zeros(above.shape), where=below != 0.0)


def at_years(table: Array, known: Whole, years: Whole) -> Array:
    """A table for the years asked; its last year stands in after its end."""
    return table[..., np.minimum(years - known[0], len(known) - 1)]


def others(values: Array, area_groups: Whole) -> Array:
    """Sum over the other areas of each area's group."""
    return np.bincount(area_groups, weights=values)[area_groups] - values


def drawn_ratio(events: Array, expected: Array, area_groups: Whole, *, group_shrink: float, own_shrink: float) -> Array:
    """Events over expected ones: of each area drawn to the other areas of its group, of these drawn to 1."""
    group = divided(others(events, area_groups) + group_shrink, others(expected, area_groups) + group_shrink)
    return divided(events + own_shrink * group, expected + own_shrink)


def first_ages(bands: tuple[int, ...], ages: int) -> Whole:
    """First ages of those bands that the ages reach."""
    return np.array([age for age in bands if age < ages])


def spread(values: Array, bands: Whole, ages: int) -> Array:
    """Values by band on single ages, ``[..., band]`` to ``[..., age]``."""
    return np.repeat(values, np.diff(np.append(bands, ages)), axis=-1)


def _first_known(*choices: Array) -> Array:
    """The first that is a number, cell by cell."""
    found = choices[-1]
    for choice in reversed(choices[:-1]):
        found = np.where(np.isnan(choice), found, choice)
    return found


def _values(flow: xr.DataArray | None, like: xr.DataArray) -> Array:
    """A flow in the shape of another array; NaN in years, or altogether, where it is not known in that detail."""
    if flow is None or any(dim not in flow.dims for dim in like.dims):
        return np.full(like.shape, np.nan)
    summed = flow.sum([dim for dim in flow.dims if dim not in like.dims])
    values: Array = summed.reindex(year=like["year"].values).transpose(*like.dims).values
    return values
