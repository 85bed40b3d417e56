"""A small made-up history by area, sex and age, seeded."""

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.methods import Sources

SEXES = ["female", "male"]
AGES = np.arange(101)


def history(*, first=2005, last=2020, areas=("A", "B", "C"), seed=5):
    """Areas of about 800, 6,000 and 40,000 that age, die, have children and move, in whole numbers of no year alike."""
    rng = np.random.default_rng(seed)
    sizes = np.resize([800.0, 6_000.0, 40_000.0], len(areas))
    years = np.arange(first, last + 1)
    shape = np.exp(-((AGES / 80.0) ** 4)) + 0.002
    now = rng.poisson(sizes[:, None, None] * shape / shape.sum() / 2.0, (len(areas), 2, len(AGES))).astype(float)
    kept = np.clip(1.0 - np.exp(0.095 * AGES - 10.5), 0.3, 1.0)
    growth = np.array([-0.004, 0.002, 0.012])[np.arange(len(areas)) % 3]
    found = [now]
    for _ in years[1:]:
        mothers = now[:, 0, 15:50].sum(-1)
        later = np.zeros_like(now)
        later[..., 1:] = now[..., :-1]
        later[..., -1] += now[..., -1]
        later = later * kept * (1.0 + growth[:, None, None])
        later[..., 0] = mothers[:, None] * 0.024
        now = rng.poisson(later).astype(float)
        found.append(now)
    people = xr.DataArray(
        np.stack(found, -1),
        coords={"area": list(areas), "sex": SEXES, "age": AGES, "year": years},
        attrs={"units": "persons"},
    )
    return Accounts(people)


def sources(*, first=2000, last=2019):
    """Mortality by age reached and fertility of a made-up nation, falling a little each year."""
    years = np.arange(first, last + 1)
    fall = 0.99 ** (years - first)
    mortality = np.minimum(np.exp(0.095 * AGES - 10.5), 1.2)[None, :, None] * fall * np.ones((2, 1, 1))
    fertility = np.where((AGES > 14) & (AGES < 50), np.exp(-(((AGES - 31) / 6.0) ** 2)) * 0.12, 0.0)
    return Sources(
        mortality=xr.DataArray(mortality, coords={"sex": SEXES, "age": AGES, "year": years}, attrs={"units": "1/year"}),
        fertility=xr.DataArray(
            fertility[:, None] * fall, coords={"age": AGES, "year": years}, attrs={"units": "1/year"}
        ),
    )
