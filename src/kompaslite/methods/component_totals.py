"""A method for who has only totals: Norwegian schedules whose levels are set by a municipality's own net components.

The levels of gross moves are therefore assumptions of their own; arrivals are the leavers plus the net figure, a plain
count by age. The housing model may take the place of that count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.accounts import Accounts, require_accounts
from kompaslite.assumptions import assume
from kompaslite.engine import project
from kompaslite.methods import norway
from kompaslite.methods.contract import Sources
from kompaslite.schema import SchemaError

_ROUNDS = 30
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class AssumedLevels:
    """Levels that net components do not tell.

    Parameters
    ----------
    mortality : float
        Deaths relative to the national rates.
    out_migration, emigration : float
        Moves to other municipalities and abroad, per head and year.
    """

    mortality: float = 1.0
    out_migration: float = 0.057
    emigration: float = 0.005


@dataclass(frozen=True, slots=True, eq=False)
class ComponentTotals:
    """A forecasting method from net components in total: ``method(observed, years)`` gives assumptions.

    Only components of years before the first one are used, so that the method can be held against the past.

    Parameters
    ----------
    components : pd.DataFrame
        Persons per year: ``natural_increase, net_immigration, net_in_migration``, by year.
    windows : mapping
        Years back over which each is averaged.
    assumed : AssumedLevels
        What the components do not tell.
    """

    components: pd.DataFrame
    windows: Mapping[str, int]
    assumed: AssumedLevels = AssumedLevels()

    def __call__(self, observed: Accounts, years: Sequence[int], *, sources: Sources | None = None) -> xr.Dataset:  # noqa: ARG002
        """Assumptions for flow years, the last observed year first; other sources are not needed."""
        require_accounts(observed, "method")
        if not len(years):
            raise SchemaError("method: there are no years to forecast. Give for example range(2026, 2051).")
        people = observed.population.isel(year=-1, drop=True)
        origin, first = observed.years[-1], int(years[0])
        if first != origin:
            raise SchemaError(f"method: the forecast begins in {first}, but the last population is of {origin}.")
        return calibrated(people, years, self.known_levels(origin), self.assumed)

    def known_levels(self, origin: int) -> dict[str, float]:
        """Mean net figures of the years before a date, persons per year."""
        levels = {}
        for name, window in self.windows.items():
            known = self.components.loc[self.components.index < origin, name]
            if len(known) < window:
                raise SchemaError(f"{name}: {window} years before {origin} are needed, there are {len(known)}.")
            levels[name] = float(known.iloc[-window:].mean())
        return levels


def calibrated(
    people: xr.DataArray, years: Sequence[int], levels: Mapping[str, float], assumed: AssumedLevels
) -> xr.Dataset:
    """Assumptions whose first year has the given natural increase and net moves."""
    unscaled = _unscaled(people, years, assumed)
    result = _with_levels(unscaled, _scale(people, unscaled.isel(year=[0]), levels))
    return result.assign_attrs(result.attrs | {"levels": ", ".join(f"{k} {v:.1f}" for k, v in levels.items())})


def _scale(people: xr.DataArray, unscaled: xr.Dataset, levels: Mapping[str, float]) -> np.ndarray:
    """Factor of births, and persons who move in and immigrate, at which the first year has the levels."""
    found = np.array([1.0, 0.0, 0.0])
    for _ in range(_ROUNDS):
        first = _wanted(people, _with_levels(unscaled, found), levels, found)
        second = _wanted(people, _with_levels(unscaled, first), levels, first)
        if np.abs(second - first).max() < _CLOSE:
            return second
        found = _limit(found, first, second)
    return found


def _limit(start: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Where two steps lead to: leavers grow in a straight line with arrivals, so all steps shrink by one factor."""
    bend = (second - first) - (first - start)
    step = np.divide((first - start) ** 2, bend, out=np.zeros_like(bend), where=np.abs(bend) > _CLOSE)
    result: np.ndarray = np.where(np.abs(bend) > _CLOSE, start - step, second)
    return np.where(result >= 0.0, result, second)


def _wanted(
    people: xr.DataArray, assumptions: xr.Dataset, levels: Mapping[str, float], found: np.ndarray
) -> np.ndarray:
    """The scale that would have given the levels, had leavers and deaths been the same."""
    flows = project(people, assumptions).flows
    total = {str(name): float(flow.sum()) for name, flow in flows.items()}
    infants = float(flows["deaths"].sel(age=0).sum())
    births = (levels["natural_increase"] + total["deaths"] - infants) / (1.0 - infants / total["births"])
    wanted = {
        "births": float(found[0]) * births / total["births"],
        "in_migration": total["out_migration"] + levels["net_in_migration"],
        "immigration": total["emigration"] + levels["net_immigration"],
    }
    _check_levels(wanted)
    return np.array(list(wanted.values()))


def _with_levels(unscaled: xr.Dataset, scale: np.ndarray) -> xr.Dataset:
    factors = dict(zip(("fertility", "in_migration", "immigration"), scale.tolist(), strict=True))
    return unscaled.assign(
        {name: (unscaled[name] * by).assign_attrs(unscaled[name].attrs) for name, by in factors.items()}
    )


def _unscaled(people: xr.DataArray, years: Sequence[int], assumed: AssumedLevels) -> xr.Dataset:
    """Assumptions with the nation's fertility, and one arrival a year of each kind."""
    ages = people["age"].values
    shares = norway.arrivals(ages)
    heads = float(people.sum())
    leaving = norway.leaving(ages)
    leaving = leaving * (heads / float((people * leaving).sum()))
    rate, count = {"units": "1/year"}, {"units": "persons/year"}
    migration = xr.Dataset(
        {
            "out_migration": (assumed.out_migration * leaving).expand_dims(sex=shares["sex"].values).assign_attrs(rate),
            "emigration": (assumed.emigration * leaving).expand_dims(sex=shares["sex"].values).assign_attrs(rate),
            "in_migration": shares.assign_attrs(count),
            "immigration": shares.assign_attrs(count),
        }
    )
    mortality = _mortality(ages, years, level=assumed.mortality)
    return assume(fertility=norway.fertility(), mortality=mortality, migration=migration, years=years)


def _mortality(ages: np.ndarray, years: Sequence[int], *, level: float) -> xr.DataArray:
    rates = norway.mortality(int(ages[-1])) * level
    passed = xr.DataArray(np.asarray(years) - norway.MORTALITY_YEAR, coords={"year": list(years)}, dims=["year"])
    falling = (1.0 - norway.decline(ages)) ** passed
    return (rates * falling).transpose("sex", "age", "year").assign_attrs(units="1/year")


def _check_levels(wanted: Mapping[str, float]) -> None:
    for name, value in wanted.items():
        if not value >= 0.0:
            raise SchemaError(
                f"{name}: the level would be {value:.4g}, below zero. The net figures ask for more leavers than the "
                "rates of moving out give; raise those rates, or check the net figures."
            )
