"""Charts of made-up figures that are compared with the pictures in ``baseline``.

``python -m tests.plot.drawings`` draws the pictures anew; look at them before they are committed.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from kompaslite import plot

BASELINE = Path(__file__).with_name("baseline")
YEARS = np.arange(2026, 2037)
TOTAL = xr.DataArray(1000.0 + 30.0 * np.sqrt(YEARS - 2026.0), coords={"year": YEARS})


def people(scale: float = 1.0) -> xr.DataArray:
    """A population by sex and age with a wave in it."""
    ages = np.arange(101)
    shape = np.exp(-((ages / 75.0) ** 4)) * (60.0 + 15.0 * np.sin(ages / 8.0))
    return xr.DataArray(np.stack([shape, 1.05 * shape]) * scale, coords={"sex": ["female", "male"], "age": ages})


def components() -> pd.DataFrame:
    """Components of four years that change their signs."""
    parts = {
        "natural_increase": [40, 20, -10, 5],
        "net_immigration": [30, -15, 60, 10],
        "net_in_migration": [-20, 45, 15, -30],
        "adjustment": [2, -1, 3, 0],
    }
    return pd.DataFrame(parts, index=[2022, 2023, 2024, 2025]).assign(growth=[52, 49, 68, -15])


def quantiles() -> xr.DataArray:
    """Two intervals that grow with the years."""
    levels = xr.DataArray([-2.0, -1.0, 1.0, 2.0], coords={"quantile": [0.025, 0.1, 0.9, 0.975]})
    return TOTAL + levels * 12.0 * (TOTAL["year"] - 2026) ** 0.7


def deviation() -> pd.DataFrame:
    """Deviations of five age groups."""
    index = ["0-5", "6-15", "16-29", "30-66", "67+", "total"]
    return pd.DataFrame({"deviation": [-6, -33, 58, -131, 0, -112]}, index=index)


def dwellings() -> pd.DataFrame:
    """Two years, of which one is not complete yet."""
    return pd.DataFrame({"planned": [700, 650], "expected": [600, 582], "completed": [np.nan, 408]}, index=[2025, 2026])


def rates() -> xr.DataArray:
    """A mortality that falls."""
    ages, years = np.arange(0, 100, 5), np.arange(2000, 2020)
    values = np.exp(-9.0 + 0.085 * ages[:, None] - 0.02 * (years - 2000))
    return xr.DataArray(values, coords={"age": ages, "year": years}, attrs={"units": "1/year"})


def scenarios() -> xr.DataArray:
    """Three scenarios that part."""
    slopes = xr.DataArray([0.0, 8.0, -5.0], coords={"scenario": ["trend", "fornebu", "slow"]})
    return TOTAL + slopes * (TOTAL["year"] - 2026)


DRAWINGS: dict[str, Callable[[Any], object]] = {
    "components": lambda ax: plot.plot_components(components(), ax=ax),
    "deviation": lambda ax: plot.plot_deviation(deviation(), ax=ax, language="nb"),
    "fan": lambda ax: plot.plot_fan(TOTAL, quantiles=quantiles(), observed=observed(), ax=ax, language="nb"),
    "growth": lambda ax: plot.plot_growth({2022: 1.25, 2023: 0.4, 2024: -0.3, 2025: 0.66}, ax=ax, language="nb"),
    "housing": lambda ax: plot.plot_housing(dwellings(), ax=ax),
    "lexis": lambda ax: plot.plot_lexis(rates(), log=True, ax=ax),
    "places": lambda ax: plot.plot_places({"Bærum": 0.66, "Norge": 0.5, "Oslo": -0.1}, place="Bærum", ax=ax),
    "pyramid": lambda ax: plot.plot_pyramid(people(), outline=people(1.2), labels=("2026", "2050"), ax=ax),
    "scenarios": lambda ax: plot.plot_scenarios(scenarios(), ax=ax),
}


def observed() -> xr.DataArray:
    """Six years before the forecast."""
    return xr.DataArray(np.linspace(900.0, 1000.0, 6), coords={"year": np.arange(2021, 2027)})


def draw(chart: Callable[[Any], object], path: Path) -> Path:
    """A small picture, the same on every machine but for the smoothing of letters."""
    with mpl.rc_context({**mpl.rcParamsDefault, "font.family": "DejaVu Sans", "font.size": 8.0, "backend": "agg"}):
        figure = Figure(figsize=(3.4, 2.6), dpi=72, layout="constrained")
        chart(figure.subplots())
        figure.savefig(path, metadata={"Software": None})
    return path


def main() -> None:
    BASELINE.mkdir(exist_ok=True)
    for name, chart in DRAWINGS.items():
        print(draw(chart, BASELINE / f"{name}.png"))


if __name__ == "__main__":
    main()
