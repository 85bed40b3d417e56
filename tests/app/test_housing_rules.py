"""Rules of in-migration and dwellings of a folder: the right year, the ages of the data."""

import numpy as np
import pytest

from kompaslite.app import run_scenario
from kompaslite.datasets import made_up
from kompaslite.scenario import HousingPlan, InMigrationRule, Scenario, explain_scenario
from kompaslite.schema import SchemaError

PROGRAMME = """
[[projects]]
name = "The quay"
zone = "9901"
dwelling_type = "block"
planned = 100
year = 2027
"""


def scenario(**more):
    return Scenario(name="a", because="a test", first_year=2026, last_year=2031, **more)


def rule(way, first, last, persons):
    return InMigrationRule(way=way, first_year=first, last_year=last, persons=persons, because="a test")


def test_a_given_population_is_reached_on_1_january_after_the_year_of_the_rule():
    rules = (
        rule("given in-movers", 2026, 2027, {2026: 7000.0}),
        rule("given population", 2028, 2030, {2028: 133_400.0, 2030: 133_000.0}),
    )
    run = run_scenario(scenario(in_migration=rules))
    people = run.forecast.population.sum(["area", "sex", "age"])
    np.testing.assert_allclose(people.sel(year=[2029, 2030, 2031]), [133_400.0, 133_200.0, 133_000.0], rtol=1e-9)
    moved = run.forecast.flows["in_migration"].sum(["area", "sex", "age"])
    np.testing.assert_allclose(moved.sel(year=[2026, 2027]), 7000.0, rtol=1e-9)


def test_a_rule_beyond_the_last_year_of_moves_is_an_error():
    with pytest.raises(SchemaError, match="last_year 2031 is not a year of the forecast's moves, 2026 to 2030"):
        run_scenario(scenario(in_migration=(rule("given population", 2028, 2031, {2028: 133_400.0}),)))


def test_a_folder_with_another_open_age_can_have_housing(tmp_path):
    people = made_up(1, years=range(2016, 2027)).population
    whole = people.where(people["age"] < 95, 0.0).isel(age=slice(0, 96))
    whole[{"age": -1}] = people.sel(age=slice(95, None)).sum("age").transpose("area", "sex", "year")
    data = tmp_path / "data"
    data.mkdir()
    table = (whole * 40).round().astype(int).rename("persons").to_series().reset_index()
    table.to_csv(data / "population.csv", index=False)
    (data / "dwellings.csv").write_text("area,dwelling_type,dwellings\n9901,block,30000\n9901,row,20000\n")
    (tmp_path / "programme.toml").write_text(PROGRAMME)
    plan = HousingPlan(programme="programme.toml", because="a test")
    run = run_scenario(scenario(data="data", housing=plan), folder=tmp_path)
    assert run.forecast.population.sizes["age"] == 96
    more = (run.forecast.population - run.trend.population).sum(["area", "sex", "age"])
    assert float(more.sel(year=2026)) == 0.0
    assert float(more.sel(year=2031)) > 10.0


def test_a_control_total_of_a_scenario_is_met_while_households_follow_the_dwellings():
    free = run_scenario(scenario(in_migration=(rule("housing", 2026, 2030, None),)))
    aim = 1.003 * float(free.forecast.population.sel(year=2029).sum())
    held = scenario(in_migration=(rule("control total", 2028, 2028, {2028: aim}),))
    run = run_scenario(held)
    assert float(run.forecast.population.sel(year=2029).sum()) == pytest.approx(aim, abs=1e-6)
    assert "by control total, persons" in explain_scenario(held)


def test_control_totals_of_some_areas_and_of_all_cannot_stand_together():
    some = rule("control total", 2028, 2028, {2028: 133_400.0}).model_copy(update={"areas": ("3201",)})
    rules = (rule("control total", 2029, 2029, {2029: 133_400.0}), some)
    with pytest.raises(SchemaError, match="one control total is of all areas together and another of some"):
        run_scenario(scenario(in_migration=rules))


def test_a_control_total_stands_beside_another_way_but_not_beside_another_total():
    total = rule("control total", 2028, 2029, {2028: 133_400.0})
    assert len(scenario(in_migration=(rule("given in-movers", 2028, 2028, {2028: 7000.0}), total)).in_migration) == 2
    with pytest.raises(ValueError, match="two rules for one cell: in_migration"):
        scenario(in_migration=(total, rule("control total", 2029, 2030, {2029: 133_400.0})))
