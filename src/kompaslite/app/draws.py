"""Futures of a scenario: the same luck in every scenario that has the same seed."""

import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.app.material import Material
from kompaslite.report.note.draws import component_levels
from kompaslite.uncertainty import Futures, Levels, fit_levels, sample


def drawn_futures(assumptions: xr.Dataset, material: Material, *, known: Accounts, draws: int, seed: int) -> Futures:
    """Assumptions with draws around those given, made when they are needed; levels as in the history that is known."""
    return sample(assumptions, _levels(assumptions, material, known), draws=draws, seed=seed)


def _levels(assumptions: xr.Dataset, material: Material, known: Accounts) -> Levels:
    """Of an example by its note's net figures, because it has one year of flows; else by the flows."""
    example = material.example
    if example is None:
        return fit_levels(known)
    people = known.population.isel(year=-1, drop=True)
    return component_levels(example.note.components, example.method.windows, people=people, assumptions=assumptions)
