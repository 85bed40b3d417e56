"""What credibility is worth: shrunk schedules against raw local ones, on odd years held out.

Run ``python -m benchmarks.credibility docs`` to write ``credibility.md`` and ``credibility.svg`` there.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from benchmarks import norway
from kompaslite.accounts import Accounts
from kompaslite.rates import (
    Strengths,
    cohort_end,
    cohort_start,
    exposure,
    fit_fertility,
    over_years,
    residual_accounts,
    shrink,
    shrink_net,
    women,
)

HELD_OUT = range(2011, 2026, 2)
FIRST, LAST_YEAR, LONGEST = 2006, 2025, 9
MOVERS, OLD = np.arange(1, 80), np.arange(80, 95)
SMALL = 20_000


@dataclass(frozen=True)
class Scene:
    """Accounts of the municipalities and of the nation, and the nation's schedules by year."""

    local: Accounts
    nation: Accounts
    mortality: xr.DataArray
    fertility: xr.DataArray


def scene() -> Scene:
    """Unbroken municipalities 2005-2026; national fertility with the level of the nation's own births each year."""
    years = range(2005, LAST_YEAR + 1)
    mortality = over_years(norway.mortality(), years, name="mortality", extrapolate="hold")
    shape = over_years(norway.fertility(), years, name="fertility", extrapolate="hold")
    both = {"mortality": mortality, "fertility": shape}
    people = norway.nation().sel(year=slice(2005, LAST_YEAR + 1)).sel(age=slice(0, norway.OPEN_AGE))
    nation = residual_accounts(people, **both)
    fertility = fit_fertility(nation, window=None, annual=True)
    return Scene(residual_accounts(norway.unbroken(), **both), nation, mortality, fertility)


def training(year: int) -> np.ndarray:
    """Even years among the nine before a held-out one."""
    return np.array([y for y in range(max(year - LONGEST, FIRST), year) if y % 2 == 0])


def births(s: Scene, year: int, fit: np.ndarray | None = None) -> pd.DataFrame:
    """Poisson deviance of all births of the held-out year, by level times the nation's latest schedule."""
    fit = training(year) if fit is None else fit
    ages = s.fertility["age"].values
    born = s.local.flows["births"].sum(["sex", "age"])
    expected = (women(s.local, fit).sel(age=ages) * s.fertility.sel(year=fit)).sum("age")
    found = shrink(
        born.sel(year=fit).expand_dims(age=[0]), expected.expand_dims(age=[0]), xr.DataArray([1.0], coords={"age": [0]})
    )
    raw = born.sel(year=fit).sum("year") / expected.sum("year")
    latest = s.fertility.sel(year=fit[-1])
    now = (women(s.local, np.array([year])).sel(age=ages) * latest).sum("age").isel(year=0)
    levels = {"raw": raw, "shrunk": found["level"], "national": xr.ones_like(raw)}
    return scores({name: poisson(born.sel(year=year), level * now) for name, level in levels.items()})


def births_of_the_year_after(s: Scene, year: int) -> pd.DataFrame:
    """The same, fitted on the even year before alone."""
    return births(s, year, np.array([year - 1]))


def births_by_age(s: Scene, year: int) -> pd.DataFrame:
    """Poisson deviance by age of the mother; which is not observed, but that of the residual accounts."""
    fit, ages = training(year), s.fertility["age"].values
    born, mothers = s.local.flows["births"].sum("sex").sel(age=ages), women(s.local, np.arange(FIRST, LAST_YEAR + 1))
    mothers = mothers.sel(age=ages)
    found = shrink(born.sel(year=fit), mothers.sel(year=fit), s.fertility.sel(year=fit))
    raw = ratio(born.sel(year=fit).sum("year"), mothers.sel(year=fit).sum("year"))
    rates = {"raw": raw, "shrunk": found["rates"], "national": s.fertility.sel(year=fit[-1])}
    seen, now = born.sel(year=year), mothers.sel(year=year)
    return scores({name: poisson(seen, rate * now).sum("age") for name, rate in rates.items()})


def deaths(s: Scene, year: int) -> pd.DataFrame:
    """Deviance by single age of what cohorts lose at 80-94, mostly deaths, with the variance of the expected deaths."""
    fit = training(year)
    lost, lived = losses(s.local, fit), exposure(s.local, fit).sel(age=OLD)
    given = s.mortality.sel(year=fit, age=OLD).mean("year")
    found = shrink_net(lost, lived, given)
    now, at_risk = losses(s.local, np.array([year])), exposure(s.local, np.array([year])).sel(age=OLD)
    variance = at_risk * given
    rates = {"raw": ratio(lost.sum("year"), lived.sum("year")), "shrunk": found["rates"], "national": given}
    return scores({name: normal(now, at_risk * rate, variance) for name, rate in rates.items()})


