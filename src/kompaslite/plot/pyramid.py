"""The population pyramid."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from kompaslite.plot.axes import COLOURS, axes_or_new, clear_frame, count_axis, legend_above
from kompaslite.schema import SchemaError, conform, require_dims, require_labels, require_values
from kompaslite.text import Language, term

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_pyramid(
    population: xr.DataArray,
    *,
    outline: xr.DataArray | None = None,
    labels: tuple[str, str] = ("", ""),
    ax: "Axes | None" = None,
    language: Language = "en",
) -> "Axes":
    """Men to the left and women to the right by single age, another population as an outline.

    Parameters
    ----------
    population : xr.DataArray
        Persons, ``(sex, age)``; the last age is open.
    outline : xr.DataArray, optional
        Another population of the same ages, for example the forecast of a later year.
    labels : tuple of str
        What the bars and the outline are, for example ``("2026", "2050")``.
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
        If there are other dimensions than sex and age, a sex is missing, or the ages differ.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> people = xr.DataArray([[5.0, 4.0], [6.0, 3.0]], coords={"sex": ["female", "male"], "age": [0, 1]})
    >>> plot_pyramid(people).get_ylabel()
    'Age, years'
    """
    people = _checked(population, "population")
    ax = axes_or_new(ax)
    ages = people["age"].values
    for sex, word, side in (("male", "men", -1), ("female", "women", 1)):
        name = " ".join(filter(None, [term(word, language), labels[0]]))
        ax.barh(
            ages,
            side * people.sel(sex=sex).values,
            height=1.0,
            color=COLOURS[word],
            edgecolor=COLOURS[word],
            linewidth=0.3,
            label=name,
        )
    if outline is not None:
        _draw_outline(ax, require_labels(_checked(outline, "outline"), "age", ages, "outline"), labels[1])
    ax.axvline(0, color="white", linewidth=0.8)
    ax.set_ylabel(term("age_years", language))
    ax.set_xlabel(term("persons", language))
    ax.set_ylim(-0.5, ages[-1] + 0.5)
    count_axis(ax.xaxis, language, absolute=True)
    clear_frame(ax)
    legend_above(ax)
    return ax


def _draw_outline(ax: "Axes", people: xr.DataArray, label: str) -> None:
    edges = np.append(people["age"].values - 0.5, people["age"].values[-1] + 0.5)
    for sex, side in (("male", -1), ("female", 1)):
        ax.stairs(
            side * people.sel(sex=sex).values,
            edges,
            orientation="horizontal",
            baseline=None,
            color="black",
            linewidth=1.1,
            label=label if sex == "male" else None,
        )


def _checked(population: xr.DataArray, name: str) -> xr.DataArray:
    single = [dim for dim in population.dims if dim not in ("sex", "age") and population.sizes[dim] == 1]
    population = population.squeeze(single, drop=True)
    require_dims(population, name, needed=("sex", "age"), allowed=("sex", "age"))
    population = conform(population, name)
    if population.sizes["sex"] != 2:
        raise SchemaError(f"{name}: both sexes are needed, it has {population['sex'].values.tolist()}.")
    require_values(population, name, low=0.0, words="are not numbers of at least 0")
    return population
