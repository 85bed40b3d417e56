"""Futures from net components in total: their levels wander as they did before."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from kompaslite.accounts import age_up
from kompaslite.datasets import MunicipalityData
from kompaslite.engine import project
from kompaslite.report.frames import frame_of
from kompaslite.report.inputs import Text
from kompaslite.report.intervals import Intervals
from kompaslite.uncertainty import Effect, Levels, Reduce, fit_autoregression, project_summary, sample

_MOVES = {"net_immigration": ("immigration", "emigration"), "net_in_migration": ("in_migration", "out_migration")}


def draw_printed(
    data: MunicipalityData, assumptions: xr.Dataset, *, draws: int, seed: int = 1, reduce: Reduce | None = None
) -> xr.Dataset:
    """What draws from the last population say together, each with levels of its own."""
    jump_off = data.observed.population.isel(year=-1)
    levels = component_levels(
        data.note.components, data.note.method.windows, people=jump_off.drop_vars("year"), assumptions=assumptions
    )
    return project_summary(jump_off, sample(assumptions, levels, draws=draws, seed=seed), reduce=reduce)


def ends_of(level: float) -> tuple[float, float]:
    """Quantiles between which a central interval lies."""
    return (1.0 - level) / 2.0, (1.0 + level) / 2.0


def intervals_of(summary: xr.Dataset, area: str, *, draws: int, source: Text, level: float = 0.8) -> Intervals:
    """The interval of one area of a summary with the quantiles of `ends_of`, by age group and in total."""
    ends = summary["quantiles"].sel(area=area, drop=True)
    low, high = (frame_of(ends.sel(quantile=end, drop=True), "year", "age_group") for end in ends_of(level))
    return Intervals(kind="draws", level=level, low=low, high=high, source=source, draws=draws)


def component_levels(
    components: pd.DataFrame, windows: Mapping[str, int], *, people: xr.DataArray, assumptions: xr.Dataset
) -> Levels:
    """How the levels of net components wander: autoregressions around the means that were assumed."""
    names = list(windows)
    fits = [fit_autoregression(components[name].to_numpy(dtype=float)) for name in names]
    parameters = xr.Dataset(
        {
            "persistence": ("component", [fit.persistence for fit in fits]),
            "innovation": ("component", [fit.innovation for fit in fits]),
            "noise": ("component", np.zeros(len(names))),
            "window": ("component", [windows[name] for name in names]),
            "correlation": (("component", "other"), np.corrcoef([fit.residuals for fit in fits])),
        },
        coords={"component": names, "other": names},
    )
    alike = "area" in people.dims and not any("area" in part.dims for part in assumptions.values())
    people = people.sum("area", keep_attrs=True) if alike else people
    return Levels(national=parameters, effects=_effects(people, assumptions), years=len(components), people=people)


def _effects(people: xr.DataArray, baseline: xr.Dataset) -> tuple[Effect, ...]:
    """What one person more or fewer of each component does to the assumptions."""
    first = baseline.isel(year=[0])
    flows = project(people, first).flows
    reached = age_up(people)
    effects = [
        Effect(
            component="natural_increase",
            variable="fertility",
            how="scale",
            response=xr.DataArray(1.0 / float(flows["births"].sum())),
        )
    ]
    for component, (gain, loss) in _MOVES.items():
        more, fewer = (_profile(first, variable) / float(flows[variable].sum()) for variable in (gain, loss))
        each = (more / reached.where(reached > 0.0)).fillna(0.0)
        effects.append(Effect(component=component, variable=gain, how="gain", response=each, per_head=True))
        effects.append(Effect(component=component, variable=loss, how="loss", response=fewer))
    return tuple(effects)


def _profile(first: xr.Dataset, variable: str) -> xr.DataArray:
    values = first[variable]
    return values.isel(year=0, drop=True) if "year" in values.dims else values
