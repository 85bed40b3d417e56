"""The tables of the note to the last digit, and the rounding rule behind them."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.evaluation.tables import components_table, deviation_table
from kompaslite.schema import SchemaError
from kompaslite.schema.age_groups import NOTE_AGE_GROUPS


@pytest.fixture(scope="module")
def printed(shared):
    table = pd.read_csv(shared / "note" / "age_groups_2025_2026.csv").set_index("age_group")
    return table.rename(
        columns={
            "actual_2025_01_01": "start",
            "actual_2026_01_01": "actual",
            "forecast_2026_01_01": "forecast",
        }
    )[["start", "actual", "growth", "forecast", "deviation"]]


def test_the_printed_table_is_met_exactly(printed):
    rows = printed.drop(index="total")
    table = deviation_table(start=rows.start, actual=rows.actual, forecast=rows.forecast, forecast_total=133_445)
    pd.testing.assert_frame_equal(table, printed.rename(index=str), check_names=False)
    assert table.loc["total", ["forecast", "deviation"]].tolist() == [133_445, -217]
    assert rows[["forecast", "deviation"]].sum().tolist() == [133_446, -218]


def test_without_the_unrounded_total_the_rows_are_all_there_is(printed):
    rows = printed.drop(index="total")
    table = deviation_table(start=rows.start, actual=rows.actual, forecast=rows.forecast)
    assert table.loc["total", "forecast"] == 133_446


def test_a_total_is_rounded_from_unrounded_values():
    groups = ["0-9", "10-19", "20+"]
    forecast = dict(zip(groups, [10.4, 10.4, 10.4], strict=True))
    same = dict.fromkeys(groups, 10)
    table = deviation_table(start=same, actual=same, forecast=forecast, groups=groups)
    assert table["forecast"].tolist() == [10, 10, 10, 31]
    assert table["deviation"].tolist() == [0, 0, 0, -1]


def test_halves_round_away_from_zero_both_ways():
    groups = ["0-9", "10+"]
    table = deviation_table(
        start={"0-9": 0, "10+": 0}, actual={"0-9": 3, "10+": 2}, forecast={"0-9": 0.5, "10+": 4.5}, groups=groups
    )
    assert table["forecast"].tolist() == [1, 5, 5]
    assert table["deviation"].tolist() == [3, -3, 0]


def test_decimals_and_unrounded_numbers():
    figures = {"0+": 10.04}
    arguments = {"start": figures, "actual": figures, "forecast": {"0+": 10.0}, "groups": ["0+"]}
    assert deviation_table(**arguments, decimals=1)["deviation"].tolist() == [0.0, 0.0]
    assert deviation_table(**arguments, decimals=None)["deviation"].tolist() == pytest.approx([0.04, 0.04])


def people(values, **labels):
    return xr.DataArray(values, coords=labels, dims=list(labels), attrs={"units": "persons"})


def test_single_ages_and_sexes_are_summed_into_the_groups():
    start = people(np.ones((2, 106)), sex=["female", "male"], age=range(106))
    table = deviation_table(start=start, actual=2 * start, forecast=start * 1.5)
    assert table.index.tolist() == [*NOTE_AGE_GROUPS, "total"]
    assert table.loc["6-12"].tolist() == [14, 28, 14, 21, 7]
    assert table.loc["total"].tolist() == [212, 424, 212, 318, 106]


def test_areas_and_scenarios_make_rows_of_their_own():
    start = people(np.ones((2, 3)), area=["3201", "3203"], age=range(3))
    forecast = start.expand_dims(scenario=["low", "high"]) * xr.DataArray([1, 2], dims="scenario")
    table = deviation_table(start=start, actual=start, forecast=forecast, groups=["0", "1+"])
    assert table.index.names == ["scenario", "area", "age_group"]
    assert table.loc[("high", "3203", "total"), "deviation"] == -3
    assert len(table) == 2 * 2 * 3


def test_years_beside_the_ages_do_not_matter_but_other_areas_do():
    both = people(np.ones((2, 3, 2)), area=["3201", "3203"], age=range(3), year=[2025, 2026])
    start, end = both.sel(year=2025), both.sel(year=2026)
    table = deviation_table(start=start, actual=end, forecast=end, groups=["0", "1+"])
    assert table["growth"].tolist() == [0] * 6
    with pytest.raises(SchemaError, match="forecast: 1 labels of dimension area are missing that start has: 3203"):
        deviation_table(start=start, actual=end, forecast=end.sel(area=["3201"]), groups=["0", "1+"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"groups": ["0-66", "60+"]}, r"0-66 and 60\+ overlap, they share the ages 60-66"),
        ({"groups": ["0-60", "67+"]}, "6 ages are in no group, the first is 61"),
        ({"actual": {"0-66": 1, "67-79": 1}}, "actual: 1 unknown age groups, the first is 67-79"),
        ({"actual": {"0-66": 1}}, r"actual: 1 labels of dimension age_group are missing that the table has: 67\+"),
        ({"forecast": {"0-66": 1, "67+": float("nan")}}, r"forecast: 1 of 2 values are not numbers of persons; .*67\+"),
        ({"start": pd.Series([1, 2, 3], index=["0-66", "67+", "67+"])}, r"start: age group 67\+ occurs 2 times"),
        ({"start": people(np.ones(2), year=[2025, 2026])}, "start: neither ages nor age groups; .* year"),
    ],
)
def test_bad_figures_are_refused(change, words):
    figures = {"0-66": 1, "67+": 1}
    arguments = {"start": figures, "actual": figures, "forecast": figures, "groups": ["0-66", "67+"]} | change
    if change.get("groups") == ["0-66", "60+"] or change.get("groups") == ["0-60", "67+"]:
        arguments |= dict.fromkeys(("start", "actual", "forecast"), people(np.ones(106), age=range(106)))
    with pytest.raises(SchemaError, match=words):
        deviation_table(**arguments)


def test_the_components_of_the_note_and_the_register_adjustment(shared):
    printed = pd.read_csv(shared / "note" / "components_annual_2010_2025.csv").set_index("year")
    printed.columns = ["natural_increase", "net_immigration", "net_in_migration", "growth"]
    table = components_table(printed)
    pd.testing.assert_frame_equal(table[printed.columns], printed)
    assert table.loc[2025].tolist() == [304, -52, 605, 13, 870]
    assert (table.drop(columns="growth").sum(axis=1) == table["growth"]).all()


def accounts(**flows):
    population = people([[[10.0, 12.0], [5.0, 6.0]]], sex=["female"], age=[0, 1], year=[2025, 2026])
    return Accounts(
        population,
        xr.Dataset(
            {
                name: xr.DataArray(
                    [[value]], coords={"sex": ["female"], "year": [2025]}, attrs={"units": "persons/year"}
                )
                for name, value in flows.items()
            }
        ),
    )


def test_components_of_accounts():
    table = components_table(accounts(births=12.0, deaths=8.0, in_migration=2.0, out_migration=4.0, net_migration=0.5))
    assert table.columns.tolist() == ["natural_increase", "net_in_migration", "net_migration", "adjustment", "growth"]
    assert components_table(accounts(births=12.0, deaths=8.4), decimals=None).loc[2025].tolist() == pytest.approx(
        [3.6, -0.6, 3]
    )
    assert table.loc[2025].tolist() == [4, -2, 1, 1, 3]


def test_moves_between_areas_are_a_component_of_their_own():
    table = components_table(accounts(births=12.0, deaths=8.0, moves_in=5.0, moves_out=2.0))
    assert table.loc[2025].to_dict() == {"natural_increase": 4, "net_moves": 3, "adjustment": -4, "growth": 3}


@pytest.mark.parametrize(
    ("components", "words"),
    [
        (pd.DataFrame({"births": [1], "growth": [1]}), "unknown column births"),
        (pd.DataFrame({"natural_increase": [1]}), "growth and at least one component are needed"),
        (
            pd.DataFrame({"natural_increase": [1, None], "growth": [1, 1]}, index=[2024, 2025]),
            "1 of 2 values of natural_increase are not numbers; the first is in 2025",
        ),
        (accounts(births=1.0), "there are births but no deaths"),
        (accounts(), "these accounts have no flows"),
    ],
)
def test_bad_components_are_refused(components, words):
    with pytest.raises(SchemaError, match=words):
        components_table(components)


@pytest.mark.parametrize("areas", [("9901", "9902", "9903"), ("9901", "9901", "9902"), ("9902", "9901", "9901")])
def test_tables_of_different_areas_are_refused(areas):
    people = xr.DataArray(np.ones((3, 3)), coords={"area": ["9901", "9902", "9903"], "age": [0, 1, 2]})
    start, actual, forecast = (people.sel(area=area) for area in areas)
    with pytest.raises(SchemaError, match=r"is of area 990\d, but \w+ is of area 990\d"):
        deviation_table(start=start, actual=actual, forecast=forecast, groups=["0", "1+"])
    with pytest.raises(SchemaError, match="is of area 990"):
        deviation_table(start=people, actual=people, forecast=forecast, groups=["0", "1+"])
    table = deviation_table(start=start, actual=start, forecast=start, groups=["0", "1+"])
    assert table.attrs == {"sign": "actual less forecast", "area": areas[0]}


def test_the_deviation_is_actual_less_forecast_in_every_table():
    by_age = {name: xr.DataArray([count, 0.0], coords={"age": [0, 1]}) for name, count in FEWER.items()}
    table = deviation_table(**by_age, groups=["0", "1+"])
    assert table.loc["total", "deviation"] == -217
    assert table.attrs["sign"] == "actual less forecast"


FEWER = {"start": 132_358.0, "actual": 133_228.0, "forecast": 133_445.0}
