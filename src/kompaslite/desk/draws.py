"""Futures of a scenario: the same luck in every scenario that has the same seed."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.desk.material import Material
from kompaslite.uncertainty.fit import fit_levels
from kompaslite.uncertainty.futures import Futures
from kompaslite.uncertainty.levels import Effect, Levels
from kompaslite.uncertainty.materialise import assumptions_of
from kompaslite.uncertainty.moments import fit_autoregression

#: Which gross flow the wandering of a net figure of the note is laid on.
_CARRIED = {"net_in_migration": "in_migration", "net_immigration": "immigration", "natural_increase": "fertility"}


def drawn_assumptions(assumptions: xr.Dataset, material: Material, *, draws: int, seed: int) -> xr.Dataset:
    """Assumptions with draws around those given.

    Parameters
    ----------
    assumptions : xr.Dataset
        Of a scenario, without draws.
    material : Material
        Its history says how levels wander.
    draws : int
        Number of futures.
    seed : int
        The same seed gives the same draws, whatever the assumptions.

    Returns
    -------
    xr.Dataset
        With ``draw`` on fertility and migration; ``(draw, area, ...)``.

    Raises
    ------
    SchemaError
        If the history is too short, or has no flows, to see how levels move.
    """
    if material.example is not None:
        births = float(material.observed.flows["births"].isel(year=-1).sum())
        levels = note_levels(material.example.note.components, assumptions, births=births)
    else:
        levels = fit_levels(material.observed)
    return assumptions_of(Futures(baseline=assumptions, levels=levels, draws=draws, seed=seed))


def note_levels(components: pd.DataFrame, assumptions: xr.Dataset, *, births: float) -> Levels:
    """How levels wander, from a note's yearly net figures.

    A net figure is an arrival less a leaving; here its deviation from its mean is laid on the arrivals that are
    assumed for the first year, because the note has no gross flows: the deviation of the net figure is kept, that of
    each gross flow is not known. Natural increase wanders with births.

    Parameters
    ----------
    components : pd.DataFrame
        Persons per year: ``natural_increase``, ``net_immigration`` and ``net_in_migration``, a row per year.
    assumptions : xr.Dataset
        ``in_migration`` and ``immigration`` counts of one place.
    births : float
        Births of the last observed year, persons.

    Returns
    -------
    Levels
    """
    gross = _gross(components, assumptions, births)
    series = {
        _CARRIED[name]: np.log1p((components[name] - components[name].mean()).to_numpy() / level)
        for name, level in gross.items()
    }
    fits = {name: fit_autoregression(values) for name, values in series.items()}
    names = list(fits)
    national = xr.Dataset(
        {
            "persistence": ("component", [fits[name].persistence for name in names]),
            "innovation": ("component", [fits[name].innovation for name in names]),
            "noise": ("component", np.zeros(len(names))),
            "window": ("component", np.zeros(len(names), dtype=int)),
            "correlation": (("component", "other"), np.eye(len(names))),
        },
        coords={"component": names},
    )
    effects = tuple(Effect(component=name, variable=name, how="scale") for name in names)
    return Levels(national=national, effects=effects, years=len(components))


def _gross(components: pd.DataFrame, assumptions: xr.Dataset, births: float) -> Mapping[str, float]:
    """Arrivals and births of the first year, on which the deviations are laid."""
    first = assumptions.isel(year=0)
    levels = {name: births if flow == "fertility" else float(first[flow].sum()) for name, flow in _CARRIED.items()}
    return {name: level for name, level in levels.items() if name in components}
