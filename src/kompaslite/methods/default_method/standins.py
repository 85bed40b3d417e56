"""What stands in where no national table is given: mortality read off old cohorts, and a schedule of births."""

import numpy as np

from kompaslite.methods.default_method.cohorts import Array, Cohorts, Whole
from kompaslite.methods.default_method.parameters import OldAges
from kompaslite.rates.parametric import peristera_kostaki
from kompaslite.schema import SchemaError

#: Births by mother's age, up to a factor: Peristera and Kostaki's model 1, fitted to Norway 2022 (Human Fertility
#: Database).
SCHEDULE = {"level": 1.0, "peak": 30.84, "below": 6.17, "above": 7.52}
#: Ages of mothers.
FERTILE = (15, 49)
#: Ages at which change by migration is small beside deaths, and which have enough of them.
OLD_COHORTS = (65, 95)
#: Highest rate of the curve; a cohort that dies at rate 2 is empty at the end of the year.
HIGHEST = 1.5
#: Deaths that the old cohorts must have, for a slope over age.
FEWEST_DEATHS = 50.0


def standard_schedule(ages: Whole) -> Array:
    """Births per woman by age, with sum 1."""
    fertile = (ages >= FERTILE[0]) & (ages <= FERTILE[1])
    shape: Array = np.where(fertile, peristera_kostaki(ages, SCHEDULE).values, 0.0)
    result: Array = shape / shape.sum()
    return result


def cohort_mortality(cohorts: Cohorts, choices: OldAges) -> Array:
    """Central death rates on a Gompertz curve through what old cohorts lost."""
    years = slice(-choices.years, None)
    start, end = cohorts.start[..., years].sum(axis=-1), cohorts.end[..., years].sum(axis=-1)
    ages = np.arange(start.shape[1])
    old = (ages >= OLD_COHORTS[0]) & (ages <= min(OLD_COHORTS[1], ages[-1] - 1))
    curves = [_gompertz(ages, one[old], other[old], ages[old]) for one, other in zip(start, end, strict=True)]
    return np.stack(curves)[..., None]


def _gompertz(ages: Whole, start: Array, end: Array, old: Whole) -> Array:
    """exp(a + b age) through the rates of five-year bands, weighted by deaths."""
    bands = np.arange(0, len(old), 5)
    lost, lived = np.add.reduceat(start - end, bands), np.add.reduceat((start + end) / 2.0, bands)
    middle = np.add.reduceat(old.astype(float), bands) / np.diff(np.append(bands, len(old)))
    seen = (lost > 0.0) & (lived > 0.0)
    if lost[seen].sum() < FEWEST_DEATHS or seen.sum() < 2:
        raise SchemaError(
            "default: without a table of mortality it is read off the cohorts of old age, of which too few die here, "
            f"{max(float(lost[seen].sum()), 0.0):.0f}. Give Sources(mortality=...), by sex and age reached."
        )
    rates = lost[seen] / lived[seen]
    slope, level = np.polyfit(middle[seen], np.log(rates), 1, w=np.sqrt(lost[seen]))
    result: Array = np.minimum(np.exp(level + slope * ages), HIGHEST)
    return result
