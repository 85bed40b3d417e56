"""Charts: what is drawn equals the figures, words and numbers follow the language, bad figures are refused."""

import inspect

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.figure import Figure

from kompaslite import plot
from kompaslite.plot import (
    plot_components,
    plot_deviation,
    plot_fan,
    plot_growth,
    plot_housing,
    plot_lexis,
    plot_places,
    plot_pyramid,
    plot_scenarios,
)
from kompaslite.schema import SchemaError
from tests.plot.drawings import DRAWINGS, TOTAL, deviation, dwellings, quantiles, rates, scenarios

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


@pytest.mark.parametrize("dtype", ["uint8", "uint32", "uint64", "int16", "float16", "float32"])
def test_counts_of_any_width_are_drawn_as_they_are(ax, dtype):
    plot_pyramid(people().astype(dtype), ax=ax)
    men, women = ax.containers
    assert [bar.get_width() for bar in men] == [-60, -30, -5]
    assert [bar.get_width() for bar in women] == [50, 40, 10]


@pytest.mark.parametrize("dtype", ["uint8", "float16"])
def test_tables_of_any_width_are_drawn_as_they_are(table, ax, dtype):
    small = (table.abs() % 200).assign(growth=[5, 6]).astype(dtype)
    plot_components(small, ax=ax)
    tops = [max(bar.get_y() + bar.get_height() for bar in bars) for bars in zip(*ax.containers, strict=True)]
    assert tops == small.drop(columns="growth").astype(float).sum(axis=1).tolist()


def test_ages_of_five_years_are_drawn_five_years_wide(ax):
    wide = people().assign_coords(age=[0, 5, 10])
    plot_pyramid(wide, outline=wide, ax=ax)
    bars = ax.containers[0]
    assert [(bar.get_y(), bar.get_height()) for bar in bars] == [(-0.5, 5.0), (4.5, 5.0), (9.5, 5.0)]
    assert ax.get_ylim() == (-0.5, 14.5)


def of_area(array, code):
    return array.assign_coords(area=code)


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (
            lambda: plot_pyramid(of_area(people(), "0301"), outline=of_area(people(), "3201")),
            "population is of area 0301, but outline is of area 3201",
        ),
        (
            lambda: plot_pyramid(people().expand_dims(area=["0301"]), outline=of_area(people(), "3201")),
            "outline is of area 3201, but population is of area 0301|population is of area 0301, but outline",
        ),
        (
            lambda: plot_fan(of_area(TOTAL, "0301"), quantiles=of_area(quantiles(), "3201")),
            "forecast is of area 0301, but quantiles is of area 3201",
        ),
        (
            lambda: plot_fan(TOTAL.assign_coords(scenario="low"), observed=TOTAL.assign_coords(scenario="high")),
            "forecast is of scenario low, but observed is of scenario high",
        ),
    ],
)
def test_two_areas_are_not_drawn_as_one(draw, words):
    with pytest.raises(SchemaError, match=words):
        draw()


def test_another_scenario_may_be_an_outline_and_the_same_area_is_no_error(ax):
    low, high = (of_area(people(), "0301").assign_coords(scenario=name) for name in ("low", "high"))
    assert plot_pyramid(low, outline=high, ax=ax) is ax
    assert plot_fan(of_area(TOTAL, "0301"), observed=TOTAL, ax=Figure().subplots()).get_ylabel() == "Persons"


def test_a_count_axis_has_whole_numbers_only(ax):
    plot_fan(xr.DataArray([916.0, 917.0], coords={"year": [2026, 2027]}), ax=ax)
    assert all(float(tick).is_integer() for tick in ax.get_yticks())


@pytest.mark.parametrize("name", ["a$b", "$x^2$", "_low", "$", "=1+1", "100 %", "a_b", "{x}"])
def test_names_of_scenarios_places_and_groups_are_drawn_as_they_are_written(name):
    def shown(text):
        return text.replace("\\$", "$").removeprefix("\u2060")

    figure = Figure()
    axes = figure.subplots(2, 2).ravel()
    plot_scenarios(scenarios().isel(scenario=[0, 1]).assign_coords(scenario=[name, "other"]), ax=axes[0])
    assert [shown(text.get_text()) for text in axes[0].get_legend().get_texts()] == [name, "other"]
    plot_places({name: 1.0, "Oslo": 2.0}, ax=axes[1])
    assert shown(axes[1].get_yticklabels()[0].get_text()) == name
    plot_deviation(pd.DataFrame({"deviation": [1.0, 2.0]}, index=[name, "total"]), ax=axes[2])
    assert shown(axes[2].get_xticklabels()[0].get_text()) == name
    plot_pyramid(people(), outline=people(), labels=(name, name), ax=axes[3])
    figure.canvas.draw()


def test_components_that_are_nought_throughout_are_not_in_the_legend(ax, table):
    plot_components(table.assign(adjustment=0), ax=ax)
    assert "Adjustment" not in {text.get_text() for text in ax.get_legend().get_texts()}


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


@pytest.mark.parametrize("name", list(DRAWINGS))
def test_every_chart_names_its_axes_and_takes_an_ax(name):
    axes = Figure().subplots()
    assert DRAWINGS[name](axes) is axes
    labels = {axes.get_xlabel(), axes.get_ylabel()}
    units = ("Persons", "Personer", "personer", "per cent", "prosent", "years", "per year", "Dwellings")
    assert any(unit in label for label in labels for unit in units)
    function = getattr(plot, f"plot_{name}")
    assert {"ax", "language"} <= set(inspect.signature(function).parameters)


