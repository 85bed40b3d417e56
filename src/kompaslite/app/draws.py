"""Futures of a scenario: the same luck in every scenario that has the same seed."""

import xarray as xr

from kompaslite.app.material import Material
from kompaslite.report.note.draws import component_levels
from kompaslite.uncertainty.ensemble.futures import Futures
from kompaslite.uncertainty.ensemble.sample import sample
from kompaslite.uncertainty.levels.fit import fit_levels
from kompaslite.uncertainty.levels.levels import Levels


def drawn_futures(
    assumptions: xr.Dataset, material: Material, *, people: xr.DataArray, draws: int, seed: int
) -> Futures:
    """Assumptions with draws around those given, made when they are needed."""
    levels = _levels(assumptions, material, people.drop_vars("year", errors="ignore"))
    return sample(assumptions, levels, draws=draws, seed=seed)


def _levels(assumptions: xr.Dataset, material: Material, people: xr.DataArray) -> Levels:
    """Of an example by its note's net figures, because it has one year of flows; else by the flows."""
    example = material.example
    if example is None:
        return fit_levels(material.observed)
    return component_levels(example.note.components, example.method.windows, people=people, assumptions=assumptions)
