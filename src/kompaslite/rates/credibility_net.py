"""Credibility of net migration by age, which has two signs: a normal model with level and shape difference.

Local net migration per person-year is  r(x) = p(x) + z d(x) + e(x),  with p the given schedule, d the usual size of
local deviations at age x, z one number for each area (its level) and e the deviation of its shape.  What is observed
has the noise s2(x) / X(x).  d, s2 and the share of the level in the deviations are learned from many areas.
"""

import numpy as np
import xarray as xr

from kompaslite.rates.credibility import FEWEST_AREAS, reported, with_areas
from kompaslite.schema import (
    SchemaError,
    count_unit,
    rate_unit,
    require_alike,
    require_array,
    require_dims,
    require_values,
)

#: Sizes of local deviations that are tried, per person-year.
_SIZES = np.exp(np.linspace(np.log(1e-4), np.log(0.5), 80))
#: Shares of the level that are tried.
_SHARES = np.linspace(0.0, 0.95, 20)
#: Ages over which noise and size of deviations are averaged.
_AGES = 5


def shrink_net(
    net: xr.DataArray,
    exposure: xr.DataArray,
    towards: xr.DataArray,
    *,
    learned_from: xr.Dataset | None = None,
    name: str = "national",
) -> xr.Dataset:
    """Local net migration per person-year, shrunk towards a given schedule by what it is worth.

    Parameters
    ----------
    net : xr.DataArray
        Persons per year, ``(area, sex, age, year)``, at least 2 years.
    exposure : xr.DataArray
        Person-years, of the same labels.
    towards : xr.DataArray
        Net migration per person-year of the nation or a group, ``(sex, age)``, with ``area`` where areas have
        different groups.
    learned_from : xr.Dataset, optional
        Result of this function for many areas of the same ages: its ``noise``, ``deviation`` and share of the level are
        used. None: they are learned from these areas, at least 10 of them.
    name : str
        What to call the given schedule in the result.

    Returns
    -------
    xr.Dataset
        ``rates`` per person-year and ``shape_weight``, ``(area, sex, age)``; ``level`` (in usual deviations) and
        ``level_weight``, ``(area,)``; ``noise`` and ``deviation``, ``(sex, age)``. Weights are those of the local data,
        between 0 and 1; ``attrs["share_of_level"]`` is the level's share in the variance of local deviations.

    Raises
    ------
    SchemaError
        If labels differ, there are too few areas or years to learn from, or values are no numbers.

    References
    ----------
    .. [1] Buhlmann & Gisler (2005), A Course in Credibility Theory and its Applications, ch. 4 and 6.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> rng = np.random.default_rng(1)
    >>> labels = {"area": [f"{i:04}" for i in range(20)], "sex": ["female"], "age": range(30, 40), "year": range(8)}
    >>> lived = xr.DataArray(np.full((20, 1, 10, 8), 100.0), coords=labels)
    >>> truth = xr.DataArray(rng.normal(0.01, 0.01, 20), coords={"area": labels["area"]})
    >>> moved = lived * truth + rng.normal(0.0, 3.0, lived.shape)
    >>> nation = xr.DataArray(np.full((1, 10), 0.01), coords={"sex": ["female"], "age": range(30, 40)})
    >>> shrunk = shrink_net(moved, lived, nation)
    >>> raw = moved.sum("year") / lived.sum("year")
    >>> bool(((shrunk.rates - truth) ** 2).mean() < 0.2 * ((raw - truth) ** 2).mean())
    True
    """
    net, exposure, towards = _together(net, exposure, towards)
    lived = exposure.sum("year")
    somebody = lived > 0.0
    raw = (net.sum("year") / lived.where(somebody, 1.0)).where(somebody, 0.0)
    given = towards.broadcast_like(raw).transpose(*raw.dims)
    difference, weight_of = _flat(raw - given), _flat(lived)
    if learned_from is None:
        noise = _noise(net, exposure, raw)
        error = noise / np.maximum(weight_of, 1e-9)
        deviation = _deviation(difference, error, raw.sizes["sex"])
        share = _share(difference, error, deviation)
    else:
        noise, deviation, share = _taken(learned_from, raw)
        error = noise / np.maximum(weight_of, 1e-9)
    z, z_weight, shape, shape_weight = posterior(difference, error, deviation, share)
    back = {"area": raw["area"].values}
    by_age = raw.isel(area=0, drop=True)
    found = given + raw.copy(data=(deviation * z[:, None] + shape).reshape(raw.shape))
    parts = {
        "rates": found.assign_attrs(units=rate_unit(), source=f"local, shrunk to {name}"),
        "shape_weight": raw.copy(data=shape_weight.reshape(raw.shape)),
        "level": xr.DataArray(z, coords=back, dims=["area"]),
        "level_weight": xr.DataArray(z_weight, coords=back, dims=["area"]),
        "noise": by_age.copy(data=noise.reshape(by_age.shape)),
        "deviation": by_age.copy(data=deviation.reshape(by_age.shape)),
    }
    return xr.Dataset(parts, attrs={"share_of_level": share})


