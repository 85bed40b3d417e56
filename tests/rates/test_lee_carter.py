"""Lee-Carter on rates that follow the model, and on rates that cannot be used."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from kompaslite.rates import lee_carter
from kompaslite.schema import SchemaError

AGES, YEARS = [60, 70, 80, 90], np.arange(2000, 2021)
BX = np.array([0.1, 0.2, 0.3, 0.4])


def rates(noise: float = 0.0) -> xr.DataArray:
    rng = np.random.default_rng(5)
    level = 10.0 - np.arange(YEARS.size) + rng.normal(0, 0.5, YEARS.size)
    logs = np.array([-5.0, -4.0, -3.0, -2.0])[:, None] + np.outer(BX, level) / 10
    logs += rng.normal(0, 1, logs.shape) * noise
    return xr.DataArray(np.exp(logs), coords={"age": AGES, "year": YEARS}, attrs={"units": "1/year"})


def people() -> xr.DataArray:
    return xr.full_like(rates(), 1000.0) * xr.DataArray([4.0, 3.0, 2.0, 1.0], coords={"age": AGES})


@pytest.mark.parametrize("adjust", ["none", "dt", "dxt", "e0"])
def test_rates_of_the_model_are_found_again(adjust: str) -> None:
    model = lee_carter(rates(), exposure=people(), adjust=adjust)
    np.testing.assert_allclose(model.bx, BX, rtol=1e-9)
    np.testing.assert_allclose(model.fitted, rates(), rtol=1e-8)
    assert model.explained.item() == pytest.approx(1.0)


@pytest.mark.parametrize("adjust", ["none", "dt", "dxt", "e0"])
def test_years_that_are_apart_are_as_far_apart_as_they_are(adjust: str) -> None:
    years = np.array([1990, 1995, 2000, 2010, 2015])
    falling = xr.DataArray(0.98 ** (years - 1990.0), coords={"year": years}) * rates().isel(year=0, drop=True)
    lived = xr.full_like(falling, 1000.0)
    model = lee_carter(falling.transpose("age", "year"), exposure=lived.transpose("age", "year"), adjust=adjust)
    ahead = model.forecast(10).rates
    assert ahead["year"].values.tolist() == list(range(2016, 2026))
    np.testing.assert_allclose(ahead.sel(year=2025) / falling.sel(year=2015), 0.98**10, rtol=1e-6)


def test_the_innovation_is_that_of_one_year_however_far_the_years_are_apart() -> None:
    steps = np.random.default_rng(3).normal(-1.0, 0.5, 4000)
    level = np.concatenate([[0.0], np.cumsum(steps)])
    kt = xr.DataArray(level, coords={"year": np.arange(level.size)})
    model = lee_carter(rates())
    annual, fifth = replace(model, kt=kt), replace(model, kt=kt.isel(year=slice(None, None, 5)))
    assert annual.innovation.item() == pytest.approx(0.5, rel=0.05)
    assert fifth.innovation.item() == pytest.approx(0.5, rel=0.05)
    assert fifth.drift.item() == pytest.approx(annual.drift.item())
    assert annual.innovation.item() == pytest.approx(np.std(steps, ddof=1))


def test_dt_meets_the_deaths_of_every_year() -> None:
    noisy = rates(noise=0.1)
    model = lee_carter(noisy, exposure=people(), adjust="dt")
    np.testing.assert_allclose((model.fitted * people()).sum("age"), (noisy * people()).sum("age"), rtol=1e-12)
    plain = lee_carter(noisy).fitted
    assert abs((plain - noisy) * people()).sum("age").max() > 1.0


def test_dxt_is_more_likely_than_its_neighbours() -> None:
    noisy = rates(noise=0.1)
    model = lee_carter(noisy, exposure=people(), adjust="dxt")

    def likelihood(shift: float) -> xr.DataArray:
        expected = people() * np.exp(model.ax + model.bx * (model.kt + shift))
        return (noisy * people() * np.log(expected) - expected).sum("age")

    assert (likelihood(0.0) > likelihood(0.01)).all()
    assert (likelihood(0.0) > likelihood(-0.01)).all()


def test_forecast_walks_with_drift_from_the_jump_off() -> None:
    model = lee_carter(rates(noise=0.02))
    ahead = model.forecast(30, level=0.95)
    assert ahead["year"].values.tolist() == list(range(2021, 2051))
    np.testing.assert_allclose(ahead["kt"].diff("year"), model.drift)
    assert (ahead["lower"] < ahead["rates"]).all()
    assert (ahead["rates"] < ahead["upper"]).all()
    width = ahead["kt_upper"] - ahead["kt_lower"]
    assert (width.diff("year") > 0).all()
    actual = model.forecast(1, jump_off="actual")["rates"] / model.observed.sel(year=2020)
    np.testing.assert_allclose(np.log(actual).isel(year=0), model.bx * model.drift, rtol=1e-9)
    assert ahead["rates"].attrs["units"] == "1/year"


def test_error_of_the_drift_widens_the_limits() -> None:
    model = lee_carter(rates(noise=0.02))
    plain, wide = model.forecast(20, uncertain_drift=False), model.forecast(20)
    growth = (wide["kt_upper"] - wide["kt"]) / (plain["kt_upper"] - plain["kt"])
    np.testing.assert_allclose(growth, np.sqrt(1 + np.arange(1, 21) / (YEARS.size - 1)))


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (rates().where(rates()["age"] != 70, 0.0), r"rates: 21 of 84 values are not above 0; the first is 0 at age 70"),
        (rates().where(rates()["year"] != 2003), "the first is nan at age 60, year 2003"),
        (rates().sel(year=[2000, 2001]), "at least 2 ages and 3 years"),
        (rates().isel(age=0, drop=True), "dimension age is missing"),
    ],
)
def test_bad_rates(bad: xr.DataArray, words: str) -> None:
    with pytest.raises(SchemaError, match=words):
        lee_carter(bad)


def test_exposure_is_needed_and_must_have_the_same_labels() -> None:
    with pytest.raises(SchemaError, match='exposure: it is needed for adjust="dt"'):
        lee_carter(rates(), adjust="dt")
    with pytest.raises(SchemaError, match=r"exposure: 1 labels of dimension age are missing that rates has: 90"):
        lee_carter(rates(), exposure=people().sel(age=[60, 70, 80]), adjust="dt")
    with pytest.raises(SchemaError, match=r"adjust is 'dtx'\. Choose none, dt, dxt or e0"):
        lee_carter(rates(), adjust="dtx")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"horizon": 0}, "a horizon of 0 years is none"),
        ({"horizon": 5, "level": 80.0}, "a level of 80 is not a share between 0 and 1"),
        ({"horizon": 5, "jump_off": "last"}, "jump_off is 'last'"),
    ],
)
def test_bad_forecast(options: dict[str, object], words: str) -> None:
    with pytest.raises(SchemaError, match=words):
        lee_carter(rates()).forecast(**options)
