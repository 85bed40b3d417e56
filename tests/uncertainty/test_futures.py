"""Futures: products of factors are what they say, and inputs that do not fit are errors."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.engine import project
from kompaslite.schema import SchemaError
from kompaslite.uncertainty.ensemble.bounds import product
from kompaslite.uncertainty.ensemble.futures import Futures
from kompaslite.uncertainty.ensemble.sample import assumptions_of
from tests.worlds.country import AREAS, YEARS, some_baseline, some_levels


def test_without_levels_and_factors_it_is_the_baseline():
    baseline = some_baseline()
    made = assumptions_of(Futures(baseline=baseline))
    for name in baseline:
        xr.testing.assert_equal(made[name], baseline[name].transpose(*made[name].dims))
        assert made[name].attrs["units"] == baseline[name].attrs["units"]


def test_factors_multiply_by_label():
    baseline = some_baseline()
    by_area = xr.DataArray([1.0, 2.0, 3.0, 4.0], coords={"area": AREAS}).isel(area=[3, 1, 0, 2])
    by_draw = xr.DataArray([0.9, 1.1], coords={"draw": [0, 1]})
    made = assumptions_of(Futures(baseline=baseline, factors={"mortality": [by_area, by_draw]}))
    expected = baseline["mortality"] * by_area * by_draw
    xr.testing.assert_allclose(made["mortality"], expected.transpose(*made["mortality"].dims).sel(area=AREAS))


def test_effects_do_what_they_say(small):
    made = assumptions_of(small.futures, draws=range(60, 70))
    national = small.levels.national_paths(2026, slice(60, 70), len(YEARS))
    local = small.levels.local_paths(2026, slice(60, 70), len(YEARS), AREAS)["migration"]
    level = national["migration"][..., None] + local
    fertility = small.baseline["fertility"].values * np.exp(national["fertility"])[..., None]
    np.testing.assert_allclose(made["fertility"].transpose("year", "draw", "age"), fertility)
    young = {"sex": "male", "age": 20}
    added = made["in_migration"].sel(young) - small.baseline["in_migration"].sel(young)
    np.testing.assert_allclose(added.transpose("year", "draw", "area"), 100.0 * np.maximum(level, 0.0), atol=1e-9)
    lost = made["out_migration"].sel(young) - small.baseline["out_migration"].sel(young)
    np.testing.assert_allclose(lost.transpose("year", "draw", "area"), 0.5 * np.maximum(-level, 0.0), atol=1e-12)
    old = made["mortality"].sel(age=30, sex="female") / small.baseline["mortality"].sel(age=30, sex="female")
    np.testing.assert_allclose(old.transpose("year", "draw"), np.exp(1.5 * national["mortality"]))


def test_some_areas_and_draws_are_those_of_the_whole(small):
    whole = assumptions_of(small.futures)
    part = assumptions_of(small.futures, areas=["3201", "0301"], draws=range(70, 75))
    xr.testing.assert_identical(part, whole.sel(area=["3201", "0301"], draw=range(70, 75)))


def test_levels_make_variables_that_the_baseline_lacks(small):
    closed = small.baseline.drop_vars(["in_migration", "out_migration"])
    made = assumptions_of(Futures(baseline=closed, levels=small.levels, draws=2, seed=1))
    assert made["in_migration"].attrs["units"] == "persons/year"
    assert made["out_migration"].attrs["units"] == "1/year"
    forecast = project(small.people, made)
    assert forecast.population.sizes["draw"] == 2


def test_scenarios_have_the_same_draws(small):
    two = Futures(baseline=some_baseline(scenarios=["low", "high"]), levels=small.levels, draws=20, seed=2026)
    forecast = project(small.people, assumptions_of(two))
    alone = project(small.people, assumptions_of(small.futures, draws=range(20)))
    total = forecast.population.sum(["sex", "age"])
    np.testing.assert_array_equal(total.sel(scenario="low"), alone.population.sum(["sex", "age"]))
    difference = (total.sel(scenario="high") - total.sel(scenario="low")).isel(year=-1)
    assert (difference.std("draw") < 0.05 * total.isel(year=-1).std("draw").min()).all()


def test_draws_of_different_lengths_are_an_error():
    baseline = some_baseline()
    five, six = (xr.DataArray(np.ones(size), coords={"draw": range(size)}) for size in (5, 6))
    with pytest.raises(SchemaError, match=r"inputs of different lengths meet, 5, 6 draws\. A draw is one future"):
        Futures(baseline=baseline, factors={"mortality": [five], "fertility": [six]})
    with pytest.raises(SchemaError, match="inputs of different lengths meet, 5, 100 draws"):
        Futures(baseline=baseline, factors={"mortality": [five]}, draws=100)


def test_other_inputs_that_do_not_fit_are_errors(small):
    with pytest.raises(SchemaError, match="a Dataset is needed, not DataArray"):
        Futures(baseline=small.people)
    with pytest.raises(SchemaError, match="unknown variable birth_rate"):
        Futures(baseline=small.baseline.rename(fertility="birth_rate"))
    with pytest.raises(SchemaError, match="no variable has the dimension year"):
        Futures(baseline=small.baseline.isel(year=0))
    with pytest.raises(SchemaError, match="factors: emigration is not in the baseline"):
        Futures(baseline=small.baseline, factors={"emigration": [xr.DataArray(1.0)]})
    short = xr.DataArray([1.0, 2.0, 3.0], coords={"area": AREAS[:3]})
    with pytest.raises(SchemaError, match="1 labels of dimension area are missing that the baseline has: 4001"):
        Futures(baseline=small.baseline, factors={"mortality": [short]})
    with pytest.raises(SchemaError, match="1 areas of the assumptions have no model of their own: 4001"):
        Futures(baseline=small.baseline, levels=some_levels(AREAS[:3]), draws=3)
    with pytest.raises(SchemaError, match=r"draws: 2\.5 is not a whole number"):
        Futures(baseline=small.baseline, draws=2.5)
    with pytest.raises(SchemaError, match=r"seed: 'a' is not a whole number"):
        Futures(baseline=small.baseline, draws=2, seed="a")
    for seed in (1.5, True, -1, None):
        with pytest.raises(SchemaError, match=rf"seed: {seed} is not a whole number"):
            Futures(baseline=small.baseline, draws=2, seed=seed)
    with pytest.raises(SchemaError, match="1 areas are unknown: 9999"):
        assumptions_of(small.futures, areas=["9999"])
    with pytest.raises(SchemaError, match=r"range\(120, 140\) is not a range of draws from 0 up to 130"):
        assumptions_of(small.futures, draws=range(120, 140))


def test_products_do_not_change_their_factors():
    rng = np.random.default_rng(0)
    parts = [rng.random((3, 1, 4)), rng.random((1, 2, 1)), rng.random((3, 2, 4)), rng.random((1, 1, 1))]
    before = [part.copy() for part in parts]
    found = product([parts[:3], [parts[3], parts[0]]])
    np.testing.assert_allclose(found, before[0] * before[1] * before[2] + before[3] * before[0])
    assert all((part == other).all() for part, other in zip(parts, before, strict=True))


def test_futures_show_themselves_in_a_line_and_as_a_table():
    futures = Futures(baseline=some_baseline(), draws=7, seed=3)
    assert repr(futures).startswith("<Futures: draw 0-6; area ")
    assert repr(futures).endswith("; seed 3>")
    assert "<tr><th>draw</th><td>0-6</td></tr>" in futures._repr_html_()
