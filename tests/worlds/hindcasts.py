"""Made-up hindcasts for the tests of scoring, seeded."""

import numpy as np
import xarray as xr

from kompaslite.evaluation import make_hindcasts

AREAS = ["A", "B", "C", "D", "E", "F"]
SIZES = np.array([900.0, 2_500.0, 5_000.0, 12_000.0, 30_000.0, 130_000.0])


def totals(*, seed=1, origins=(2016, 2017, 2018), leads=(1, 2, 3, 4), last=2021, spread=0.02):
    """Hindcasts of totals; outcomes after `last` are missing."""
    rng = np.random.default_rng(seed)
    coords = {"origin": list(origins), "lead": list(leads), "area": AREAS}
    shape = tuple(len(labels) for labels in coords.values())
    lead = np.array(leads)[None, :, None]
    observed = xr.DataArray(SIZES * np.exp(rng.normal(0, spread, shape) * np.sqrt(lead)), coords=coords)
    forecast = xr.DataArray(SIZES * np.exp(rng.normal(0, spread, shape) * np.sqrt(lead)), coords=coords)
    year = observed["origin"] + observed["lead"]
    jump_off = xr.DataArray(np.tile(SIZES, (len(origins), 1)), coords={"origin": list(origins), "area": AREAS})
    return make_hindcasts(forecast, observed.where(year <= last), jump_off)


def by_age(*, seed=2, ages=106):
    """Hindcasts by sex and single age, all with an outcome."""
    rng = np.random.default_rng(seed)
    coords = {
        "origin": [2016, 2017],
        "lead": [1, 2],
        "area": AREAS,
        "sex": ["female", "male"],
        "age": np.arange(ages),
    }
    shape = tuple(len(labels) for labels in coords.values())
    mean = np.broadcast_to((SIZES / 2 / ages)[None, None, :, None, None], shape)
    observed = xr.DataArray(rng.gamma(5.0, mean / 5.0), coords=coords)
    forecast = xr.DataArray(rng.gamma(5.0, mean / 5.0), coords=coords)
    jump_off = xr.DataArray(np.tile(SIZES, (2, 1)), coords={"origin": [2016, 2017], "area": AREAS})
    return make_hindcasts(forecast, observed, jump_off)


def with_draws(*, seed=3, draws=50):
    """Hindcasts of totals with draws."""
    base = totals(seed=seed)
    rng = np.random.default_rng(seed)
    factors = xr.DataArray(np.exp(rng.normal(0, 0.03, draws)), coords={"draw": np.arange(draws)})
    return make_hindcasts(base["forecast"] * factors, base["observed"], base["jump_off"])