def moves(s: Scene, year: int) -> pd.DataFrame:
    """Deviance by single age of net migration at 1-79, with the noise that the training years show."""
    fit = training(year)
    net, lived = s.local.flows["net_migration"].sel(age=MOVERS), exposure(s.local, fit).sel(age=MOVERS)
    wide, everywhere = s.nation.flows["net_migration"].sel(age=MOVERS), exposure(s.nation, fit).sel(age=MOVERS)
    given = wide.sel(year=fit).sum("year") / everywhere.sum("year")
    found = shrink_net(net.sel(year=fit), lived, given)
    there = cohort_start(s.local, np.array([year])).sel(age=MOVERS)
    variance = there * found["noise"]
    rates = {
        "raw": ratio(net.sel(year=fit).sum("year"), lived.sum("year")),
        "shrunk": found["rates"],
        "national": given,
    }
    now = net.sel(year=[year])
    return scores({name: normal(now, there * rate, variance) for name, rate in rates.items()})


def losses(accounts: Accounts, years: np.ndarray) -> xr.DataArray:
    """People whom the cohorts lose from 1 January to the next, at old ages."""
    return (cohort_start(accounts, years) - cohort_end(accounts, years)).sel(age=OLD)


def ratio(events: xr.DataArray, lived: xr.DataArray) -> xr.DataArray:
    """Events per person-year; 0 where nobody lived."""
    return (events / lived.where(lived > 0.0, 1.0)).where(lived > 0.0, 0.0)


def poisson(seen: xr.DataArray, expected: xr.DataArray) -> xr.DataArray:
    """Poisson deviance; a forecast of none counts as one in a million."""
    mu = expected.clip(min=1e-6)
    known = seen.where(seen > 0.0, 1.0)
    return 2.0 * (xr.where(seen > 0.0, seen * np.log(known / mu), 0.0) - (seen - mu))


def normal(seen: xr.DataArray, expected: xr.DataArray, variance: xr.DataArray) -> xr.DataArray:
    """Normal deviance with the same variance for all forecasts, cells without variance left out."""
    gap = (seen - expected) ** 2
    cells = (gap / variance.where(variance > 0.0, 1.0)).where(variance > 0.0, 0.0)
    return cells.sum([dim for dim in cells.dims if dim != "area"])


def scores(parts: dict[str, xr.DataArray]) -> pd.DataFrame:
    """Deviance by municipality."""
    return pd.DataFrame({name: part.to_series() for name, part in parts.items()})


def ceiling(s: Scene, runs: int = 200) -> float:
    """Share of small municipalities where shrunk levels of births would win if their model were exactly right."""
    rng = np.random.default_rng(20)
    ages = s.fertility["age"].values
    years = np.arange(FIRST, LAST_YEAR + 1)
    expected = (women(s.local, years).sel(age=ages) * s.fertility.sel(year=years)).sum("age")
    known = s.local.flows["births"].sum(["sex", "age"]).sel(year=years)
    unit = xr.DataArray([1.0], coords={"age": [0]})
    attrs = shrink(known.expand_dims(age=[0]), expected.expand_dims(age=[0]), unit).attrs
    strength, group = attrs["strength_of_level"], attrs["strength_of_group_level"]
    small = norway.size(s.local.population, 2020) < SMALL
    won = []
    for _ in range(runs):
        level = group * rng.gamma(strength, 1.0 / strength, expected.sizes["area"])
        drawn = expected.copy(data=rng.poisson(expected.values * level[:, None]).astype(float))
        total = dict.fromkeys(("raw", "shrunk"), 0.0)
        for year in HELD_OUT:
            fit = training(year)
            seen, wanted = drawn.sel(year=fit), expected.sel(year=fit)
            found = shrink(
                seen.expand_dims(age=[0]),
                wanted.expand_dims(age=[0]),
                unit,
                strengths=Strengths(strength, 1.0, group),
            )["level"]
            raw = seen.sum("year") / wanted.sum("year")
            for name, guess in (("raw", raw), ("shrunk", found)):
                total[name] += poisson(drawn.sel(year=year), guess * expected.sel(year=year)).values
        won.append(float((total["shrunk"] < total["raw"])[small].mean()))
    return float(np.mean(won))


def table() -> tuple[pd.DataFrame, np.ndarray, float]:
    """Deviance of all held-out years by municipality and component; inhabitants 2020; the ceiling for births."""
    s = scene()
    jobs: dict[str, Callable[[Scene, int], pd.DataFrame]] = {
        "births": births,
        "births, from one year": births_of_the_year_after,
        "births by mother's age": births_by_age,
        "deaths": deaths,
        "net migration": moves,
    }
    found = {name: sum(job(s, year) for year in HELD_OUT) for name, job in jobs.items()}
    found["all three"] = found["births"] + found["deaths"] + found["net migration"]
    return pd.concat(found, axis=1), norway.size(s.local.population, 2020), ceiling(s)


if __name__ == "__main__":
    from benchmarks.credibility_page import write

    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"), *table())
