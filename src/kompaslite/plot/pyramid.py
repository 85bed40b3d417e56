"""The population pyramid."""

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from kompaslite.plot.axes import COLOURS, axes_or_new, clear_frame, count_axis, drawable, legend_above, literal
from kompaslite.schema import SchemaError, conform, require_labels
from kompaslite.schema.contracts import common_scalars
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
    """Men to the left and women to the right by age, another population as an outline.

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
        If there are other dimensions than sex and age, a sex is missing, or the ages or areas differ.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> people = xr.DataArray([[5.0, 4.0], [6.0, 3.0]], coords={"sex": ["female", "male"], "age": [0, 1]})
    >>> plot_pyramid(people).get_ylabel()
    'Age, years'
    """
    people = _checked(population, "population")
    other = None if outline is None else _checked(outline, "outline")
    if other is not None:
        _check_area(people, other)
    ax = axes_or_new(ax)
    ages, widths = people["age"].values, _widths(people)
    for sex, word, side in (("male", "men", -1), ("female", "women", 1)):
        name = " ".join(filter(None, [term(word, language), literal(labels[0])]))
        ax.barh(
            ages + (widths - 1.0) / 2.0,
            side * people.sel(sex=sex).values,
            height=widths,
            color=COLOURS[word],
            edgecolor=COLOURS[word],
            linewidth=0.3,
            label=name,
        )
    if other is not None:
        _draw_outline(ax, require_labels(other, "age", ages, "outline"), literal(labels[1]))
    ax.axvline(0, color="white", linewidth=0.8)
    ax.set_ylabel(term("age_years", language))
    ax.set_xlabel(term("persons", language))
    ax.set_ylim(ages[0] - 0.5, ages[-1] + widths[-1] - 0.5)
    count_axis(ax.xaxis, language, absolute=True)
    clear_frame(ax)
    legend_above(ax)
    return ax


def _draw_outline(ax: "Axes", people: xr.DataArray, label: str) -> None:
    ages = people["age"].values
    edges = np.append(ages, ages[-1] + _widths(people)[-1]) - 0.5
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


def _widths(people: xr.DataArray) -> np.ndarray:
    """Years in each age; the open one is drawn as wide as the one before it."""
    ages = people["age"].values
    return np.diff(ages, append=2 * ages[-1] - ages[-2]).astype(float) if ages.size > 1 else np.ones(1)


def _check_area(people: xr.DataArray, other: xr.DataArray) -> None:
    """Another year or scenario may be compared with; another area is a mistake."""
    others = ("scenario", "draw", "origin")
    pair = {"population": people, "outline": other}
    common_scalars({name: array.drop_vars(others, errors="ignore") for name, array in pair.items()})


def _checked(population: xr.DataArray, name: str) -> xr.DataArray:
    people = drawable(population, name, ["sex", "age"], low=0.0)
    if people.sizes["sex"] != 2:
        raise SchemaError(f"{name}: both sexes are needed, it has {people['sex'].values.tolist()}.")
    return conform(people, name)
