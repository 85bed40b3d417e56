"""Whole persons: exact distributions, the right expectations, and the same people however the work is divided."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import binom, poisson

from kompaslite.engine import Engine
from kompaslite.schema import SchemaError
from kompaslite.uncertainty.ensemble.futures import Futures
from kompaslite.uncertainty.ensemble.whole_persons import binomial_at, poisson_at, whole_jump_off
from kompaslite.uncertainty.summary.reduce import Reduce
from kompaslite.uncertainty.summary.summary import project_summary
from tests.uncertainty.test_summary import GROUPS, coupled_inputs
from tests.worlds.country import AREAS, some_baseline, some_people


def test_counts_are_those_of_the_exact_inverse_distributions():
    rng = np.random.default_rng(0)
    chance, persons, share = rng.random(20_000), rng.integers(0, 300, 20_000).astype(float), rng.random(20_000) ** 2
    np.testing.assert_array_equal(binomial_at(chance, persons, share), binom.ppf(chance, persons, share))
    mean = 60.0 * rng.random(20_000)
    np.testing.assert_array_equal(poisson_at(chance, mean), poisson.ppf(chance, mean))


@pytest.mark.parametrize(("share", "count"), [(0.0, 0.0), (1.0, 7.0)])
def test_what_is_certain_happens(share, count):
    chance = np.random.default_rng(0).random(100)
    assert (binomial_at(chance, np.full(100, 7.0), np.full(100, share)) == count).all()
    assert (poisson_at(chance, np.zeros(100)) == 0.0).all()


def test_jump_off_is_rounded_by_chance():
    people = np.full(50_000, 3.25)
    whole = whole_jump_off(people, np.random.default_rng(0).random(50_000))
    assert set(whole.tolist()) == {3.0, 4.0}
    assert whole.mean() == pytest.approx(3.25, abs=0.01)


def persons(draws=2000, scenarios=None, **more):
    return Futures(baseline=some_baseline(scenarios=scenarios), draws=draws, seed=3, whole_persons=True, **more)


def test_expectations_are_those_of_the_step_and_the_spread_is_that_of_chance():
    kept = Reduce(groups=GROUPS, keep_draws=True)
    found = project_summary(some_people(), persons(), reduce=kept, engine="numpy")
    assert (found["draws"] == found["draws"].round()).all()
    still = Futures(baseline=some_baseline(), draws=1, seed=0)
    expected = project_summary(some_people(), still, reduce=kept, engine="numpy")["mean"]
    spread = found["draws"].std("draw")
    assert (abs(found["mean"] - expected) < 4.5 * spread / np.sqrt(2000) + 1e-9).all()
    assert (spread.isel(year=0) < 10.0).all()
    assert (spread.isel(year=-1) > 0.5 * np.sqrt(expected.isel(year=-1))).all()
    assert (spread.isel(year=-1) < 2.0 * np.sqrt(expected.isel(year=-1))).all()


def test_whole_persons_are_the_same_to_the_last_bit_for_any_chunks(small):
    futures = Futures(baseline=small.baseline, levels=small.levels, draws=130, seed=2026, whole_persons=True)
    kept = Reduce(groups=GROUPS, keep_draws=True)
    whole = project_summary(small.people, futures, reduce=kept, engine=Engine("numpy", threads=1))
    for chunks in ({"area": 1, "draw": 19}, {"area": 3, "draw": 64}):
        other = project_summary(small.people, futures, reduce=kept, engine=Engine("numpy", threads=2), chunks=chunks)
        xr.testing.assert_identical(whole, other)
    plain = project_summary(small.people, small.futures, reduce=kept, engine="numpy")
    assert (whole["draws"].std("draw").isel(year=-1) > 0.0).all()
    assert not (whole["draws"] == plain["draws"]).all()


def test_scenarios_share_their_chances():
    two = persons(draws=400, scenarios=["low", "high"])
    found = project_summary(some_people(), two, reduce=Reduce(groups=GROUPS, keep_draws=True), engine="numpy")
    draws = found["draws"].sel(age_group="total").isel(year=1)
    difference = draws.sel(scenario="high") - draws.sel(scenario="low")
    assert (difference >= 0.0).all()
    apart = np.sqrt(2.0) * draws.sel(scenario="low").std("draw")
    assert (difference.std("draw") < 0.7 * apart).all()


def test_coupled_areas_have_no_whole_persons():
    coupled = coupled_inputs()
    futures = Futures(baseline=coupled.baseline, factors=coupled.factors, seed=0, whole_persons=True)
    with pytest.raises(SchemaError, match="whole_persons: people move between these areas"):
        project_summary(some_people(AREAS[:3]), futures)
