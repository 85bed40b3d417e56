"""The Baerum example: the note to the last digit, accounts that balance, levels met, and how far its ages are off."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from kompaslite.accounts import Accounts, check_balance, known_at
from kompaslite.datasets import load_example
from kompaslite.engine import project
from kompaslite.evaluation.tables import components_table, deviation_table
from kompaslite.methods import norway
from kompaslite.methods.component_totals import AssumedLevels, calibrated
from kompaslite.rates import life_expectancy
from kompaslite.schema import SchemaError
from kompaslite.schema.age_groups import age_groups


@pytest.fixture(scope="module")
def baerum():
    return load_example("baerum")


def test_the_typed_tables_are_those_of_the_note(baerum, shared):
    printed = pd.read_csv(shared / "note" / "age_groups_2025_2026.csv").set_index("age_group")
    columns = ["actual_2025_01_01", "actual_2026_01_01", "growth", "forecast_2026_01_01", "deviation"]
    np.testing.assert_array_equal(baerum.note.deviation, printed[columns])
    assert baerum.note.deviation.index.tolist() == printed.index.tolist()
    years = pd.read_csv(shared / "note" / "components_annual_2010_2025.csv").set_index("year")
    np.testing.assert_array_equal(baerum.note.components.drop(columns="adjustment"), years)
    assert baerum.note.components.index.tolist() == years.index.tolist()
    quarters = pd.read_csv(shared / "note" / "components_fourth_quarter_2022_2025.csv").set_index("quarter")
    np.testing.assert_array_equal(baerum.note.quarters.drop(columns="adjustment"), quarters)
    figures = pd.read_csv(shared / "note" / "key_figures.csv")
    np.testing.assert_array_equal(baerum.note.key_figures["value"], figures["value"])


def test_the_printed_table(baerum):
    lines = str(baerum.note.deviation).splitlines()
    assert lines[0].split() == ["start", "actual", "growth", "forecast", "deviation"]
    assert lines[-1].split() == ["total", "132358", "133228", "870", "133445", "-217"]
    assert "KOMPAS" not in baerum.note.source
    assert "26 February 2026" in baerum.note.source


def test_population_has_the_groups_of_the_note_exactly(baerum):
    groups = age_groups(baerum.observed.population.sum("sex")).sel(area="3201")
    table = baerum.note.deviation.drop(index="total")
    np.testing.assert_allclose(groups.sel(year=2025), table["start"], rtol=1e-12)
    np.testing.assert_allclose(groups.sel(year=2026), table["actual"], rtol=1e-12)


def test_accounts_balance_in_every_cell_and_have_the_components_of_the_note(baerum):
    check_balance(baerum.observed, tolerance=1e-8)
    table = components_table(baerum.observed, decimals=None)
    expected = {
        "natural_increase": 304,
        "net_immigration": -52,
        "net_in_migration": 605,
        "adjustment": 13,
        "growth": 870,
    }
    assert table.loc[2025].to_dict() == pytest.approx(expected, abs=1e-6)
    assert all((flow >= 0).all() for name, flow in baerum.observed.flows.items() if name != "adjustment")
    assert baerum.observed.flows.attrs["carried"] == 1.0


def test_graduated_ages_against_the_true_ones(baerum, shared):
    """Statistics Norway, table 07459: the note's groups tell single ages to within 4 to 5 per cent of all people."""
    table = pd.read_parquet(shared / "data" / "population_municipality_age_sex_2005_2026.parquet")
    table = table[(table.municipality_code == "3201") & table.year.isin([2025, 2026])]
    true = table.set_index(["sex", "age", "year"]).population.to_xarray().astype(float)
    off = abs(baerum.observed.population.sel(area="3201") - true)
    by_sex = (off.sum(["sex", "age"]) / true.sum(["sex", "age"])).values
    both = abs((baerum.observed.population.sel(area="3201") - true).sum("sex")).sum("age") / true.sum(["sex", "age"])
    women = baerum.observed.population.sel(sex="female").sum("age").values - true.sel(sex="female").sum("age").values
    print(
        f"\nat the wrong age: {both.values.round(4)}, by sex {by_sex.round(4)}; women {women.round(0)} too many or few"
    )
    assert (both < 0.048).all()
    assert (by_sex < 0.054).all()
    assert (abs(women) < 700).all()


def test_dwellings(baerum):
    figures = {name: array.sel(area="3201", year=2025).item() for name, array in baerum.dwellings.items()}
    assert figures == {"expected": 582, "completed": 408, "vacated_expected": 5700}
    assert {array.attrs["units"] for array in baerum.dwellings.values()} == {"dwellings/year"}


def test_the_method_knows_nothing_of_the_year_it_forecasts(baerum):
    garbled = baerum.note.components.copy()
    garbled.loc[2025] = 99_999
    honest, tempted = baerum.method, replace(baerum.method, components=garbled)
    known = known_at(baerum.observed, 2025)
    xr.testing.assert_identical(honest(known, [2025]), tempted(known, [2025]))
    with pytest.raises(AssertionError):
        xr.testing.assert_identical(honest(baerum.observed, [2026]), tempted(baerum.observed, [2026]))


def test_levels_are_means_of_the_years_before(baerum):
    levels = baerum.method.known_levels(2025)
    past = baerum.note.components.loc[:2024]
    assert levels["natural_increase"] == pytest.approx(past["natural_increase"].iloc[-3:].mean())
    assert levels["net_immigration"] == pytest.approx(past["net_immigration"].iloc[-10:].mean())
    assert levels["net_in_migration"] == pytest.approx(374.5)
    with pytest.raises(SchemaError, match="net_immigration: 10 years before 2015 are needed, there are 5"):
        baerum.method.known_levels(2015)


