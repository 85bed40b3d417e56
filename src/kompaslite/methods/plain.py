"""The plain cohort-component method: what the last years showed goes on."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.assumptions import assume
from kompaslite.methods.contract import Method
from kompaslite.methods.sources import Sources
from kompaslite.rates.fertility import fit_fertility
from kompaslite.rates.migration import fit_migration
from kompaslite.rates.mortality import fit_mortality
from kompaslite.rates.residual import residual_accounts
from kompaslite.schema import SchemaError, require_whole


def plain_cohort_component(*, window: int = 5) -> Method:
    """Mean rates of the last years, of each area by itself, unsmoothed and unshrunk, held constant.

    Net migration is a count where an area gained and a rate where it lost. Without births, deaths or moves in the
    accounts, deaths follow from the mortality of the nation, births from the population at age 0 and net
    migration from the rest: the method then needs ``Sources(mortality=..., fertility=...)``.

    Parameters
    ----------
    window : int
        Years that are averaged, at least 1.

    Returns
    -------
    callable
        ``(observed, years, sources=None) -> assumptions``; needs `window` + 1 years of population.
    """
    require_whole(window, "plain_cohort_component: window", low=1, mend="Give years.")
    return partial(_plain, window=window)


def _plain(observed: Accounts, years: Sequence[int], *, window: int, sources: Sources | None = None) -> xr.Dataset:
    recent = _last_years(observed, window)
    if not {"births", "deaths"} <= set(recent.flows):
        recent = _from_population(recent, sources)
    return assume(
        fertility=fit_fertility(recent, window=window),
        mortality=fit_mortality(recent, window=window),
        migration=fit_migration(recent, window=window, net_losses="rates"),
        years=years,
    )


def _last_years(observed: Accounts, window: int) -> Accounts:
    if len(observed.years) <= window:
        raise SchemaError(
            f"plain_cohort_component: needs {window + 1} years of population for a window of {window}, and has "
            f"{len(observed.years)}, {observed.years[0]} to {observed.years[-1]}. Choose a later origin or a shorter "
            "window."
        )
    population = observed.population.isel(year=slice(-1 - window, None))
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
