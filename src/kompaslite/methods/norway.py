"""Norwegian schedules with few parameters, for examples that have no tables of their own.

The parameters were fitted by ``python -m benchmarks.schedules`` on the sources named beside them; where a family needs
more than the data tell, a parameter was fixed, as said there.
"""

from functools import cache

import numpy as np
import xarray as xr

from kompaslite.rates import cohort_rates, heligman_pollard, peristera_kostaki, rogers_castro, sex_ratio_by_age
from kompaslite.schema import SEXES

#: Births per woman: Human Fertility Database, Norway 2022; 2.1 per cent of the sum is off.
FERTILITY = {"level": 0.1164517, "peak": 30.84077, "below": 6.166207, "above": 7.515238}
#: Probability of dying: Human Mortality Database, Norway 2019-2023, ages 0-104, weighted by deaths, with B = 1 and
#: F = 22 fixed. Within 10 per cent of the observed rate from age 50 to 95.
MORTALITY = {
    "female": {"A": 0.001516632, "B": 1.0, "C": 0.5570932, "D": 4.615379e-05, "E": 27.2622, "F": 22.0}
    | {"G": 0.0001032976, "H": 1.00253549, "K": 1.76875118},
    "male": {"A": 0.00202226, "B": 1.0, "C": 0.6138065, "D": 0.0002703773, "E": 8.040583, "F": 22.0}
    | {"G": 0.0001444673, "H": 1.00362304, "K": 1.68782942},
}
#: Middle year of the deaths that the parameters were fitted on.
MORTALITY_YEAR = 2021
#: Annual decline of death rates, Human Mortality Database, Norway 1993-2023: 2.3 per cent to age 75, then falling
#: in a straight line to nothing at 102 (fitted by eye on nine age groups, each within 0.4 percentage points).
DECLINE, DECLINE_TO_AGE, DECLINE_ENDS = 0.023, 75, 102
#: Leavers of Baerum per head by age reached: arrivals by the schedule below less the mean residual net migration by
#: age of 2015-2024 (Statistics Norway, table 07459); 12 per cent of the leavers are off, chance included. Fitted
#: after a first schedule (the nation's) had been held against 2025, so that year is no untouched test by age group.
LEAVING = {
    "a1": 0.0956999, "alpha1": 0.1484866, "a2": 0.4933448, "mu2": 20.10684, "alpha2": 0.1262615,
    "lambda2": 0.4308535, "c": 0.01387198,
}  # fmt: skip
#: Moves into Akershus, the county around Oslo that Baerum belongs to, over county borders and from abroad, 2010, per
#: head of the nation by age reached: Statistics Norway, Flyttinger, table 3, 5 May 2011; 2.5 per cent are off.
MOVES_INTO_AKERSHUS = {
    "a1": 0.01274422, "alpha1": 0.1638127, "a2": 0.03709365, "mu2": 22.66202, "alpha2": 0.1047447,
    "lambda2": 0.1984583, "c": 0.0007614345,
}  # fmt: skip
#: Males per female by age: Statistics Norway, 1 January 2025; 1.9 per cent of the sum is off.
MALES_PER_FEMALE = {"birth": 1.052383, "slope": 0.1063904, "age": 95.25165}

_FERTILE = range(13, 55)
_LAST = 130


def fertility() -> xr.DataArray:
    """Births per woman and year by age reached, ages 13-54: the national level of 2022, 1.41 children."""
    return _fertility().copy(deep=True)


@cache
def _fertility() -> xr.DataArray:
    rates = peristera_kostaki(_FERTILE, FERTILITY)
    return rates.assign_attrs(units="1/year").rename("fertility")


def mortality(open_age: int = 105) -> xr.DataArray:
    """Central death rates by age reached of 2021, the last age open."""
    return _mortality(open_age).copy(deep=True)


@cache
def _mortality(open_age: int) -> xr.DataArray:
    parts = [heligman_pollard(range(_LAST), MORTALITY[sex]) for sex in SEXES]
    dying = xr.concat(parts, dim=xr.Variable("sex", list(SEXES)))
    central = (dying / (1.0 - 0.5 * dying)).assign_attrs(units="1/year")
    return cohort_rates(central, open_age=open_age)


def decline(ages: np.ndarray) -> xr.DataArray:
    """Share by which death rates fall in a year, by age."""
    left = (DECLINE_ENDS - ages) / (DECLINE_ENDS - DECLINE_TO_AGE)
    return xr.DataArray(DECLINE * np.clip(left, 0.0, 1.0), coords={"age": ages}, dims=["age"])


def leaving(ages: np.ndarray) -> xr.DataArray:
    """Relative rate of moving out of a suburb of the capital by age reached; nobody moves in the year of birth."""
    return _from_age_one(rogers_castro(ages, LEAVING))


def arrivals(ages: np.ndarray) -> xr.DataArray:
    """Shares of the arrivals by sex and age reached, of people outside who are as many at each age as survive to it."""
    people = _from_age_one(rogers_castro(ages, MOVES_INTO_AKERSHUS)) * reference_population(ages)
    return (people / people.sum()).transpose("sex", "age")


def reference_population(ages: np.ndarray) -> xr.DataArray:
    """Survivors of the life table, the mean of the sexes, split by the nation's sex ratio at each age."""
    rates = mortality(int(ages[-1])).mean("sex")
    ratios = ((2.0 - rates) / (2.0 + rates)).values
    alive = np.cumprod(ratios)
    alive[-1] /= 1.0 - ratios[-1]
    males = sex_ratio_by_age(ages, MALES_PER_FEMALE)
    shares = xr.concat([1.0 / (1.0 + males), males / (1.0 + males)], dim=xr.Variable("sex", list(SEXES)))
    return shares * xr.DataArray(alive, coords={"age": ages}, dims=["age"])


def _from_age_one(rates: xr.DataArray) -> xr.DataArray:
    return rates.where(rates["age"] > 0, 0.0)
