"""Rates over age and time at once."""

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from kompaslite._extras import from_extra
from kompaslite.plot.axes import axes_or_new, decimal_axis, drawable
from kompaslite.schema import SchemaError
from kompaslite.text import Language, term

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COHORTS = 20


def plot_lexis(
    rates: xr.DataArray, *, log: bool = False, ax: "Axes | None" = None, language: Language = "en"
) -> "Axes":
    """A surface of rates by age and year, with lines along which cohorts grow older.

    Parameters
    ----------
    rates : xr.DataArray
        ``(age, year)``, evenly spaced, at least 0; ``attrs["units"]`` is shown where it is given.
    log : bool
        Whether colours follow the logarithm, as for mortality; rates of 0 are then left white.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default a new figure.
    language : {"en", "nb"}
        Language of the words and numbers.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    SchemaError
        If there are other dimensions, rates below 0, or, with `log`, no rate above 0.

    References
    ----------
    .. [1] Lexis (1875), Einleitung in die Theorie der Bevölkerungsstatistik.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> from matplotlib.figure import Figure
    >>> rates = xr.DataArray(np.full((3, 4), 0.01), coords={"age": [0, 1, 2], "year": [2023, 2024, 2025, 2026]})
    >>> plot_lexis(rates.assign_attrs(units="1/year"), ax=Figure().subplots()).get_xlabel() != ""
    True
    """
    surface = drawable(rates, "rates", ["age", "year"], low=0.0)
    if log and not bool((surface > 0.0).any()):
        raise SchemaError("rates: none is above 0, so none has a logarithm. Leave log out.")
    ax = axes_or_new(ax)
    colours = from_extra("matplotlib.colors", "desk", "plot")
    values = surface.where(surface > 0.0) if log else surface
    norm = colours.LogNorm() if log else colours.Normalize(vmin=0.0)
    ages, years = surface["age"].values, surface["year"].values
    mesh = ax.pcolormesh(_edges(years), _edges(ages), values.values, norm=norm, cmap="viridis", rasterized=True)
    _draw_cohorts(ax, years, ages)
    ax.set_xlabel(term("year", language))
    ax.set_ylabel(term("age_years", language))
    ax.set_xticks([year for year in years if year % max(1, 5 * round(len(years) / 25)) == 0 or len(years) < 7])
    _colour_bar(ax, mesh, str(surface.attrs.get("units", "")), language)
    return ax


def _edges(labels: np.ndarray) -> np.ndarray:
    step = float(labels[1] - labels[0]) if labels.size > 1 else 1.0
    return np.append(labels, labels[-1] + step)


def _draw_cohorts(ax: "Axes", years: np.ndarray, ages: np.ndarray) -> None:
    first, last = float(years[0]), float(_edges(years)[-1])
    low, high = float(ages[0]), float(_edges(ages)[-1])
    for age in np.arange(low - (last - first), high, _COHORTS):
        ax.plot([first, last], [age, age + last - first], color="white", linewidth=0.5, alpha=0.6)
    ax.set_xlim(first, last)
    ax.set_ylim(low, high)


def _colour_bar(ax: "Axes", mesh: Any, unit: str, language: Language) -> None:
    label = term("rate_per_year" if unit == "1/year" else "rate", language)
    bar = ax.figure.colorbar(mesh, ax=ax, label=label)
    decimal_axis(bar.ax.yaxis, language)
