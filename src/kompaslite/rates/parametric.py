"""Schedules with few parameters, and their fit: migration, fertility, mortality and the sex ratio by age.

A schedule is a function of exact age and of named parameters, each a number or an array with labels (one set per sex,
area or draw). Exact age is the age reached, where a flow is by age reached; rates of completed years stand half a
year higher: give ``ages + 0.5``, or `offset` to `fit_schedule`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy
import xarray as xr

from kompaslite.schema import SchemaError, in_order, require_alike, require_dims, require_values, short_list
from kompaslite.schema.age_groups import AgeGroups, group_members, parse_age_groups

Ages = xr.DataArray | Sequence[float] | np.ndarray | range
Parameters = Mapping[str, float | xr.DataArray]
#: A schedule: exact ages and parameters to values by age.
Schedule = Callable[[Ages, Parameters], xr.DataArray]

#: The standard schedule of Rogers and Castro (1981), without retirement: relative propensity to move, highest at 22-23.
STANDARD_MIGRATION = {"a1": 0.02, "alpha1": 0.1, "a2": 0.06, "mu2": 20.0, "alpha2": 0.1, "lambda2": 0.4, "c": 0.003}


def rogers_castro(ages: Ages, parameters: Parameters = STANDARD_MIGRATION) -> xr.DataArray:
    """Migration by age: children move with their parents, young adults most, and a constant part at every age.

    Parameters
    ----------
    ages : sequence of float
        Exact ages.
    parameters : mapping
        ``a1, alpha1`` height and descent of childhood; ``a2, mu2, alpha2, lambda2`` height, position, descent and
        ascent of the labour force; ``c`` the constant. Those of the standard schedule unless given.

    Returns
    -------
    xr.DataArray
        Rate or relative count, ``(..., age)``, in the unit of ``a1``, ``a2`` and ``c``.

    Raises
    ------
    SchemaError
        If a parameter is missing, unknown or negative.

    References
    ----------
    .. [1] Rogers & Castro (1981), Model Migration Schedules, IIASA RR-81-30, the seven-parameter schedule.

    Examples
    --------
    >>> int(rogers_castro(range(100)).idxmax("age"))
    23
    """
    return _labelled(_rogers_castro, ages, parameters, rogers_castro)


def peristera_kostaki(ages: Ages, parameters: Parameters) -> xr.DataArray:
    """Fertility by age: a bell of two halves, each with its own width.

    Parameters
    ----------
    ages : sequence of float
        Exact ages of the mother.
    parameters : mapping
        ``level`` the rate at the peak, ``peak`` its age, ``below`` and ``above`` the widths in years. The total
        fertility rate is ``level * sqrt(pi) / 2 * (below + above)``.

    Returns
    -------
    xr.DataArray
        Births per woman and year, ``(..., age)``.

    Raises
    ------
    SchemaError
        If a parameter is missing, unknown or negative.

    References
    ----------
    .. [1] Peristera & Kostaki (2007), Modeling fertility in modern populations, Demographic Research 16(6), model 1.

    Examples
    --------
    >>> rates = peristera_kostaki(range(12, 56), {"level": 0.12, "peak": 31, "below": 6.2, "above": 7.5})
    >>> round(rates.sum().item(), 3)
    1.457
    """
    return _labelled(_peristera_kostaki, ages, parameters, peristera_kostaki)


def heligman_pollard(ages: Ages, parameters: Parameters) -> xr.DataArray:
    """Mortality by age: the falling risk of children, the hump of accidents, and senescence.

    Parameters
    ----------
    ages : sequence of float
        Completed ages; the probability is that of dying before the next birthday.
    parameters : mapping
        ``A, B, C`` childhood, ``D, E, F`` accidents (``F`` is the age of the hump), ``G, H, K`` senescence: the odds
        ``G * H ** (age ** K)``. With ``K = 1`` these are the eight parameters of the first model.

    Returns
    -------
    xr.DataArray
        Probability of dying within a year, ``(..., age)``.

    Raises
    ------
    SchemaError
        If a parameter is missing, unknown or negative.

    References
    ----------
    .. [1] Heligman & Pollard (1980), The age pattern of mortality, Journal of the Institute of Actuaries 107.

    Examples
    --------
    >>> young = {"A": 0.00054, "B": 0.017, "C": 0.101, "D": 0.00013, "E": 10.72, "F": 18.67}
    >>> q = heligman_pollard([0, 20, 80], young | {"G": 1.83e-5, "H": 1.11, "K": 1.0})
    >>> q.values.round(5)
    array([0.00681, 0.00031, 0.07178])
    """
    return _labelled(_heligman_pollard, ages, parameters, heligman_pollard)


def sex_ratio_by_age(ages: Ages, parameters: Parameters) -> xr.DataArray:
    """Males per female by age: nearly level, then falling ever faster, as men die earlier.

    Parameters
    ----------
    ages : sequence of float
        Completed ages.
    parameters : mapping
        ``birth`` males per female at birth, ``slope`` of the fall per year, ``age`` at which the ratio has fallen to
        ``birth / e``.

    Returns
    -------
    xr.DataArray
        Males per female, ``(..., age)``.

    Raises
    ------
    SchemaError
        If a parameter is missing, unknown or negative.

    Examples
    --------
    >>> sex_ratio_by_age([0, 95], {"birth": 1.054, "slope": 0.1, "age": 95}).values.round(3)
    array([1.054, 0.388])
    """
    return _labelled(_sex_ratio, ages, parameters, sex_ratio_by_age)


#: Parameters from which a fit sets out, if no others are given.
STARTS: dict[Schedule, dict[str, float]] = {
    rogers_castro: STANDARD_MIGRATION,
    peristera_kostaki: {"level": 0.12, "peak": 30.0, "below": 6.0, "above": 7.0},
    heligman_pollard: dict(zip("ABCDEFGHK", (1.5e-3, 0.9, 0.5, 2e-4, 5.0, 25.0, 1e-4, 1.003, 1.7), strict=True)),
    sex_ratio_by_age: {"birth": 1.05, "slope": 0.1, "age": 95.0},
}


def _labelled(kernel: Callable[..., np.ndarray], ages: Ages, parameters: Parameters, of: Schedule) -> xr.DataArray:
    names = STARTS[of]
    _check_parameters(parameters, names)
    if not isinstance(ages, xr.DataArray):
        ages = xr.DataArray(np.asarray(ages), coords={"age": np.asarray(ages)})
    result: xr.DataArray = xr.apply_ufunc(kernel, ages.astype(float), *(parameters[name] for name in names))
    return result.transpose(*in_order(result.dims)).rename(None).drop_attrs()


def _check_parameters(parameters: Parameters, names: Mapping[str, float]) -> None:
    missing = [name for name in names if name not in parameters]
    unknown = [name for name in parameters if name not in names]
    if missing or unknown:
        raise SchemaError(
            f"parameters: missing {short_list(missing) or 'none'}, unknown {short_list(unknown) or 'none'}; "
            f"the parameters are {short_list(list(names), most=9)}."
        )
    for name in names:
        value = np.asarray(parameters[name], dtype=float)
        if not (np.isfinite(value).all() and (value >= 0).all()):
            raise SchemaError(f"parameters: {name} is {value.min():g}; every parameter is a number of at least 0.")


def _rogers_castro(x: np.ndarray, *parameters: np.ndarray) -> np.ndarray:
    a1, alpha1, a2, mu2, alpha2, lambda2, c = parameters
    rising = np.exp(np.minimum(-lambda2 * (x - mu2), 700.0))
    return np.asarray(a1 * np.exp(-alpha1 * x) + a2 * np.exp(-alpha2 * (x - mu2) - rising) + c)


def _peristera_kostaki(x: np.ndarray, *parameters: np.ndarray) -> np.ndarray:
    level, peak, below, above = parameters
    return np.asarray(level * np.exp(-(((x - peak) / np.where(x < peak, below, above)) ** 2)))


def _heligman_pollard(x: np.ndarray, *parameters: np.ndarray) -> np.ndarray:
    a, b, c, d, e, f, g, h, k = parameters
    hump = d * np.exp(-e * np.log(np.maximum(x, 1e-6) / f) ** 2)
    with np.errstate(over="ignore"):
        odds = np.minimum(a ** ((x + b) ** c) + hump + g * h ** (x**k), 1e300)
    return np.asarray(odds / (1.0 + odds))


def _sex_ratio(x: np.ndarray, birth: np.ndarray, slope: np.ndarray, age: np.ndarray) -> np.ndarray:
    return np.asarray(birth * np.exp(-np.exp(slope * (x - age))))


@dataclass(frozen=True, slots=True)
class FittedSchedule:
    """A schedule fitted to figures.

    Parameters
    ----------
    parameters : dict
        Name to number.
    fitted : xr.DataArray
        The schedule in the place of the figures.
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
        `rogers_castro` or another one, or any function of exact ages and of parameters that are all above zero.
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
    ages = (exposure if exposure is not None and dim == "age_group" else observed)["age"].values + offset
    weight = _weights(weights, observed)
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
    first = STARTS.get(schedule, {}) if start is None else dict(start)
    if not first:
        raise SchemaError("fit_schedule: no start is known for this schedule. Give start={name: number, ...}.")
    low = [name for name, value in first.items() if not value > 0]
    if low:
        raise SchemaError(f"fit_schedule: {short_list(low)} does not start above 0; they are fitted as logarithms.")
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
        exposure = require_alike(exposure, observed, "exposure", against="the events")
        return lambda rates: np.asarray(rates * exposure.values)
    names = observed["age_group"].values.tolist()
    asked = groups or names
    if list(parse_age_groups(asked)) != names:
        raise SchemaError(f"fit_schedule: the groups are not those of the events, {short_list(names, most=15)}.")
    members = group_members(asked, exposure["age"].values).astype(float)
    return lambda rates: np.asarray(members @ (rates * exposure.values))


def _weights(weights: xr.DataArray | None, observed: xr.DataArray) -> np.ndarray:
    if weights is None:
        return np.ones(observed.size)
    require_dims(weights, "weights", needed=[str(dim) for dim in observed.dims], allowed=())
    require_values(weights, "weights", low=0.0, words="are not weights of at least 0")
    return np.asarray(require_alike(weights, observed, "weights", against="the figures").values)
