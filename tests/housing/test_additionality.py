"""What one more dwelling adds: the panel against a naive regression, draws, and Telemark."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

import kompaslite.housing as kh
from kompaslite.schema import SchemaError


def a_panel(effect: float, *, areas: int = 15, years: int = 22, seed: int = 0) -> dict[str, xr.DataArray]:
    rng = np.random.default_rng(seed)
    key = {"area": [f"{i}" for i in range(areas)], "year": np.arange(2000, 2000 + years)}
    people = rng.uniform(2000, 40000, (areas, 1)) * np.ones((areas, years))
    built = people * (rng.uniform(0.001, 0.008, (areas, 1)) + rng.gamma(2.0, 0.001, (areas, years)))
    noise = rng.normal(0, 0.002, (areas, years)) + rng.normal(0, 0.004, (areas, 1)) + rng.normal(0, 0.004, (1, years))
    gained = effect * built + people * noise
    return {
        name: xr.DataArray(values, coords=key)
        for name, values in (("persons", gained), ("completions", built), ("population", people))
    }


def naive(panel: dict[str, xr.DataArray], lags: int) -> np.ndarray:
    """Least squares with a dummy for every area and year."""
    years = panel["persons"]["year"].values[lags:]
    rows = []
    for i, area in enumerate(panel["persons"]["area"].values):
        for j, year in enumerate(years):
            people = float(panel["population"].sel(area=area, year=year))
            x = [float(panel["completions"].sel(area=area, year=year - lag)) / people for lag in range(lags + 1)]
            own = np.zeros(panel["persons"].sizes["area"])
            when = np.zeros(years.size)
            own[i], when[j] = 1.0, 1.0
            rows.append([float(panel["persons"].sel(area=area, year=year)) / people, *x, *own, *when])
    table = np.array(rows)
    return np.linalg.lstsq(table[:, 1:], table[:, 0], rcond=None)[0][: lags + 1]


def fit(panel: dict[str, xr.DataArray], lags: int, **more: object) -> kh.PanelFit:
    years = slice(int(panel["persons"]["year"][lags]), None)
    return kh.fit_additionality(
        panel["persons"].sel(year=years), panel["completions"], panel["population"].sel(year=years), lags=lags, **more
    )


@pytest.mark.parametrize("lags", [0, 2])
def test_within_estimator_is_least_squares_with_dummies(lags: int) -> None:
    panel = a_panel(0.6)
    found = fit(panel, lags)
    assert [estimate.value for estimate in found.effects] == pytest.approx(naive(panel, lags).tolist(), abs=1e-9)
    assert found.total.value == pytest.approx(sum(naive(panel, lags)), abs=1e-9)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    found = [fit(a_panel(0.4, seed=seed), 0).total for seed in range(200)]
    inside = [one.low < 0.4 < one.high for one in found]
    assert 0.90 <= np.mean(inside) <= 0.985


def test_wild_bootstrap_is_seeded_and_near_student() -> None:
    panel = a_panel(0.4)
    student, wild, again = fit(panel, 1), *(fit(panel, 1, replications=999, seed=5) for _ in range(2))
    assert wild == again or (wild.total, wild.effects) == (again.total, again.effects)
    assert wild.total.value == student.total.value
    width = (wild.total.high - wild.total.low) / (student.total.high - student.total.low)
    assert 0.6 < width < 1.7


def test_bad_panels_are_named() -> None:
    panel = a_panel(0.4)
    with pytest.raises(SchemaError, match="completions: year 1998 is missing; 1998 to 2021 are needed for 2 lags"):
        kh.fit_additionality(panel["persons"], panel["completions"], panel["population"], lags=2)
    with pytest.raises(SchemaError, match="2 areas are too few"):
        kh.fit_additionality(panel["persons"][:2], panel["completions"], panel["population"], lags=0)
    gap = panel["persons"].drop_sel(year=2010)
    with pytest.raises(SchemaError, match="the years from 2000 to 2021 have gaps"):
        kh.fit_additionality(gap, panel["completions"], panel["population"], lags=0)


def test_draws_are_a_hump_between_their_bounds() -> None:
    drawn = kh.additionality_draws(5000, seed=2)
    assert float(drawn.min()) > 0.05
    assert float(drawn.max()) < 0.90
    assert float(drawn.mean()) == pytest.approx((0.05 + 4 * 0.35 + 0.90) / 6, abs=0.01)
    assert np.array_equal(kh.additionality_draws(10, seed=2), drawn[:10])
    narrow = kh.additionality_draws(5000, seed=2, evidence=(0.2, 0.05))
    assert float(narrow.std()) < 0.6 * float(drawn.std())
    assert 0.2 < float(narrow.mean()) < 0.25
    with pytest.raises(SchemaError, match="are not shares between 0 and 1"):
        kh.additionality_draws(10, seed=2, bounds=(0.1, 0.5, 1.4))
    with pytest.raises(SchemaError, match="are not a lowest, a most likely and a highest"):
        kh.pert_draws((1.0, 0.5, 2.0), draws=3, seed=1)


def test_yield_is_two_numbers_with_intervals() -> None:
    home = xr.DataArray([[100.0]], coords={"area": ["Lia"], "dwelling_type": ["row"]})
    share = kh.pert_draws((0.55, 0.70, 0.85), draws=400, seed=1)
    market = kh.even_market(home, external=share * 0.7, new=(1.0 - share) * 0.7)
    model = kh.HousingModel.with_defaults(market, additionality=kh.additionality_draws(400, seed=2))
    both = kh.housing_yield(model)
    structural, effective = (kh.mean_and_interval(both[name]).squeeze() for name in ("structural", "effective"))
    assert float(structural["mean"]) == pytest.approx(0.70 * 2.21, abs=0.02)
    assert float(effective.low) < float(effective["mean"]) < float(effective.high) < float(structural["mean"])
    with pytest.raises(SchemaError, match="there is no dimension draw"):
        kh.mean_and_interval(home)


def telemark(shared: Path) -> dict[str, xr.DataArray]:
    text = {"municipality_code": str}
    built = pd.read_csv(shared / "data/telemark_dwellings_started_completed_2000_2025.csv.gz", dtype=text)
    moved = pd.read_csv(shared / "data/telemark_components_1997_2025.csv", dtype=text)
    moved = moved.set_index(["municipality_code", "year"]).rename_axis(index={"municipality_code": "area"})
    done = built[built["status"] == "completed"].groupby(["municipality_code", "year"])["dwellings"].sum()
    arrays = {
        "in": moved["in_migration_domestic"] + moved["immigration"],
        "out": moved["out_migration_domestic"] + moved["emigration"],
        "population": moved["population_1jan"],
        "completions": done.rename_axis(index={"municipality_code": "area"}),
    }
    found = {name: xr.DataArray.from_series(values).astype(float) for name, values in arrays.items()}
    found["completions"] = found["completions"].sel(area=found["in"]["area"].values)
    return found


def test_telemark_one_more_dwelling_brings_far_less_than_the_accounts_say(shared: Path) -> None:
    data = telemark(shared)
    flows = {name: data[name].sel(year=slice(2002, 2025)) for name in ("in", "out", "population")}
    net, came, left = (
        kh.fit_additionality(flow, data["completions"], flows["population"], replications=1999, seed=1)
        for flow in (flows["in"] - flows["out"], flows["in"], flows["out"])
    )
    assert (net.areas, net.years) == (17, 24)
    # another specification of the same panel found 0.13 in the year and 0.36 in three; this one 0.05 and 0.30
    assert net.effects[0].value == pytest.approx(0.05, abs=0.02)
    assert net.total.value == pytest.approx(0.30, abs=0.02)
    assert net.total.low < 0.36 < net.total.high < 1.0
    assert abs(came.total.value) < 0.12
    assert left.total.value < -0.15
    assert net.total.value < 0.35 * 1.6  # the structural yield of the accounts is 1.6 persons per dwelling
