"""Credibility: what a local schedule weighs against a national or group schedule, by what the data themselves show.

Level and shape are apart.  For events with exposure X and a given schedule m, the local level t is gamma distributed
around the group's level g with strength k, and the relative shape r(x) around 1 with strength c (in expected events):

    level  t = g (events + k) / (g expected + k),   shape  r(x) = (events(x) + c) / (t expected(x) + c)

and the weight of the data is expected / (expected + strength).  g, k and c are those that make the observed events
most likely (negative binomial), over all areas together.
"""

from typing import NamedTuple

import numpy as np
import scipy
import xarray as xr

from kompaslite.schema import (
    SchemaError,
    conform,
    count_unit,
    in_order,
    rate_unit,
    reject,
    require_alike,
    require_array,
    require_dims,
    require_labels,
    require_values,
)

#: Areas that are needed to learn a strength from their differences.
FEWEST_AREAS = 10
#: What a shrunk component says of the local data, as coordinates.
REPORTED = ("level", "level_weight", "shape_weight")
_BOUNDS = (np.log(1e-2), np.log(1e8))


class Strengths(NamedTuple):
    """What is learned from many areas.

    Parameters
    ----------
    level, shape : float
        Expected events at which local data and the given schedule weigh the same: in total, and in one cell.
        A level of 0 keeps the local level as it is.
    group_level : float
        Level of the areas together, relative to the given schedule.
    """

    level: float
    shape: float
    group_level: float = 1.0


def shrink(
    events: xr.DataArray,
    exposure: xr.DataArray,
    towards: xr.DataArray,
    *,
    strengths: Strengths | None = None,
    keep_level: bool = False,
    name: str = "national",
) -> xr.Dataset:
    """Local rates, shrunk towards a given schedule by what they are worth.

    Parameters
    ----------
    events : xr.DataArray
        Persons, ``(..., area, age)``, with ``sex`` where the rates differ by it, with ``year`` if there are several.
    exposure : xr.DataArray
        Person-years, of the same labels.
    towards : xr.DataArray
        Rates of the nation or a group, ``(..., age)``, above 0 wherever events happen; with ``area`` where
        areas have different groups; with ``year`` where the level that local rates are measured against moves.
    strengths : Strengths, optional
        As learned elsewhere. None: from these areas, at least 10 of them.
    keep_level : bool
        Shrink the shape only.
    name : str
        What to call the given schedule in the result.

    Returns
    -------
    xr.Dataset
        ``rates`` (per person-year), of the labels of `events` without ``year``, on the given schedule of the last
        year; ``level`` relative to it and ``level_weight``, ``(..., area)``; ``shape_weight`` of each cell. Weights
        are those of the local data, between 0 and 1; ``attrs`` has the strengths. Over the exposure of all years
        these rates give level times the events of the given schedule: shape does not change the level.

    Raises
    ------
    SchemaError
        If labels differ, there are too few areas to learn from, or events happen where the schedule is 0.

    References
    ----------
    .. [1] Buhlmann & Gisler (2005), A Course in Credibility Theory and its Applications, ch. 2 and 4.
    .. [2] Marshall (1991), Mapping disease and mortality rates using empirical Bayes estimators, Applied Statistics
       40, 283-294.

    Examples
    --------
    >>> import xarray as xr
    >>> labels = {"area": ["0301", "3201"], "age": [30, 31]}
    >>> born = xr.DataArray([[300.0, 200.0], [1.0, 5.0]], coords=labels)
    >>> lived = xr.DataArray([[3000.0, 3000.0], [40.0, 40.0]], coords=labels)
    >>> nation = xr.DataArray([0.1, 0.08], coords={"age": [30, 31]})
    >>> shrunk = shrink(born, lived, nation, strengths=Strengths(level=100.0, shape=100.0))
    >>> shrunk.level_weight.values.round(2), shrunk.rates.sel(area="3201").values.round(4)
    (array([0.84, 0.07]), array([0.0968, 0.0812]))
    """
    events, expected, schedule = _expected(events, exposure, towards)
    inner = [dim for dim in ("sex", "age") if dim in events.dims]
    whole, in_all = events.sum(inner), expected.sum(inner)
    if strengths is None:
        strengths = learned(whole, in_all, events, expected, keep_level=keep_level)
    level, weight = _level(whole, in_all, 0.0 if keep_level else strengths.level, strengths.group_level)
    here = level * expected
    relative = (events + strengths.shape) / (here + strengths.shape)
    of_shape = (expected * relative).sum(inner)
    kept = (in_all / of_shape.where(of_shape > 0.0, 1.0)).where(of_shape > 0.0, 1.0)
    parts = {
        "rates": (level * schedule * relative * kept).assign_attrs(
            units=rate_unit(), source=f"local, shrunk to {name}"
        ),
        "level": level,
        "level_weight": weight,
        "shape_weight": here / (here + strengths.shape),
    }
    ready = {key: part.transpose(*in_order(part.dims)) for key, part in parts.items()}
    return xr.Dataset(ready, attrs={f"strength_of_{key}": value for key, value in strengths._asdict().items()})


