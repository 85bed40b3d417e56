"""Parameters of a schedule from rates by age, or from events and people at risk, single ages or age groups."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import scipy
import xarray as xr

from kompaslite.rates.parametric import STARTS, Schedule
from kompaslite.schema import SchemaError, require_dims, require_labels, require_values, short_list
from kompaslite.schema.age_groups import AgeGroups, group_members, parse_age_groups


@dataclass(frozen=True, slots=True)
class FittedSchedule:
    """A schedule fitted to figures.

    Parameters
    ----------
    parameters : dict
        Name to number.
    fitted : xr.DataArray
        The schedule in the place of the figures, by age or age group.
    error : float
        Root mean square of the weighted deviations that were made smallest.
    share_off : float
        Sum of the absolute deviations over the sum of the figures.
    """

    parameters: dict[str, float]
    fitted: xr.DataArray
    error: float
    share_off: float


def fit_schedule(
    observed: xr.DataArray,
    schedule: Schedule,
    *,
    start: Mapping[str, float] | None = None,
    exposure: xr.DataArray | None = None,
    groups: AgeGroups | None = None,
    weights: xr.DataArray | None = None,
    relative: bool = False,
    offset: float = 0.0,
) -> FittedSchedule:
    """Parameters with which a schedule comes closest to figures, by least squares.

    Parameters
    ----------
    observed : xr.DataArray
        Rates by ``age``; or, with `exposure`, events by ``age`` or ``age_group``. No other dimension.
    schedule : callable
        One of `kompaslite.rates.parametric`, or any function of exact ages and of parameters that are all above
        zero.
    start : mapping, optional
        Parameters to set out from; needed for a function of your own.
    exposure : xr.DataArray, optional
        Persons at risk by single ``age``; the schedule times exposure is held against the events.
    groups : mapping or sequence of str, optional
        What the labels of ``age_group`` mean, if they are not written as ``"0"``, ``"1-5"``, ``"67+"``.
    weights : xr.DataArray, optional
        Weight of each squared deviation, in the labels of `observed`; default one.
    relative : bool
        Whether deviations of the logarithm count; the figures are then above zero.
    offset : float
        Exact age less the age label: 0.5 for completed years in the middle of the year of age.

    Returns
    -------
    FittedSchedule
        Parameters, fitted figures and errors.

    Raises
    ------
    SchemaError
        If labels do not match, figures are negative, no start is known, or the search does not converge.

    Examples
    --------
    >>> from kompaslite.rates.parametric import peristera_kostaki
    >>> true = {"level": 0.12, "peak": 31.0, "below": 6.0, "above": 8.0}
    >>> fit = fit_schedule(peristera_kostaki(range(12, 56), true), peristera_kostaki)
    >>> {name: round(value, 6) for name, value in fit.parameters.items()}
    {'level': 0.12, 'peak': 31.0, 'below': 6.0, 'above': 8.0}
    """
    first = _start(schedule, start)
    dim = "age_group" if "age_group" in observed.dims else "age"
    require_dims(observed, "observed", needed=(dim,), allowed=(dim,))
    require_values(observed, "observed", low=1e-300 if relative else 0.0, words="are too small to be fitted")
    collect = _collector(observed, exposure, groups)
    ages = (observed if exposure is None else exposure)["age"].values + offset
    weight = np.ones(observed.size) if weights is None else _weights(weights, observed, dim)
    figures = observed.values.astype(float)

    def model(logs: np.ndarray) -> np.ndarray:
        named = dict(zip(first, np.exp(logs).tolist(), strict=True))
        return collect(schedule(ages, named).values)

    def deviations(logs: np.ndarray) -> np.ndarray:
        made = model(logs)
        off = np.log(np.maximum(made, 1e-300) / figures) if relative else made - figures
        return np.asarray(off * np.sqrt(weight))

    found = scipy.optimize.least_squares(deviations, np.log(list(first.values())), x_scale="jac", max_nfev=2000)
    if not found.success:
        raise SchemaError(f"fit_schedule: no fit was found ({found.message}). Give other start=... parameters.")
    fitted = model(found.x)
    return FittedSchedule(
        parameters=dict(zip(first, np.exp(found.x).tolist(), strict=True)),
        fitted=observed.copy(data=fitted),
        error=float(np.sqrt(np.mean(deviations(found.x) ** 2))),
        share_off=float(np.abs(fitted - figures).sum() / figures.sum()),
    )


def _start(schedule: Schedule, start: Mapping[str, float] | None) -> dict[str, float]:
    first = STARTS.get(schedule) if start is None else dict(start)
    if first is None:
        raise SchemaError("fit_schedule: no start is known for this schedule. Give start={name: number, ...}.")
    low = [name for name, value in first.items() if not value > 0]
    if low:
        raise SchemaError(
            f"fit_schedule: {short_list(low)} does not start above 0; parameters are fitted as logarithms."
        )
    return first


def _collector(
    observed: xr.DataArray, exposure: xr.DataArray | None, groups: AgeGroups | None
) -> Callable[[np.ndarray], np.ndarray]:
    if exposure is None:
        if "age_group" in observed.dims:
            raise SchemaError("fit_schedule: events by age group need exposure=..., persons by single age.")
        return np.asarray
    require_dims(exposure, "exposure", needed=("age",), allowed=("age",))
    require_values(exposure, "exposure", low=0.0, words="are not persons of at least 0")
    if "age" in observed.dims:
        require_labels(exposure, "age", observed["age"].values, "exposure", against="the events")
        return lambda rates: np.asarray(rates * exposure.values)
    names = observed["age_group"].values.tolist()
    asked = names if groups is None else groups
    if list(parse_age_groups(asked)) != names:
        raise SchemaError(f"fit_schedule: the groups are not those of the events, {short_list(names, most=15)}.")
    members = group_members(asked, exposure["age"].values).astype(float)
    return lambda rates: np.asarray(members @ (rates * exposure.values))


def _weights(weights: xr.DataArray, observed: xr.DataArray, dim: str) -> np.ndarray:
    require_dims(weights, "weights", needed=(dim,), allowed=(dim,))
    require_values(weights, "weights", low=0.0, words="are not weights of at least 0")
    return np.asarray(require_labels(weights, dim, observed[dim].values, "weights", against="the figures").values)
