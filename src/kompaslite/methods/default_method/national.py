"""The nation's net migration and fertility: their past, and how they go on."""

import numpy as np

from kompaslite.methods.default_method.cohorts import Array, Cohorts, divided
from kompaslite.methods.default_method.parameters import Fertility, NationalMigration


def migration_rates(net: Array, start: Array, *, fewest: float) -> Array:
    """Net migration per head in each year, 0 in cells with hardly anybody.

    Parameters
    ----------
    net, start : np.ndarray
        Persons, ``[sex, age, year]``.
    fewest : float
        Persons that a cell must exceed.

    Returns
    -------
    np.ndarray
        ``[sex, age, year]``, per person at the start of the year.
    """
    return np.where(start > fewest, divided(net, start), 0.0)


def migration_ahead(net: Array, start: Array, leads: Array, choices: NationalMigration) -> Array:
    """Net migration per head by lead: the recent profile, its level on the way back to the long mean.

    With l the net migration of a year per head of the nation, l(h) = mean + (l(last) - mean) back^h. The profile is
    scaled to that level; where its gains and losses nearly cancel, as they may where a small place stands in for the
    nation, the difference is added at all ages alike.

    Parameters
    ----------
    net, start : np.ndarray
        Persons, ``[sex, age, year]``.
    leads : np.ndarray
        Years after the last one.
    choices : NationalMigration
        Mean, return and profile.

    Returns
    -------
    np.ndarray
        ``[sex, age, lead]``, per person at the start of the year.
    """
    level: Array = net.sum(axis=(0, 1)) / start.sum(axis=(0, 1))
    mean = level[-choices.mean :].mean()
    ahead = mean + (level[-1] - mean) * choices.back**leads
    recent = slice(-choices.profile, None)
    profile = divided(net[..., recent].sum(axis=-1), start[..., recent].sum(axis=-1))
    usual = net[..., recent].sum() / start[..., recent].sum()
    if abs(net[..., recent].sum()) < choices.one_sided * np.abs(net[..., recent].sum(axis=-1)).sum():
        result: Array = profile[..., None] + (ahead - usual)
    else:
        result = profile[..., None] * (ahead / usual)
    return result


def births_of(cohorts: Cohorts, rates: Array) -> Array:
    """Births as they are known, else the children of age 0 at the end of the year and those who died.

    Parameters
    ----------
    cohorts : Cohorts
        ``[..., sex, age, year]``.
    rates : np.ndarray
        Central death rates by age reached, ``[sex, age, year]``.

    Returns
    -------
    np.ndarray
        Persons, ``[..., year]``.
    """
    half = rates[:, 0] / 2.0
    kept = ((1.0 - half) / (1.0 + half)).mean(axis=0)
    read = cohorts.end[..., 0, :].sum(axis=-2) / kept
    return np.where(np.isnan(cohorts.births), read, cohorts.births)


def fertility_level(cohorts: Cohorts, births: Array, schedule: Array) -> Array:
    """Births relative to those at a schedule with one child per woman: the total fertility rate at that schedule.

    Parameters
    ----------
    cohorts : Cohorts
        Of the nation.
    births : np.ndarray
        Persons, ``[year]``.
    schedule : np.ndarray
        Births per woman, ``[age]``, with sum 1.

    Returns
    -------
    np.ndarray
        ``[year]``.
    """
    return divided(births, schedule @ cohorts.mothers)


def fertility_ahead(level: Array, leads: Array, choices: Fertility) -> Array:
    """Level by lead: last year's, with the recent trend, capped and damped.

    ln f(h) = ln f(last) + step (damping + ... + damping^h).

    Parameters
    ----------
    level : np.ndarray
        ``[year]``.
    leads : np.ndarray
        Years after the last one, whole.
    choices : Fertility
        Trend, cap and damping.

    Returns
    -------
    np.ndarray
        ``[lead]``.
    """
    years = min(choices.trend, len(level) - 1)
    if level[-1] <= 0.0 or level[-1 - years] <= 0.0:
        return np.full(len(leads), level[-1])
    step = np.clip(np.log(level[-1] / level[-1 - years]) / years, -choices.step, choices.step)
    lasting = np.cumsum(choices.damping ** np.arange(1, int(leads[-1]) + 1))
    result: Array = level[-1] * np.exp(step * lasting[leads.astype(int) - 1])
    return result


def male_share(cohorts: Cohorts, years: int) -> float:
    """Share of boys among the children of age 0 of the last years."""
    born = cohorts.end[:, 0, -years:].sum(axis=-1)
    return float(born[1] / born.sum())