def learned(
    whole: xr.DataArray, in_all: xr.DataArray, events: xr.DataArray, expected: xr.DataArray, *, keep_level: bool
) -> Strengths:
    """Strengths that make the events most likely, first of the level, then of the shape around it."""
    areas = whole.sizes.get("area", 1)
    if areas < FEWEST_AREAS:
        raise SchemaError(
            f"shrink: weights cannot be learned from {areas} areas; at least {FEWEST_AREAS} are needed. Fit more areas "
            "together, or give strengths= as learned elsewhere."
        )
    group, of_level = (1.0, 0.0) if keep_level else most_likely_level(whole.values.ravel(), in_all.values.ravel())
    level, _ = _level(whole, in_all, of_level, group)
    here = (level * expected).transpose(*events.dims)
    return Strengths(of_level, most_likely_strength(events.values.ravel(), here.values.ravel()), group)


def most_likely_level(events: np.ndarray, expected: np.ndarray) -> tuple[float, float]:
    """Mean of the levels of many areas, and the strength with which they keep to it."""
    events, expected = _with_expected(events, expected)
    together = float(np.log(events.sum() / expected.sum()))

    def unlikely(guess: np.ndarray) -> float:
        log_strength = float(np.clip(guess[1], *_BOUNDS))
        return -_likelihood(events, expected * np.exp(guess[0]), log_strength)

    best = scipy.optimize.minimize(
        unlikely, [together, 4.0], method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-9}
    ).x
    return float(np.exp(best[0])), float(np.exp(np.clip(best[1], *_BOUNDS)))


def most_likely_strength(events: np.ndarray, expected: np.ndarray) -> float:
    """Strength with which the relative shapes of many cells keep to 1."""
    events, expected = _with_expected(events, expected)

    def unlikely(log_strength: float) -> float:
        return -_likelihood(events, expected, log_strength)

    return float(np.exp(scipy.optimize.minimize_scalar(unlikely, bounds=_BOUNDS, method="bounded").x))


