"""The nation's net migration and fertility: their past, and how they go on."""

import numpy as np

from kompaslite.methods.default_method.cohorts import Array, Cohorts, divided
from kompaslite.methods.default_method.parameters import Fertility, NationalMigration


def migration_rates(net: Array, start: Array, *, fewest: float) -> Array:
    """Net migration per head in each year, 0 in cells with hardly anybody."""
    return np.where(start > fewest, divided(net, start), 0.0)


def migration_ahead(net: Array, start: Array, leads: Array, choices: NationalMigration) -> Array:
    """Net migration per head by lead: the recent profile, its level on the way back to the long mean."""
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
    """Births as they are known, else the children of age 0 at the end of the year and those who died."""
    half = rates[:, 0] / 2.0
    kept = ((1.0 - half) / (1.0 + half)).mean(axis=0)
    read = cohorts.end[..., 0, :].sum(axis=-2) / kept
    return np.where(np.isnan(cohorts.births), read, cohorts.births)


def fertility_level(cohorts: Cohorts, births: Array, schedule: Array) -> Array:
    """Births relative to those at a schedule with one child per woman: the total fertility rate at that schedule."""
    return divided(births, schedule @ cohorts.mothers)


def fertility_ahead(level: Array, leads: Array, choices: Fertility) -> Array:
    """Level by lead: last year's, with the recent trend, capped and damped."""
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
