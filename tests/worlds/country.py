"""A small country: four areas, ages to 30, six years."""

import numpy as np
import xarray as xr

from kompaslite.uncertainty.levels.model import Effect, Levels

AREAS = ["0301", "1103", "3201", "4001"]
AGES = np.arange(31)
YEARS = np.arange(2026, 2032)


def parameters(names, *, persistence, innovation, noise=0.0, window=0, areas=None):
    size = len(names)
    dataset = xr.Dataset(
        {
            "persistence": ("component", np.full(size, persistence)),
            "innovation": ("component", np.full(size, innovation)),
            "noise": ("component", np.full(size, noise)),
            "window": ("component", np.full(size, window)),
            "correlation": (("component", "other"), np.full((size, size), 0.5) + 0.5 * np.eye(size)),
        },
        coords={"component": names},
    )
    if areas is not None:
        wide = xr.DataArray(1.0 + np.arange(len(areas)), coords={"area": areas})
        dataset["innovation"] = dataset["innovation"] * wide
    return dataset


def some_levels(areas=AREAS):
    response = xr.DataArray(np.linspace(0.5, 1.5, len(AGES)), coords={"age": AGES})
    mobile = xr.DataArray(np.where((AGES > 15) & (AGES < 28), 0.5, 0.1), coords={"age": AGES})
    return Levels(
        national=parameters(["fertility", "mortality", "migration"], persistence=0.9, innovation=0.03),
        local=parameters(["migration"], persistence=0.6, innovation=0.01, noise=0.01, window=5, areas=areas),
        effects=(
            Effect(component="fertility", variable="fertility", how="scale"),
            Effect(component="mortality", variable="mortality", how="scale", response=response),
            Effect(component="migration", variable="in_migration", how="gain", response=200.0 * mobile),
            Effect(component="migration", variable="out_migration", how="loss", response=mobile),
        ),
        years=20,
    )


def some_baseline(areas=AREAS, scenarios=None):
    rng = np.random.default_rng(5)
    cells = {"area": areas, "sex": ["female", "male"], "age": AGES}
    shape = tuple(len(labels) for labels in cells.values())
    rate, count = {"units": "1/year"}, {"units": "persons/year"}
    mortality = xr.DataArray(
        0.001 + 0.01 * rng.random((len(YEARS), 2, len(AGES))),
        coords={"year": YEARS, "sex": cells["sex"], "age": AGES},
        attrs=rate,
    )
    fertility = xr.DataArray(np.where((AGES > 17) & (AGES < 30), 0.12, 0.0), coords={"age": AGES}, attrs=rate)
    arrivals = xr.DataArray(20.0 * rng.random(shape), coords=cells, attrs=count)
    if scenarios is not None:
        more = xr.DataArray(1.0 + 0.2 * np.arange(len(scenarios)), coords={"scenario": scenarios})
        arrivals = (arrivals * more).transpose("scenario", ...).assign_attrs(count)
    return xr.Dataset(
        {
            "mortality": mortality,
            "fertility": fertility,
            "sex_ratio_at_birth": xr.DataArray(1.06, attrs={"units": "1"}),
            "in_migration": arrivals,
            "out_migration": xr.DataArray(0.05 * rng.random(shape), coords=cells, attrs=rate),
        }
    )


def some_people(areas=AREAS):
    cells = {"area": areas, "sex": ["female", "male"], "age": AGES}
    values = 100.0 + 50.0 * np.random.default_rng(9).random((len(areas), 2, len(AGES)))
    return xr.DataArray(values, coords=cells, attrs={"units": "persons"})