def test_quarters_are_named_and_counted_by_quarter(ax, table):
    plot_components(table.set_axis(["2024Q4", "2025Q4"]), ax=ax, language="nb")
    assert [label.get_text() for label in ax.get_xticklabels()] == ["2024K4", "2025K4"]
    assert ax.get_ylabel() == "Personer per kvartal"


def test_deviations_stand_on_their_side_of_nought_and_the_total_is_not_drawn(ax):
    plot_deviation(deviation(), ax=ax)
    assert [bar.get_height() for bar in ax.patches] == [-6, -33, 58, -131, 0]
    assert len({bar.get_facecolor() for bar in ax.patches}) == 2
    assert [text.get_text() for text in ax.texts] == ["\u22126", "\u221233", "+58", "\u2212131", "0"]


def test_dwellings_that_are_not_known_leave_a_gap(ax):
    plot_housing(dwellings(), ax=ax, language="nb")
    heights = [[bar.get_height() for bar in bars] for bars in ax.containers]
    assert heights[:2] == [[700, 650], [600, 582]]
    assert np.isnan(heights[2][0])
    assert heights[2][1] == 408
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["Planlagt", "Forventet", "Fullført"]
    assert "nan" not in "".join(text.get_text() for text in ax.texts)


def test_a_fan_has_a_band_for_each_pair(ax):
    plot_fan(TOTAL, quantiles=quantiles(), ax=ax, language="en")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "Interval, 95 per cent",
        "Interval, 80 per cent",
        "Forecast",
    ]
    widest = ax.collections[0].get_paths()[0].get_extents()
    assert (widest.y0, widest.y1) == pytest.approx((float(quantiles().min()), float(quantiles().max())), rel=1e-9)


def test_a_cell_of_the_surface_is_its_rate(ax):
    plot_lexis(rates(), ax=ax)
    drawn = ax.collections[0].get_array()
    assert drawn.shape == (20, 20)
    assert drawn[3, 5] == pytest.approx(float(rates().sel(age=15, year=2005)))
    assert ax.get_xlim() == (2000, 2020)
    assert ax.get_ylim() == (0, 100)


def test_rates_of_nought_have_no_logarithm_and_stay_white(ax):
    plot_lexis(rates().where(rates().age > 20, 0.0), log=True, ax=ax)
    assert np.ma.getmaskarray(ax.collections[0].get_array())[:5].all()


def test_places_stand_in_order_with_one_marked(ax):
    plot_places({"Bærum": 0.66, "Oslo": -0.1, "Norge": 0.5}, place="Bærum", ax=ax, language="nb")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Oslo", "Norge", "Bærum"]
    colours = [bar.get_facecolor() for bar in ax.patches]
    assert colours[0] == colours[1] != colours[2]
    assert [text.get_text() for text in ax.texts] == ["\u22120,1", "0,5", "0,7"]


def test_scenarios_differ_in_colour_and_stroke(ax):
    plot_scenarios(scenarios(), ax=ax)
    assert len({(line.get_color(), line.get_linestyle()) for line in ax.lines}) == 3
    assert ax.lines[1].get_ydata()[-1] == pytest.approx(float(TOTAL[-1]) + 80.0)


def test_decimals_of_an_axis_are_those_that_its_ticks_need(ax):
    plot_growth({2024: 0.5, 2025: 1.0}, ax=ax, language="nb")
    ax.set_yticks([0.0, 0.25, 0.5])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["0,00", "0,25", "0,50"]


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: plot_deviation(pd.DataFrame({"growth": [1]})), "deviation: there is no column deviation"),
        (lambda: plot_deviation(pd.DataFrame({"deviation": [np.nan]}, index=["0"])), "1 of 1 values are not finite"),
        (lambda: plot_housing(pd.DataFrame({"vacated": [5]})), "dwellings: one of planned, expected, completed is"),
        (lambda: plot_housing(pd.DataFrame({"planned": [np.nan]})), "dwellings: one of planned"),
        (lambda: plot_growth({}), "growth: there is nothing to draw"),
        (lambda: plot_places({"Oslo": np.inf}), "growth: 1 of 1 values are not finite"),
        (lambda: plot_fan(scenarios()), "forecast: dimension scenario is not known here"),
        (lambda: plot_fan(TOTAL, quantiles=quantiles().isel(quantile=[0, 1])), "they stand in pairs around one half"),
        (lambda: plot_fan(TOTAL, quantiles=quantiles().isel(year=slice(3))), "quantiles: 8 labels of dimension year"),
        (lambda: plot_scenarios(TOTAL), "population: dimension scenario is missing"),
        (
            lambda: plot_scenarios(TOTAL.expand_dims(scenario=[f"s{i}" for i in range(7)])),
            "7 scenarios cannot be told apart in one chart. Select 6 at most",
        ),
        (lambda: plot_lexis(-rates()), "rates: 400 of 400 values are not numbers of at least 0"),
        (lambda: plot_lexis(0 * rates(), log=True), "rates: none is above 0"),
        (lambda: plot_lexis(TOTAL), "rates: dimension age is missing"),
    ],
)
def test_what_cannot_be_drawn_is_named(draw, words):
    with pytest.raises(SchemaError, match=words):
        draw()
