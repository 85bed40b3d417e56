"""Credibility of rates: weights follow from the data, level and shape apart."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.rates import Strengths, shrink
from kompaslite.rates.credibility import most_likely_level, most_likely_strength
from kompaslite.schema import SchemaError

AGES = np.arange(20, 40)
MANY = [f"{1000 + i}" for i in range(150)]


def schedule() -> xr.DataArray:
    return xr.DataArray(0.1 * np.exp(-(((AGES - 30) / 6.0) ** 2)), coords={"age": AGES})


def drawn(level: float = 50.0, shape: float = 40.0, seed: int = 4) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Events, exposure and true rates of areas whose levels and shapes vary by gamma factors."""
    rng = np.random.default_rng(seed)
    lived = rng.uniform(20, 2000, (len(MANY), 1)) * np.ones((1, AGES.size))
    factors = rng.gamma(level, 1 / level, (len(MANY), 1)) * rng.gamma(shape, 1 / shape, lived.shape)
    labels = {"area": MANY, "age": AGES}
    truth = xr.DataArray(factors * schedule().values, coords=labels)
    exposure = xr.DataArray(lived, coords=labels)
    return xr.DataArray(rng.poisson(truth * exposure).astype(float), coords=labels), exposure, truth


def test_strengths_are_found_again() -> None:
    events, exposure, _ = drawn()
    found = shrink(events, exposure, schedule())
    assert found.attrs["strength_of_level"] == pytest.approx(50.0, rel=0.35)
    assert found.attrs["strength_of_shape"] == pytest.approx(40.0, rel=0.35)
    assert found.attrs["strength_of_group_level"] == pytest.approx(1.0, abs=0.05)


def test_likelihood_estimates_on_known_factors() -> None:
    rng = np.random.default_rng(8)
    expected = rng.uniform(5, 500, 4000)
    events = rng.poisson(expected * 0.9 * rng.gamma(30.0, 1 / 30.0, expected.size)).astype(float)
    mean, strength = most_likely_level(events, expected)
    assert mean == pytest.approx(0.9, rel=0.02)
    assert strength == pytest.approx(30.0, rel=0.1)
    assert most_likely_strength(events, expected * 0.9) == pytest.approx(30.0, rel=0.1)


def test_shrunk_rates_are_nearer_to_the_truth_than_local_and_given_ones() -> None:
    events, exposure, truth = drawn()
    shrunk = shrink(events, exposure, schedule())["rates"]

    def error(rates: xr.DataArray) -> float:
        return float((((rates - truth) ** 2) / truth).mean())

    assert error(shrunk) < 0.5 * error(events / exposure)
    assert error(shrunk) < 0.8 * error(schedule().broadcast_like(truth))


def test_large_places_keep_their_own_and_small_ones_take_the_given() -> None:
    events, exposure, _ = drawn()
    found = shrink(events, exposure, schedule(), strengths=Strengths(50.0, 50.0))
    large = shrink(events * 1e6, exposure * 1e6, schedule(), strengths=Strengths(50.0, 50.0))
    np.testing.assert_allclose(large["rates"], events / exposure, atol=2e-5)
    assert (large["level_weight"] > 0.99).all()
    none = shrink(events * 0, exposure * 0, schedule(), strengths=Strengths(50.0, 50.0))
    np.testing.assert_allclose(none["rates"], schedule().broadcast_like(none["rates"]))
    assert not none["level_weight"].any()
    order = np.argsort(exposure.isel(age=0).values)
    assert (np.diff(found["level_weight"].values[order]) > 0).all()


def test_level_is_apart_from_shape() -> None:
    events, exposure, _ = drawn()
    found = shrink(events, exposure, schedule())
    implied = (found["rates"] * exposure).sum("age") / (schedule() * exposure).sum("age")
    np.testing.assert_allclose(implied, found["level"], rtol=1e-12)
    kept = shrink(events, exposure, schedule(), keep_level=True)
    np.testing.assert_allclose((kept["rates"] * exposure).sum("age"), events.sum("age"), rtol=1e-12)
    assert (kept["level_weight"] == 1).all()


