"""A forecast with what it may turn into: lines, bands, and scenarios side by side."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from kompaslite.plot.axes import LINES, axes_or_new, clear_frame, count_axis, drawable, legend_above, literal, year_axis
from kompaslite.schema import SchemaError, require_labels, short_list
from kompaslite.schema.contracts import common_scalars
from kompaslite.text import Language, percent, term

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BAND = "#005B99"


def plot_fan(
    forecast: xr.DataArray,
    *,
    quantiles: xr.DataArray | None = None,
    observed: xr.DataArray | None = None,
    ax: "Axes | None" = None,
    language: Language = "en",
) -> "Axes":
    """A forecast as a line, its intervals as bands, and the past before it.

    Parameters
    ----------
    forecast : xr.DataArray
        Persons on 1 January, ``(year,)``.
    quantiles : xr.DataArray, optional
        Persons, ``(quantile, year)``, in pairs that lie alike around one half, such as 0.1 and 0.9; the years are
        those of `forecast`.
    observed : xr.DataArray, optional
        Persons of earlier years, ``(year,)``.
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
        If there are other dimensions, years that differ, quantiles without their pair, or labels of another area.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> people = xr.DataArray([100.0, 103.0], coords={"year": [2026, 2027]})
    >>> spread = xr.DataArray([[100.0, 101.0], [100.0, 105.0]], coords={"quantile": [0.1, 0.9], "year": [2026, 2027]})
    >>> plot_fan(people, quantiles=spread).get_ylabel()
    'Persons'
    """
    line = drawable(forecast, "forecast", ["year"])
    spread = None if quantiles is None else drawable(quantiles, "quantiles", ["quantile", "year"])
    past = None if observed is None else drawable(observed, "observed", ["year"])
    given = {"forecast": line, "quantiles": spread, "observed": past}
    common_scalars({name: array for name, array in given.items() if array is not None})
    ax = axes_or_new(ax)
    years = line["year"].values.tolist()
    if spread is not None:
        _draw_bands(ax, require_labels(spread, "year", years, "quantiles"), years, language)
    if past is not None:
        years = [*past["year"].values.tolist(), *years]
        ax.plot(past["year"], past, color="#111111", linewidth=1.6, label=term("observed", language))
    ax.plot(line["year"], line, color=_BAND, linewidth=1.8, label=term("forecast", language))
    _finish(ax, years, language)
    return ax


def _draw_bands(ax: "Axes", spread: xr.DataArray, years: list[int], language: Language) -> None:
    """Widest first, so that the narrower ones lie on top."""
    levels = spread["quantile"].values
    if levels.size % 2 or not np.allclose(levels + levels[::-1], 1.0) or np.any(np.diff(levels) <= 0):
        raise SchemaError(
            f"quantiles: they stand in pairs around one half, ascending; they are {short_list(levels.tolist())}. Give "
            "both ends of each interval, for example 0.1 and 0.9."
        )
    pairs = levels.size // 2
    for i in range(pairs):
        low, high = spread.isel(quantile=i), spread.isel(quantile=-1 - i)
        share = percent((levels[-1 - i] - levels[i]) * 100.0, language, decimals=0)
        shade = 0.18 + 0.22 * i / pairs
        label = f"{term('interval', language)}, {share}"
        ax.fill_between(years, low.values, high.values, color=_BAND, alpha=shade, linewidth=0.0, label=label)


def plot_scenarios(population: xr.DataArray, *, ax: "Axes | None" = None, language: Language = "en") -> "Axes":
    """Several scenarios as lines.

    Parameters
    ----------
    population : xr.DataArray
        Persons on 1 January, ``(scenario, year)``; two scenarios at least.
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
        If there are other dimensions, or more scenarios than can be told apart.

    Examples
    --------
    >>> import xarray as xr
    >>> from matplotlib.figure import Figure
    >>> paths = xr.DataArray([[9.0, 9.5], [9.0, 9.2]], coords={"scenario": ["trend", "plan"], "year": [2026, 2027]})
    >>> len(plot_scenarios(paths, ax=Figure().subplots()).lines)
    2
    """
    people = drawable(population, "population", ["scenario", "year"])
    if people.sizes["scenario"] > len(LINES):
        raise SchemaError(
            f"population: {people.sizes['scenario']} scenarios cannot be told apart in one chart. Select "
            f"{len(LINES)} at most."
        )
    ax = axes_or_new(ax)
    styles = ("-", "--", "-.", ":", "-", "--")
    for name, colour, style in zip(people["scenario"].values.tolist(), LINES, styles, strict=False):
        ax.plot(
            people["year"], people.sel(scenario=name), color=colour, linestyle=style, linewidth=1.8, label=literal(name)
        )
    _finish(ax, people["year"].values.tolist(), language)
    return ax


def _finish(ax: "Axes", years: list[int], language: Language) -> None:
    year_axis(ax, years, language)
    ax.set_ylabel(term("persons", language))
    count_axis(ax.yaxis, language)
    clear_frame(ax)
    legend_above(ax)
