"""Baerum's housing: calibrated to the note, with its part of the deviation of 2025."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import kompaslite.housing as kh
from kompaslite.accounts import Accounts, check_balance, known_at
from kompaslite.datasets import example_folder, load_example
from kompaslite.engine import project
from kompaslite.housing.figures import FittedHousing, fit_housing, read_housing_figures
from kompaslite.schema import SchemaError

FILE = example_folder("baerum") / "housing.toml"
Forecast = tuple[object, xr.Dataset, Accounts]


@pytest.fixture(scope="module")
def forecast() -> Forecast:
    example = load_example("baerum")
    rates = example.method(known_at(example.observed, 2025), [2025])
    return example, rates, project(example.observed.population.sel(year=2025), rates)


def baerum_housing(trend: Accounts, *, draws: int = 0, seed: int = 1) -> FittedHousing:
    return fit_housing(read_housing_figures(FILE), trend, draws=draws, seed=seed)


def grown(accounts: Accounts) -> xr.DataArray:
    people = accounts.population.sum(["area", "sex", "age"])
    return people.sel(year=2026) - people.sel(year=2025)


def test_openings_vacated_in_2025_are_those_of_the_note(forecast: Forecast) -> None:
    _, rates, trend = forecast
    known = baerum_housing(trend)
    housing = kh.Housing(known.model, known.planned, reference=known.planned)
    made, record = kh.project_with_housing(trend.population.sel(year=2025), rates, housing)
    check_balance(made)
    flows = record.flows
    vacated = flows.freed.sum() + flows.released_by_moves.sum() + flows.released_by_deaths.sum()
    assert float(vacated) == pytest.approx(5700.0, abs=1e-6)
    # leavers and deaths alone are far fewer: the note's number has moves inside in it
    assert float(flows.released_by_moves.sum() + flows.released_by_deaths.sum()) < 3700.0


def test_growth_with_582_dwellings_is_near_the_municipality_s_own_forecast(forecast: Forecast) -> None:
    _, _, trend = forecast
    assert float(grown(trend)) == pytest.approx(1055.0, abs=1.0)
    assert abs(float(grown(trend)) - 1087.0) < 50.0


def test_plan_explains_about_a_third_of_the_deviation(forecast: Forecast) -> None:
    example, rates, trend = forecast
    housing = baerum_housing(trend, draws=1000)
    completed, _ = kh.project_with_housing(trend.population.sel(year=2025), rates, housing.housing, trend=trend)
    missed = example.note.deviation["deviation"].to_dict()
    table = kh.plan_deviation(trend, completed, missed, year=2026)
    total = table.loc["total"]
    assert total["deviation"] == -217.0
    # the study behind the design: -76 (-155, -24)
    assert total["plan (modelled)"] == pytest.approx(-76.0, abs=6.0)
    assert -155.0 <= total["plan low"] < total["plan (modelled)"] < total["plan high"] <= -20.0
    assert total["not explained"] == pytest.approx(-217.0 - total["plan (modelled)"])
    assert (table["plan (modelled)"] <= 0.0).all()
    assert table["plan (modelled)"].abs().idxmax() == "total"
    assert table["plan (modelled)"].drop("total").abs().nlargest(2).index.tolist() == ["30-49", "20-29"]


def test_structural_effect_is_far_larger_than_the_effective_one(forecast: Forecast) -> None:
    from dataclasses import replace

    _, rates, trend = forecast
    housing = baerum_housing(trend, draws=500)
    structural = replace(housing.housing, model=replace(housing.model, additionality=1.0))
    effect = grown(kh.project_with_housing(trend.population.sel(year=2025), rates, structural)[0]) - grown(trend)
    found = kh.mean_and_interval(effect)
    # the study behind the design: -197 (-287, -128)
    assert float(found["mean"]) == pytest.approx(-197.0, abs=12.0)
    assert -287.0 < float(found.low) < float(found.high) < -128.0


def test_one_more_dwelling_has_two_yields(forecast: Forecast) -> None:
    _, _, trend = forecast
    housing = baerum_housing(trend, draws=1000)
    mixed = (kh.housing_yield(housing.model) * housing.parameters.new.shares.array).sum("dwelling_type").squeeze()
    structural, effective = (kh.mean_and_interval(mixed[name]) for name in ("structural", "effective"))
    assert 1.2 < float(structural["mean"]) < 1.7
    assert 0.4 < float(effective["mean"]) < 0.7
    assert float(effective.high) < float(structural.low)


def test_planned_and_completed_are_two_paths(forecast: Forecast) -> None:
    housing = baerum_housing(forecast[2])
    built = [float(path.flows.completions.sum()) for path in (housing.planned, housing.completed)]
    assert built == pytest.approx([582.0, 408.0])
    assert float(housing.planned.awaiting.sel(year=2026).sum()) == pytest.approx(0.25 * 582.0)
    again = baerum_housing(forecast[2], draws=5, seed=3).model.additionality
    assert np.array_equal(again, baerum_housing(forecast[2], draws=9, seed=3).model.additionality[:5])


def test_every_figure_of_the_file_has_a_source() -> None:
    known = read_housing_figures(FILE)
    assert known.year_of_plan.vacated.value == 5700.0
    text = FILE.read_text(encoding="utf-8")
    assert text.count("source = ") == 11
    kappa = known.additionality
    assert (kappa.low, kappa.value, kappa.high) == kh.ADDITIONALITY


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("block = 0.62", "block = 0.72", "the shares sum to 1.1, not to one"),
        ("low = 0.55", "low = 0.75", "is not between low 0.75 and high 0.85"),
        ("jump_off = 2025", "jump_of = 2025", "housing.toml, line 5: jump_of: unknown key. Did you mean jump_off"),
    ],
)
def test_wrong_file_says_where(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "housing.toml"
    path.write_text(FILE.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(SchemaError, match=message):
        read_housing_figures(path)
