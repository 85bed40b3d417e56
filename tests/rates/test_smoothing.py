"""Smoothing keeps totals and does not flatten the peak."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from benchmarks import norway
from kompaslite.rates import exposure, residual_accounts, smooth_rates
from kompaslite.schema import SchemaError

AGES = np.arange(0, 80)


def truth() -> xr.DataArray:
    """A schedule with a steep peak at 20."""
    return xr.DataArray(0.02 + 0.2 * np.exp(-np.abs(AGES - 20.0) / 2.0), coords={"age": AGES})


def lived(size: float = 60.0) -> xr.DataArray:
    return xr.DataArray(np.linspace(1.2, 0.6, AGES.size) * size, coords={"age": AGES})


def noisy(size: float = 60.0, seed: int = 1) -> xr.DataArray:
    rng = np.random.default_rng(seed)
    return xr.DataArray(rng.poisson(truth() * lived(size)) / lived(size).values, coords={"age": AGES})


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("strength", [None, 10.0, 1e6])
def test_events_keep_their_total(signed: bool, strength: float | None) -> None:
    rates = noisy() - 0.05 if signed else noisy()
    smooth = smooth_rates(rates, lived(), signed=signed, strength=strength)
    assert float(((smooth - rates) * lived()).sum()) == pytest.approx(0.0, abs=1e-8)


def test_smooth_rates_are_nearer_to_the_truth_outside_the_peak() -> None:
    errors = {"raw": 0.0, "smooth": 0.0}
    calm = slice(30, 79)
    for seed in range(10):
        rates = noisy(seed=seed)
        errors["raw"] += float(((rates - truth()).sel(age=calm) ** 2).sum())
        errors["smooth"] += float(((smooth_rates(rates, lived()) - truth()).sel(age=calm) ** 2).sum())
    assert errors["smooth"] < 0.3 * errors["raw"]


def test_the_peak_is_kept_and_would_be_flattened_without_the_sharp_range() -> None:
    exact = truth()
    kept = smooth_rates(exact, lived(), strength=1000.0)
    flat = smooth_rates(exact, lived(), strength=1000.0, sharp=())
    assert kept.idxmax("age").item() == 20
    assert kept.max().item() == pytest.approx(exact.max().item(), rel=0.02)
    assert flat.max().item() < 0.75 * exact.max().item()


def test_real_turn_at_19_to_24_stays(shared: Path) -> None:
    """Net migration of single ages, 2016-2025, residual: Baerum and three smaller municipalities of Telemark."""
    people = norway.municipalities(["3201", "4001", "4003", "4012"], shared=shared)
    rates = {"mortality": norway.mortality(shared=shared), "fertility": norway.fertility(shared=shared)}
    accounts = residual_accounts(people, extrapolate="hold", **rates)
    years = np.arange(2016, 2026)
    net, at_risk = accounts.flows["net_migration"].sel(year=years).sum("year"), exposure(accounts, years).sum("year")
    raw = (net / at_risk.where(at_risk > 0, 1.0)).where(at_risk > 0, 0.0)
    smooth = smooth_rates(raw, at_risk, signed=True)
    np.testing.assert_allclose((smooth * at_risk).sum("age"), net.sum("age"), atol=1e-6)
    peak = slice(19, 24)
    lost = (raw * at_risk).sel(age=peak).sum("age")
    np.testing.assert_allclose((smooth * at_risk).sel(age=peak).sum("age") / lost, 1.0, atol=0.1)
    deepest = raw.sel(age=peak).min("age")
    assert (smooth.sel(age=peak).min("age") / deepest > 0.85).all()
    calm = slice(40, 75)
    rough, even = (abs(part.sel(age=calm).diff("age")).mean() for part in (raw, smooth))
    assert even < 0.3 * rough


def test_each_outer_cell_has_its_own_strength() -> None:
    both = xr.concat([noisy(), noisy(1e5)], "area").assign_coords(area=["small", "large"])
    weights = xr.concat([lived(), lived(1e5)], "area").assign_coords(area=["small", "large"])
    smooth, alone = smooth_rates(both, weights), smooth_rates(noisy(), lived()).reset_coords(drop=True)
    xr.testing.assert_allclose(smooth.sel(area="small").reset_coords(drop=True), alone)
    assert smooth["smoothing"].sel(area="large") / 1e5 < smooth["smoothing"].sel(area="small") / 60


def test_no_events_and_nobody_exposed_stay_nothing() -> None:
    assert not smooth_rates(noisy() * 0, lived()).any()
    smooth = smooth_rates(noisy(), lived().where(lived()["age"] < 70, 0.0).assign_attrs())
    assert np.isfinite(smooth).all()
    assert not smooth_rates(noisy() * 0, lived() * 0, signed=True).any()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rates": noisy() - 0.1}, r"rates: \d+ of 80 values are not rates of at least 0.*signed=True"),
        ({"rates": noisy().where(noisy()["age"] != 5)}, "rates: 1 of 80 values .* nan at age 5"),
        ({"rates": noisy().sel(age=AGES[AGES != 40])}, "single years of age without a gap"),
        ({"exposure": lived().sel(age=slice(0, 50))}, "exposure: 29 labels of dimension age are missing"),
        ({"exposure": -lived()}, "exposure: 80 of 80 values are not person-years"),
        ({"strength": 0.0}, "a strength of 0 is not above 0"),
    ],
)
def test_bad_input(change: dict[str, object], words: str) -> None:
    with pytest.raises(SchemaError, match=words):
        smooth_rates(**({"rates": noisy(), "exposure": lived()} | change))
