"""Charts: what is drawn equals the figures, words and numbers follow the language, bad figures are refused."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.figure import Figure

from kompaslite.plot import plot_components, plot_pyramid
from kompaslite.schema import SchemaError

mpl.use("agg")


@pytest.fixture
def ax():
    return Figure().subplots()


@pytest.fixture
def table():
    figures = {"natural_increase": [225, 304], "net_immigration": [862, -52], "net_in_migration": [-201, 605]}
    return pd.DataFrame(figures | {"adjustment": [6, 13], "growth": [892, 870]}, index=[2022, 2025])


def test_stacked_components_end_at_gains_and_losses_and_the_line_is_growth(ax, table):
    assert plot_components(table, ax=ax) is ax
    tops = [max(bar.get_y() + bar.get_height() for bar in bars) for bars in zip(*ax.containers, strict=True)]
    bottoms = [min(bar.get_y() + bar.get_height() for bar in bars) for bars in zip(*ax.containers, strict=True)]
    assert tops == pytest.approx([225 + 862 + 6, 304 + 605 + 13])
    assert bottoms == pytest.approx([-201, -52])
    assert ax.lines[0].get_ydata().tolist() == [892, 870]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["2022", "2025"]
    assert ax.get_ylabel() == "Persons per year"


def test_words_and_numbers_in_norwegian(ax, table):
    plot_components(table, ax=ax, language="nb")
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert {"Vekst", "Fødselsoverskudd", "Netto innvandring", "Netto innflytting"} <= set(words)
    assert ax.yaxis.get_major_formatter()(1500, 0) == "1\u00a0500"


def people(scale=1.0):
    values = scale * np.array([[50.0, 40.0, 10.0], [60.0, 30.0, 5.0]])
    return xr.DataArray(values, coords={"sex": ["female", "male"], "age": [0, 1, 2]}, dims=["sex", "age"])


def test_men_stand_left_and_women_right(ax):
    plot_pyramid(people().expand_dims(area=["3201"]), outline=people(2.0), labels=("2026", "2050"), ax=ax)
    men, women = ax.containers
    assert [bar.get_width() for bar in men] == [-60, -30, -5]
    assert [bar.get_width() for bar in women] == [50, 40, 10]
    assert [patch.get_data().values.tolist() for patch in ax.patches if hasattr(patch, "get_data")] == [
        [-120, -60, -10],
        [100, 80, 20],
    ]
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {"Men 2026", "Women 2026", "2050"}
    assert ax.xaxis.get_major_formatter()(-1500, 0) == "1,500"


def test_new_axes_are_made_where_none_are_given(table):
    from matplotlib import pyplot as plt

    assert plot_components(table).figure is not plot_pyramid(people()).figure
    plt.close("all")


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        (pd.DataFrame({"natural_increase": [1]}), "growth and one component at least are needed"),
        (pd.DataFrame({"growth": [1]}), "growth and one component at least are needed"),
        (pd.DataFrame({"natural_increase": [np.nan], "growth": [1]}), "natural_increase: 1 of 1 values are not finite"),
    ],
)
def test_bad_components_are_refused(figures, words):
    with pytest.raises(SchemaError, match=words):
        plot_components(figures)


@pytest.mark.parametrize(
    ("population", "outline", "words"),
    [
        (people().expand_dims(year=[2025, 2026]), None, "population: dimension year is not known here"),
        (people().sel(sex=["male"]), None, "population: both sexes are needed"),
        (-people(), None, "population: 6 of 6 values are not numbers of at least 0"),
        (people(), people().isel(age=[0, 1]), "outline: 1 labels of dimension age are missing"),
    ],
)
def test_bad_populations_are_refused(population, outline, words, ax):
    with pytest.raises(SchemaError, match=words):
        plot_pyramid(population, outline=outline, ax=ax)