def _with_expected(events: np.ndarray, expected: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    used = expected > 0.0
    if not events[used].any():
        raise SchemaError("shrink: there is not one event to learn from. Give a longer window.")
    return events[used], expected[used]


def _likelihood(events: np.ndarray, expected: np.ndarray, log_strength: float) -> float:
    """Negative binomial log likelihood, up to a constant."""
    k = np.exp(log_strength)
    terms = scipy.special.gammaln(events + k) - scipy.special.gammaln(k) - (events + k) * np.log1p(expected / k)
    return float((terms + events * (np.log(expected) - log_strength)).sum())


def _level(
    whole: xr.DataArray, in_all: xr.DataArray, strength: float, group: float
) -> tuple[xr.DataArray, xr.DataArray]:
    reached = group * in_all + strength
    somebody = reached > 0.0
    level = group * ((whole + strength) / reached.where(somebody, 1.0)).where(somebody, 1.0)
    return level, (group * in_all / reached.where(somebody, 1.0)).where(somebody, 0.0)


def _expected(
    events: xr.DataArray, exposure: xr.DataArray, towards: xr.DataArray
) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Events and expected events of all years together, and the given schedule of the last year."""
    require_dims(events, "events", needed=("area", "age"))
    dims = tuple(str(dim) for dim in events.dims)
    require_dims(exposure, "exposure", needed=dims, allowed=())
    require_dims(towards, "towards", needed=("age",), allowed=dims)
    exposure = require_alike(exposure, events, "exposure", against="events")
    towards = require_alike(towards, events, "towards", against="events")
    for array, name in ((events, "events"), (exposure, "exposure"), (towards, "towards")):
        require_values(array, name, low=0.0, words="are not numbers of at least 0")
    expected = (exposure * towards).transpose(*dims)
    if "year" in dims:
        events, expected = events.sum("year"), expected.sum("year")
    impossible = (events > 0.0) & (expected <= 0.0)
    words = "shrink: {bad} cells have events where none are expected; the first is at {cell}."
    reject(impossible, None, words, "Give a schedule that is above 0 wherever events happen.")
    return events, expected, last_year(towards)


def check_pooled(annual: bool) -> None:  # noqa: FBT001
    """Raise if single years are to be shrunk."""
    if annual:
        raise SchemaError(
            "shrink_to: single years are fitted as they are, so that they can be projected back. Leave out "
            "annual=True, or leave out shrink_to."
        )


def shrunk_rates(
    events: xr.DataArray,
    exposed: xr.DataArray,
    towards: xr.DataArray,
    *,
    name: str,
    strengths: Strengths | None,
    step: int,
) -> xr.DataArray:
    """Rates of events with exposure, with the weights as coordinates."""
    require_dims(towards, "shrink_to", needed=("age",))
    towards = conform(towards, "shrink_to")
    events, exposed, alone = with_areas(events, exposed)
    if "age" in events.dims:
        _check_inside(events, towards, name)
        ages = towards["age"].values
        found = shrink(events.sel(age=ages), exposed.sel(age=ages), towards, strengths=strengths)
        result = found["rates"]
    else:
        found = _level_only(events, exposed, towards, strengths)
        result = found["level"] * last_year(towards)
    return reported(result, found, name, unit=rate_unit(step), like=events, alone=alone)


def shrunk_counts(
    counts: xr.DataArray, towards: xr.DataArray, *, name: str, strengths: Strengths | None, step: int
) -> xr.DataArray:
    """Arrivals of an average year: the local total, and a shape that is shrunk towards a given profile."""
    require_array(towards, "shrink_to")
    counts, ones, alone = with_areas(counts, xr.ones_like(counts))
    found = shrink(counts, ones, towards / towards.sum(), strengths=strengths, keep_level=True)
    shape = found[["rates", "shape_weight"]]
    return reported(shape["rates"], shape, name, unit=count_unit(step), like=counts, alone=alone)


def with_areas(first: xr.DataArray, second: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray, bool]:
    """Two arrays with areas, and whether they were of one place only."""
    if "area" in second.dims:
        return first, second, False
    return first.expand_dims(area=["here"]), second.expand_dims(area=["here"]), True


def reported(
    result: xr.DataArray, found: xr.Dataset, name: str, *, unit: str, like: xr.DataArray, alone: bool
) -> xr.DataArray:
    """A result with the weights of the local data as coordinates, and the window that it is of."""
    period = f"{like['year'].values[0]}-{like['year'].values[-1]}"
    attrs = found["rates"].attrs | found.attrs | {"units": unit, "period": period}
    weights = {key: found[key] for key in REPORTED if key in found}
    result = result.assign_coords(weights).rename(name).assign_attrs(attrs)
    return result.isel(area=0, drop=True) if alone else result


def _level_only(
    events: xr.DataArray, exposed: xr.DataArray, towards: xr.DataArray, strengths: Strengths | None
) -> xr.Dataset:
    """Shrink totals as if all ages were one."""
    ages = towards["age"].values
    towards = require_labels(towards, "sex", exposed["sex"].values, "shrink_to") if "sex" in towards.dims else towards
    expected = (exposed.sel(age=ages) * towards).sum([dim for dim in exposed.dims if dim in ("sex", "age")])
    unit = xr.DataArray([1.0], coords={"age": [0]})
    found = shrink(events.expand_dims(age=[0]), expected.expand_dims(age=[0]), unit, strengths=strengths)
    return found.drop_vars("shape_weight").isel(age=0, drop=True)


def _check_inside(events: xr.DataArray, towards: xr.DataArray, name: str) -> None:
    ages = towards["age"].values
    strange = [age for age in ages.tolist() if age not in events["age"].values]
    if strange:
        raise SchemaError(f"shrink_to: the population has no age {strange[0]}. Remove it with .sel(age=...).")
    outside = events.sel(age=[age for age in events["age"].values.tolist() if age not in ages])
    if bool((outside > 0.0).any()):
        raise SchemaError(
            f"shrink_to: {name} has {float(outside.sum()):g} events at ages that the given schedule lacks. Give a "
            "schedule of all ages where events happen."
        )


def last_year(table: xr.DataArray) -> xr.DataArray:
    """The table of its last year, or the table itself where it has no years."""
    return table.isel(year=-1, drop=True) if "year" in table.dims else table
