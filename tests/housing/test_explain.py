"""Why a scenario has more people: parts that sum to the whole; and a plan's part of a deviation."""

from dataclasses import replace

import numpy as np
import pytest

import kompaslite.housing as kh
from kompaslite.accounts import Accounts
from kompaslite.schema import SchemaError
from kompaslite.schema.age_groups import NOTE_AGE_GROUPS
from tests.worlds.town import Town, dwellings

PARTS = [
    "first_in_movers",
    "chain_in_movers",
    "stayed",
    "births",
    "deaths",
    "left_later",
    "moved_between_zones",
    "other",
]


@pytest.fixture(scope="module")
def ran() -> tuple[Town, kh.HousingRecord, Accounts]:
    town = Town()
    housing = town.housing(dwellings(town.stock, town.years, {("Havna", "block", 2026): 120.0}))
    return town, *reversed(town.run(housing))


def test_parts_sum_to_the_change_exactly(ran: tuple[Town, kh.HousingRecord, Accounts]) -> None:
    town, record, forecast = ran
    parts = kh.explain_housing(forecast, town.trend, record=record)
    change = (forecast.population - town.trend.population).sum(["sex", "age"])
    assert np.abs(parts.change - change).max() < 1e-9
    assert np.abs(sum(parts[name] for name in PARTS) - parts.change).max() < 1e-12
    assert np.abs(parts.moved_between_zones.sum("area")).max() < 1e-9
    assert set(map(str, parts.data_vars)) == {*PARTS, "change"}
    end = parts.sum("area").sel(year=2035)
    assert float(end.births) > 0.0 > float(end.deaths)
    assert float(end.left_later) < 0.0 < float(end.stayed)


def test_first_in_movers_are_those_of_the_new_homes(ran: tuple[Town, kh.HousingRecord, Accounts]) -> None:
    town, record, _ = ran
    first = kh.first_in_movers(record)
    model = town.model
    persons = model.occupancy.sel(dwelling_type="block", generation="first")
    expected = 0.97 * 120.0 * 0.5 * 0.35 * 0.45 * persons
    assert np.abs(first.sel(area="Havna", year=2026) - expected).max() < 1e-12
    assert float(np.abs(first.sel(year=2027)).max()) == 0.0
    assert float(np.abs(first.sel(area="Lia")).max()) == 0.0


def test_fewer_dwellings_are_explained_with_the_other_sign(ran: tuple[Town, kh.HousingRecord, Accounts]) -> None:
    town, _, _ = ran
    more = dwellings(town.stock, town.years, {("Havna", "block", 2026): 120.0})
    housing = town.housing(town.still, reference=more)
    fewer, record = town.run(housing)
    parts = kh.explain_housing(fewer, town.trend, record=record).sum("area").sel(year=2030)
    assert float(parts.change) < -40.0
    assert float(parts.first_in_movers) < 0.0 < float(parts.left_later)
    assert float(parts.stayed) < 0.0


def test_by_age_sums_to_all_ages(ran: tuple[Town, kh.HousingRecord, Accounts]) -> None:
    town, record, forecast = ran
    whole = kh.explain_housing(forecast, town.trend, record=record)
    by_age = kh.explain_housing(forecast, town.trend, record=record, keep="age")
    assert np.abs(by_age.sum("age") - whole).to_array().max() < 1e-9
    assert float(np.abs(by_age.births.sel(age=slice(1, None))).max()) == 0.0


def test_draws_against_one_baseline(ran: tuple[Town, kh.HousingRecord, Accounts]) -> None:
    town, record, _ = ran
    drawn = replace(record.housing, model=replace(town.model, additionality=kh.additionality_draws(2, seed=1)))
    parts = kh.explain_housing(town.forecast(drawn), town.trend)
    assert parts.change.dims == ("draw", "area", "year")
    assert float(np.abs(sum(parts[name] for name in PARTS) - parts.change).max()) < 1e-12


