"""Lee-Carter against the reference implementation: R package demography 2.0, functions lca and forecast.

France 1950-2006, ages 0-100+; Norway 1980-2023, ages 40-95+; Australian fertility 1921-2002. The bounds on kt are those
of the reference's own root finders.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from kompaslite.rates import LeeCarter, lee_carter, life_table

RUNS = {
    "fr_female_1950_2006": "female",
    "fr_male_1950_2006": "male",
    "no_female_40_95_1980_2023": "female",
    "no_male_40_95_1980_2023": "male",
}
KT = {"none": 1e-10, "dt": 1e-4, "dxt": 1e-8, "e0": 1e-4}
EXACT = 1e-10


@pytest.fixture(scope="module")
def vectors(shared: Path) -> Path:
    return shared / "vectors" / "lee_carter"


def read(vectors: Path, run: str, part: str, adjust: str) -> pd.DataFrame:
    table = pd.read_csv(vectors / f"{run}_{part}.csv")
    return table[table["adjust"] == adjust]


@cache
def fitted(vectors: Path, run: str, adjust: str) -> LeeCarter:
    data = pd.read_csv(vectors / f"{run}_data.csv").set_index(["age", "year"]).to_xarray()
    return lee_carter(data["mx"].assign_coords(sex=RUNS[run]), exposure=data["pop"], adjust=adjust)


@pytest.mark.parametrize("adjust", list(KT))
@pytest.mark.parametrize("run", list(RUNS))
def test_parameters(vectors: Path, run: str, adjust: str) -> None:
    model, reference = fitted(vectors, run, adjust), read(vectors, run, "axbx", adjust)
    np.testing.assert_allclose(model.ax, reference["ax"], rtol=0, atol=1e-12)
    np.testing.assert_allclose(model.bx, reference["bx"], rtol=0, atol=1e-12)
    np.testing.assert_allclose(model.kt, read(vectors, run, "kt", adjust)["kt"], rtol=0, atol=KT[adjust])
    explained = read(vectors, run, "summary", adjust)["varprop"].item()
    assert model.explained.item() == pytest.approx(explained, abs=1e-12)


@pytest.mark.parametrize("jump_off", ["fit", "actual"])
@pytest.mark.parametrize("adjust", list(KT))
@pytest.mark.parametrize("run", list(RUNS))
def test_forecast(vectors: Path, run: str, adjust: str, jump_off: str) -> None:
    reference = read(vectors, run, "forecast", adjust)
    reference = reference[reference["jump"] == jump_off]
    ahead = fitted(vectors, run, adjust).forecast(20, jump_off=jump_off)
    room = {"none": EXACT, "dxt": 1e-9}.get(adjust, KT[adjust])
    for ours, theirs in (("kt", "kt"), ("kt_lower", "kt_lo80"), ("kt_upper", "kt_hi80")):
        np.testing.assert_allclose(ahead[ours], reference[theirs], rtol=0, atol=room)
    np.testing.assert_allclose(ahead["rates"].sel(age=85), reference["m85"], rtol=room)
    np.testing.assert_allclose(ahead["rates"].isel(age=0), reference["m_minage"], rtol=room)
    lives = life_table(ahead["rates"], infants="coale-demeny")["e"].isel(age=0)
    np.testing.assert_allclose(lives, reference["e_minage"], rtol=0, atol=room)


@pytest.mark.parametrize("run", list(RUNS))
@pytest.mark.parametrize("adjust", ["none", "dxt"])
def test_drift_and_limits_given_the_reference_level(vectors: Path, run: str, adjust: str) -> None:
    """The forecast itself is exact: with the reference's own kt nothing is left of its root finder."""
    model, level = fitted(vectors, run, adjust), read(vectors, run, "kt", adjust)
    theirs = LeeCarter(
        ax=model.ax,
        bx=model.bx,
        kt=model.kt.copy(data=level["kt"].values),
        observed=model.observed,
        explained=model.explained,
        adjust=adjust,
    )
    reference = read(vectors, run, "forecast", adjust)
    reference = reference[reference["jump"] == "fit"]
    assert theirs.drift.item() == pytest.approx(reference["kt"].iloc[0], abs=EXACT)
    np.testing.assert_allclose(theirs.forecast(20)["kt_lower"], reference["kt_lo80"], rtol=0, atol=EXACT)
    np.testing.assert_allclose(theirs.forecast(20)["kt_upper"], reference["kt_hi80"], rtol=0, atol=EXACT)


@pytest.mark.parametrize("run", list(RUNS))
def test_fitted_rates(vectors: Path, run: str) -> None:
    reference = read(vectors, run, "fitted_dt", "dt").set_index(["age", "year"])["log_mx_fitted"].to_xarray()
    ours = fitted(vectors, run, "dt").fitted
    np.testing.assert_allclose(np.log(ours), reference.sel(age=ours["age"]), rtol=0, atol=1e-5)


def test_australian_fertility(vectors: Path) -> None:
    rates = pd.read_csv(vectors / "aus_fert_data.csv").set_index(["age", "year"])["asfr_per_1000"].to_xarray()
    model = lee_carter(rates)
    reference = pd.read_csv(vectors / "aus_fert_lca_none_axbx.csv")
    np.testing.assert_allclose(model.ax, reference["ax"], rtol=0, atol=1e-12)
    np.testing.assert_allclose(model.bx, reference["bx"], rtol=0, atol=1e-12)
    level = pd.read_csv(vectors / "aus_fert_lca_none_kt.csv")["kt"]
    np.testing.assert_allclose(model.kt, level, rtol=0, atol=EXACT)


def test_sexes_together_are_fitted_each_by_itself(vectors: Path) -> None:
    one, other = fitted(vectors, "fr_female_1950_2006", "dt"), fitted(vectors, "fr_male_1950_2006", "dt")
    frames = [
        pd.read_csv(vectors / f"fr_{sex}_1950_2006_data.csv").set_index(["age", "year"]).to_xarray()
        for sex in ("female", "male")
    ]
    both = xr.concat(frames, "sex").assign_coords(sex=["female", "male"])
    model = lee_carter(both["mx"], exposure=both["pop"], adjust="dt")
    np.testing.assert_allclose(model.kt.sel(sex="female"), one.kt, rtol=1e-10)
    np.testing.assert_allclose(model.kt.sel(sex="male"), other.kt, rtol=1e-10)