def shrunk_net(
    net: xr.DataArray, exposed: xr.DataArray, towards: xr.DataArray, *, learned_from: xr.Dataset | None, step: int
) -> xr.DataArray:
    """Net migration of an average year of the window, with the weights as coordinates."""
    require_array(towards, "shrink_to")
    net, exposed, alone = with_areas(net, exposed)
    found = shrink_net(net, exposed, towards, learned_from=learned_from)
    result = (found["rates"] * exposed.mean("year")).transpose(*found["rates"].dims)
    return reported(result, found, "net_migration", unit=count_unit(step), like=net, alone=alone)


def posterior(
    difference: np.ndarray, error: np.ndarray, deviation: np.ndarray, share: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Expected level and shape of each area given its deviations, and the weights of the data."""
    of_shape = (1.0 - share) * deviation**2
    variance = of_shape + error
    known = share * (deviation**2 / variance).sum(axis=1)
    z = share * (deviation * difference / variance).sum(axis=1) / (1.0 + known)
    weight = of_shape / variance
    return z, known / (1.0 + known), weight * (difference - deviation * z[:, None]), weight


def _together(
    net: xr.DataArray, exposure: xr.DataArray, towards: xr.DataArray
) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    dims = ("area", "sex", "age", "year")
    for array, name in ((net, "net"), (exposure, "exposure")):
        require_dims(array, name, needed=dims, allowed=())
    require_dims(towards, "towards", needed=("sex", "age"), allowed=("area",))
    if net.sizes["year"] < 2:
        raise SchemaError(
            "shrink_net: one year does not show how much it differs from the next. Give at least 2 years."
        )
    exposure = require_alike(exposure, net, "exposure", against="net")
    towards = require_alike(towards, net, "towards", against="net")
    require_values(net, "net")
    require_values(towards, "towards")
    require_values(exposure, "exposure", low=0.0, words="are not person-years of at least 0")
    return net.transpose(*dims), exposure.transpose(*dims), towards


def _flat(array: xr.DataArray) -> np.ndarray:
    values: np.ndarray = array.transpose("area", "sex", "age").values
    return values.reshape(array.sizes["area"], -1)


def _noise(net: xr.DataArray, exposure: xr.DataArray, raw: xr.DataArray) -> np.ndarray:
    """Variance of one person-year: how much the years of an area differ from their mean."""
    areas, years = net.sizes["area"], net.sizes["year"]
    if areas < FEWEST_AREAS:
        raise SchemaError(
            f"shrink_net: weights cannot be learned from {areas} areas; at least {FEWEST_AREAS} are needed. Fit more "
            "areas together, or give learned_from= a result for many areas."
        )
    lived = exposure.where(exposure > 0.0, np.inf)
    squares = ((net - exposure * raw) ** 2 / lived).sum(["area", "year"]).values / (areas * (years - 1))
    result: np.ndarray = np.maximum(_over_ages(squares.ravel(), net.sizes["sex"]), 1e-12)
    return result


def _deviation(difference: np.ndarray, error: np.ndarray, sexes: int) -> np.ndarray:
    """Size of local deviations by age that is most likely, over neighbouring ages together."""
    variance = _SIZES[:, None, None] ** 2 + error
    likely = -0.5 * (np.log(variance) + difference**2 / variance).sum(axis=1)
    together = np.stack([_over_ages(row, sexes) for row in likely])
    result: np.ndarray = _SIZES[together.argmax(axis=0)]
    return result


def _share(difference: np.ndarray, error: np.ndarray, deviation: np.ndarray) -> float:
    likely = []
    for share in _SHARES:
        variance = (1.0 - share) * deviation**2 + error
        known = share * (deviation**2 / variance).sum(axis=1)
        along = (deviation * difference / variance).sum(axis=1)
        spread = (np.log(variance) + difference**2 / variance).sum(axis=1)
        likely.append(-0.5 * (spread + np.log1p(known) - share * along**2 / (1.0 + known)).sum())
    return float(_SHARES[int(np.argmax(likely))])


def _over_ages(values: np.ndarray, sexes: int) -> np.ndarray:
    """Running mean over five ages, of each sex by itself."""
    half, kernel = _AGES // 2, np.ones(_AGES) / _AGES
    rows = [np.convolve(np.pad(row, half, mode="edge"), kernel, "valid") for row in values.reshape(sexes, -1)]
    return np.concatenate(rows)


def _taken(other: xr.Dataset, raw: xr.DataArray) -> tuple[np.ndarray, np.ndarray, float]:
    parts = []
    for name in ("noise", "deviation"):
        part = other[name].transpose("sex", "age")
        parts.append(require_alike(part, raw, f"learned_from {name}", against="net").values.ravel())
    return parts[0], parts[1], float(other.attrs["share_of_level"])