def test_different_years_are_named(ran: tuple[Town, kh.HousingRecord, Accounts]) -> None:
    town, _, forecast = ran
    short = Accounts(town.trend.population.isel(year=slice(5)), town.trend.flows.isel(year=slice(4)))
    with pytest.raises(SchemaError, match="labels of year differ, 2025 to 2035 and 2025 to 2029"):
        kh.explain_housing(forecast, short)
    lost = Accounts(forecast.population, forecast.flows.drop_vars("deaths"))
    with pytest.raises(SchemaError, match="persons of the change without a reason"):
        kh.explain_housing(lost, Accounts(town.trend.population, town.trend.flows.drop_vars("immigration")))
    with pytest.raises(SchemaError, match="keep 'colour' is not sex, age or None"):
        kh.explain_housing(forecast, town.trend, keep="colour")


def test_plan_deviation_splits_every_group(ran: tuple[Town, kh.HousingRecord, Accounts]) -> None:
    town, record, _ = ran
    drawn = replace(record.housing, model=replace(town.model, additionality=kh.additionality_draws(20, seed=1)))
    completed = town.forecast(drawn)
    missed = dict.fromkeys(NOTE_AGE_GROUPS, 10.0) | {"total": 130.0}
    table = kh.plan_deviation(town.trend, completed, missed, year=2027)
    assert list(table.index) == [*NOTE_AGE_GROUPS, "total"]
    assert np.abs(table["plan (modelled)"] + table["not explained"] - table["deviation"]).max() < 1e-9
    assert table["plan (modelled)"].iloc[:-1].sum() == pytest.approx(table.loc["total", "plan (modelled)"], abs=1e-9)
    assert (table["plan low"] <= table["plan (modelled)"]).all()
    assert (table["plan high"] >= table["plan (modelled)"]).all()
    effect = (completed.population - town.trend.population).sum(["area", "sex", "age"]).sel(year=2027).mean("draw")
    assert table.loc["total", "plan (modelled)"] == pytest.approx(float(effect), abs=1e-9)


def test_plan_deviation_names_what_is_missing(ran: tuple[Town, kh.HousingRecord, Accounts]) -> None:
    town, _, forecast = ran
    missed = {name: 1.0 for name in NOTE_AGE_GROUPS if name != "13-15"} | {"total": 12.0}
    with pytest.raises(SchemaError, match="13-15 is missing in the deviation"):
        kh.plan_deviation(town.trend, forecast, missed, year=2027)
    whole = dict.fromkeys(NOTE_AGE_GROUPS, 1.0) | {"total": 13.0}
    with pytest.raises(SchemaError, match="the forecast has no population of 2050"):
        kh.plan_deviation(town.trend, forecast, whole, year=2050)
    with pytest.raises(SchemaError, match="there is no dimension draw"):
        kh.plan_deviation(town.trend, forecast, whole, year=2027)


def test_plan_deviation_compares_like_with_like(ran: tuple[Town, kh.HousingRecord, Accounts]) -> None:
    town, _, forecast = ran
    whole = dict.fromkeys(NOTE_AGE_GROUPS, 1.0) | {"total": 13.0}
    elsewhere = Accounts(
        forecast.population.assign_coords(area=[f"{code}x" for code in forecast.population.area.values])
    )
    with pytest.raises(SchemaError, match="do not have the same labels of dimension area"):
        kh.plan_deviation(town.trend, elsewhere, whole, year=2027)
    wider = Accounts(forecast.population.expand_dims(scenario=["main"]))
    with pytest.raises(SchemaError, match="completed has the dimension scenario"):
        kh.plan_deviation(town.trend, wider, whole, year=2027)
    with pytest.raises(SchemaError, match="planned: accounts are needed, not DataArray"):
        kh.plan_deviation(town.trend.population, forecast, whole, year=2027)  # type: ignore[arg-type]
    for wrong in (float("nan"), "1"):
        with pytest.raises(SchemaError, match="1 deviations are not numbers of persons: 0: "):
            kh.plan_deviation(town.trend, forecast, whole | {"0": wrong}, year=2027)  # type: ignore[dict-item]
    with pytest.raises(SchemaError, match="deviation is a mapping by age group"):
        kh.plan_deviation(town.trend, forecast, [1.0], year=2027)  # type: ignore[arg-type]