def test_the_forecast_of_2025_has_the_levels_that_were_known(baerum):
    known = known_at(baerum.observed, 2025)
    forecast = check_balance(project(known.population.sel(year=2025), baerum.method(known, [2025])))
    table = components_table(forecast, decimals=None).loc[2025]
    levels = baerum.method.known_levels(2025)
    assert table[list(levels)].to_dict() == pytest.approx(levels, abs=1e-6)
    assert table["growth"] == pytest.approx(sum(levels.values()), abs=1e-6)
    population = baerum.observed.population
    deviation = deviation_table(
        start=population.sel(year=2025), actual=population.sel(year=2026), forecast=forecast.population.sel(year=2026)
    )
    assert deviation.loc["total"].tolist() == [132358, 133228, 870, 133413, -185]
    assert deviation["deviation"].drop("total").abs().sum() == 728


def test_graduation_is_not_what_makes_the_forecast_of_2025_worse_than_kompas(baerum, shared):
    """With the true single ages (Statistics Norway, table 07459) the same method is hardly better: 713, not 494."""
    table = pd.read_parquet(shared / "data" / "population_municipality_age_sex_2005_2026.parquet")
    table = table[(table.municipality_code == "3201") & table.year.isin([2025, 2026])]
    true = table.set_index(["sex", "age", "year"]).population.to_xarray().astype(float).expand_dims(area=["3201"])
    true = true.assign_attrs(units="persons")
    known = Accounts(true.sel(year=[2025]))
    forecast = project(true.sel(year=2025), baerum.method(known, [2025]))
    deviation = deviation_table(
        start=true.sel(year=2025), actual=true.sel(year=2026), forecast=forecast.population.sel(year=2026)
    )
    assert deviation["deviation"].drop("total").abs().sum() == pytest.approx(713, abs=2)


def test_the_forecast_to_2050_is_sound(baerum):
    assumptions = baerum.method(baerum.observed, range(2026, 2050))
    forecast = check_balance(project(baerum.observed.population.sel(year=2026), assumptions))
    assert forecast.years == tuple(range(2026, 2051))
    assert (forecast.population > 0).all()
    years = life_expectancy(assumptions["mortality"])
    assert (years.diff("year") > 0).all()
    assert years.sel(year=2026).values == pytest.approx([86.3, 83.2], abs=0.1)
    children = assumptions["fertility"].sum("age")
    assert children.values == pytest.approx(1.87, abs=0.01)
    assert forecast.population.sel(year=2050).sum().item() == pytest.approx(149_845, abs=5)


def test_a_method_begins_at_the_last_population(baerum):
    with pytest.raises(SchemaError, match="the forecast begins in 2027, but the last population is of 2026"):
        baerum.method(baerum.observed, range(2027, 2030))


def test_impossible_levels_are_refused(baerum):
    people = baerum.observed.population.sel(year=2026, drop=True)
    with pytest.raises(SchemaError, match=r"in_migration: the level would be .*, below zero"):
        calibrated(
            people,
            [2026],
            {"natural_increase": 300, "net_immigration": 0, "net_in_migration": -20_000},
            AssumedLevels(),
        )
    with pytest.raises(SchemaError, match="births: the level would be"):
        calibrated(
            people, [2026], {"natural_increase": -5000, "net_immigration": 0, "net_in_migration": 0}, AssumedLevels()
        )


def test_examples_by_name():
    first, second = load_example("baerum"), load_example("baerum")
    first.note.deviation.loc["total", "deviation"] = 0
    assert second.note.deviation.loc["total", "deviation"] == -217
    with pytest.raises(SchemaError, match=r"there is no example 'barum'; there is baerum\. Did you mean 'baerum'"):
        load_example("barum")


def test_national_schedules_against_their_sources(shared):
    table = pd.read_csv(shared / "data" / "norway_hmd_population_deaths_mx_1950_2024.csv.gz")
    rates = norway.mortality()
    assert life_expectancy(rates).values == pytest.approx([84.6, 81.3], abs=0.25)
    year = table[(table.year == 2021) & table.age.between(50, 90)]
    observed = year.set_index(["sex", "age"]).mx.to_xarray()
    middle = (observed + observed.shift(age=1)) / 2
    ratio = (rates.sel(age=middle.age) / middle).sel(age=slice(51, 90))
    assert float(ratio.mean()) == pytest.approx(1.0, abs=0.05)
    assert norway.fertility().sum().item() == pytest.approx(1.41, abs=0.01)
    assert norway.arrivals(np.arange(106)).sum().item() == pytest.approx(1.0)
    assert norway.decline(np.array([30, 75, 102, 105])).values.tolist() == pytest.approx([0.023, 0.023, 0, 0])


def test_the_method_of_the_note_needs_years_and_accounts(baerum):
    with pytest.raises(SchemaError, match="method: there are no years to forecast"):
        baerum.method(baerum.observed, [])
    with pytest.raises(SchemaError, match="method: accounts are needed, not NoneType"):
        baerum.method(None, [2026])


def test_a_figure_that_the_note_has_not_is_named(baerum):
    assert baerum.note.figure("dwellings_completed_2025") == 408
    with pytest.raises(SchemaError, match="note: there is no figure 'dwellings'; there are population_2026"):
        baerum.note.figure("dwellings")
