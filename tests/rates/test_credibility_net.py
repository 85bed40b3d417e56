"""Credibility of net migration: noise, size of deviations and the level's share are learned and used."""

import numpy as np
import pytest
import xarray as xr

from kompaslite.rates import shrink_net
from kompaslite.rates.credibility_net import posterior
from kompaslite.schema import SchemaError

AGES, YEARS = np.arange(15, 35), np.arange(2010, 2018)
MANY = [f"{1000 + i}" for i in range(120)]
LABELS = {"area": MANY, "sex": ["female", "male"], "age": AGES}


def drawn(seed: int = 2) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray, xr.DataArray]:
    """Net migration, exposure, the nation's schedule, and the true local rates."""
    rng = np.random.default_rng(seed)
    nation = xr.DataArray(np.tile(0.01 * np.sin(AGES / 5.0), (2, 1)), coords={"sex": ["female", "male"], "age": AGES})
    size = np.where(np.arange(len(MANY)) % 2, 20.0, 200.0)[:, None, None]
    deviation = 0.03
    level = rng.normal(0, 1, (len(MANY), 1, 1)) * np.sqrt(0.4)
    shape = rng.normal(0, 1, (len(MANY), 2, AGES.size)) * np.sqrt(0.6)
    truth = xr.DataArray(nation.values + deviation * (level + shape), coords=LABELS)
    lived = (
        xr.DataArray(size * np.ones((1, 2, AGES.size)), coords=LABELS).expand_dims(year=YEARS).transpose(..., "year")
    )
    noise = rng.normal(0, 1, lived.shape) * np.sqrt(0.1 * lived)
    return truth * lived + noise, lived, nation, truth


def test_what_was_put_in_is_learned() -> None:
    net, lived, nation, _ = drawn()
    found = shrink_net(net, lived, nation)
    np.testing.assert_allclose(found["noise"], 0.1, rtol=0.15)
    np.testing.assert_allclose(found["deviation"], 0.03, rtol=0.3)
    assert found.attrs["share_of_level"] == pytest.approx(0.4, abs=0.15)


def test_shrunk_rates_are_nearer_to_the_truth_than_local_and_national_ones() -> None:
    net, lived, nation, truth = drawn()
    shrunk = shrink_net(net, lived, nation)["rates"]
    raw = net.sum("year") / lived.sum("year")

    def error(rates: xr.DataArray) -> float:
        return float(((rates - truth) ** 2).mean())

    assert error(shrunk) < 0.7 * error(raw)
    assert error(shrunk) < 0.7 * error(nation)


def test_large_places_weigh_more() -> None:
    net, lived, nation, _ = drawn()
    found = shrink_net(net, lived, nation)
    large = (lived.isel(sex=0, age=0, year=0) > 100).values
    assert found["shape_weight"].values[large].min() > found["shape_weight"].values[~large].max()
    assert found["level_weight"].values[large].min() > found["level_weight"].values[~large].max()


def test_nothing_observed_is_the_given_schedule() -> None:
    net, lived, nation, _ = drawn()
    learned = shrink_net(net, lived, nation)
    empty = shrink_net(net * 0, lived * 0, nation, learned_from=learned)
    np.testing.assert_allclose(empty["rates"], nation.broadcast_like(empty["rates"]), atol=1e-9)
    assert float(empty["shape_weight"].max()) < 1e-6


def test_what_was_learned_serves_one_place_alike() -> None:
    net, lived, nation, _ = drawn()
    many = shrink_net(net, lived, nation)
    one = shrink_net(net.sel(area=["1007"]), lived.sel(area=["1007"]), nation, learned_from=many)
    np.testing.assert_allclose(one["rates"], many["rates"].sel(area=["1007"]), rtol=1e-12)


def test_posterior_is_that_of_the_normal_model() -> None:
    """Against the conditional mean by plain linear algebra."""
    rng = np.random.default_rng(0)
    deviation, error, share = rng.uniform(0.01, 0.05, 6), rng.uniform(1e-4, 1e-2, (1, 6)), 0.3
    apart = rng.normal(0, 0.05, (1, 6))
    z, _, shape, _ = posterior(apart, error, deviation, share)
    prior = share * np.outer(deviation, deviation) + (1 - share) * np.diag(deviation**2)
    mean = prior @ np.linalg.solve(prior + np.diag(error[0]), apart[0])
    np.testing.assert_allclose(deviation * z[0] + shape[0], mean, rtol=1e-10)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"net": drawn()[0].isel(year=[0])}, "one year does not show how much it differs"),
        ({"net": drawn()[0].isel(sex=0, drop=True)}, "net: dimension sex is missing"),
        ({"net": drawn()[0].where(drawn()[0]["year"] != 2012)}, "net: 4,800 of 38,400 values .* year 2012"),
        ({"exposure": drawn()[1].sel(age=AGES[:5])}, "exposure: 15 labels of dimension age are missing"),
        ({"exposure": -drawn()[1]}, "exposure: 38,400 of 38,400 values are not person-years"),
        ({"towards": drawn()[2].sel(age=AGES[:5])}, "towards: 15 labels of dimension age are missing"),
    ],
)
def test_bad_input(change: dict[str, xr.DataArray], words: str) -> None:
    net, lived, nation, _ = drawn()
    with pytest.raises(SchemaError, match=words):
        shrink_net(**({"net": net, "exposure": lived, "towards": nation} | change))


def test_too_few_areas_and_labels_that_were_not_learned() -> None:
    net, lived, nation, _ = drawn()
    few, less = slice(0, 5), slice(15, 20)
    with pytest.raises(SchemaError, match="cannot be learned from 5 areas; at least 10"):
        shrink_net(net.isel(area=few), lived.isel(area=few), nation)
    learned = shrink_net(net.sel(age=less), lived.sel(age=less), nation.sel(age=less))
    with pytest.raises(SchemaError, match="learned_from noise: 14 labels of dimension age are missing"):
        shrink_net(net, lived, nation, learned_from=learned)