def test_a_single_cell_by_hand() -> None:
    labels = {"area": ["3201"], "age": [30, 31]}
    events = xr.DataArray([[8.0, 4.0]], coords=labels)
    exposure = xr.DataArray([[100.0, 100.0]], coords=labels)
    given = xr.DataArray([0.05, 0.05], coords={"age": [30, 31]})
    found = shrink(events, exposure, given, strengths=Strengths(level=10.0, shape=4.0))
    level = (12 + 10) / (10 + 10)
    relative = np.array([(8 + 4) / (5 * level + 4), (4 + 4) / (5 * level + 4)])
    expected = level * 0.05 * relative / relative.mean()
    np.testing.assert_allclose(found["rates"].values[0], expected)
    assert found["level_weight"].item() == 0.5
    np.testing.assert_allclose(found["shape_weight"].values[0], 5.5 / 9.5)


def test_the_level_of_the_group_is_what_small_places_are_drawn_towards() -> None:
    labels = {"area": ["3201"], "age": [30, 31]}
    events, exposure = (xr.DataArray([row], coords=labels) for row in ([8.0, 4.0], [100.0, 100.0]))
    given = xr.DataArray([0.05, 0.05], coords={"age": [30, 31]})
    found = shrink(events, exposure, given, strengths=Strengths(level=10.0, shape=4.0, group_level=1.5))
    assert found["level"].item() == pytest.approx(1.5 * (12 + 10) / (1.5 * 10 + 10))
    assert found["level_weight"].item() == pytest.approx(15 / 25)


def test_years_are_pooled_and_a_moving_nation_is_the_measure() -> None:
    events, exposure, _ = drawn()
    years = xr.DataArray([1.0, 0.5], coords={"year": [2020, 2021]})
    both = shrink(events * years, exposure * xr.ones_like(years), schedule() * years, strengths=Strengths(9.0, 9.0))
    one = shrink(events * 1.5, exposure * 1.5, schedule(), strengths=Strengths(9.0, 9.0))
    np.testing.assert_allclose(both["level"], one["level"])
    np.testing.assert_allclose(both["rates"], one["rates"] * 0.5)


def test_groups_differ_by_area() -> None:
    events, exposure, _ = drawn()
    factor = xr.DataArray(np.where(np.arange(len(MANY)) < 75, 1.0, 3.0), coords={"area": MANY})
    tight = Strengths(1e9, 1e9)
    found = shrink(events, exposure, schedule() * factor, strengths=tight)["rates"]
    np.testing.assert_allclose(found, (schedule() * factor).transpose("area", "age"), rtol=1e-4)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"events": drawn()[0].isel(area=slice(0, 9))}, "exposure: 141 labels of dimension area are surplus"),
        ({"exposure": -drawn()[1]}, "exposure: 3,000 of 3,000 values are not numbers of at least 0"),
        (
            {"events": drawn()[0].where(drawn()[0]["age"] != 22)},
            "events: 150 of 3,000 values .* nan at area 1000, age 22",
        ),
        ({"towards": schedule().sel(age=slice(20, 30))}, "towards: 9 labels of dimension age are missing"),
        ({"towards": schedule() * 0}, "cells have events where none are expected; the first is at area 1000"),
        ({"events": drawn()[0].isel(area=0, drop=True)}, "events: dimension area is missing"),
        ({"events": drawn()[0] * 0}, "there is not one event to learn from"),
    ],
)
def test_bad_input(change: dict[str, xr.DataArray], words: str) -> None:
    events, exposure, _ = drawn()
    given = {"events": events, "exposure": exposure, "towards": schedule()} | change
    with pytest.raises(SchemaError, match=words):
        shrink(**given)


def test_too_few_areas_to_learn_from() -> None:
    events, exposure, _ = drawn()
    few = slice(0, 9)
    with pytest.raises(SchemaError, match="weights cannot be learned from 9 areas; at least 10 are needed"):
        shrink(events.isel(area=few), exposure.isel(area=few), schedule())
