"""Schedules with few parameters: migration, fertility, mortality and the sex ratio by age.

A schedule is a function of exact age and of named parameters, each a number or an array with labels (one set per sex,
area or draw). Exact age is the age reached, where a flow is by age reached; rates of completed years stand half a
year higher: give ``ages + 0.5``, or `offset` to `fit_schedule`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

import numpy as np
import xarray as xr

from kompaslite.schema import SchemaError, in_order, short_list

Ages = xr.DataArray | Sequence[float] | np.ndarray | range
Parameters = Mapping[str, float | xr.DataArray]
#: A schedule: exact ages and parameters to values by age.
Schedule = Callable[[Ages, Parameters], xr.DataArray]

_MIGRATION = ("a1", "alpha1", "a2", "mu2", "alpha2", "lambda2", "c")
_FERTILITY = ("level", "peak", "below", "above")
_MORTALITY = ("A", "B", "C", "D", "E", "F", "G", "H", "K")
_SEXES = ("birth", "slope", "age")


def rogers_castro(ages: Ages, parameters: Parameters) -> xr.DataArray:
    """Migration by age: children move with their parents, young adults most, and a constant part at every age.

    Parameters
    ----------
    ages : sequence of float
        Exact ages.
    parameters : mapping
        ``a1, alpha1`` height and descent of childhood; ``a2, mu2, alpha2, lambda2`` height, position, descent and
        ascent of the labour force; ``c`` the constant.

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
    >>> standard = {"a1": 0.02, "alpha1": 0.1, "a2": 0.06, "mu2": 20, "alpha2": 0.1, "lambda2": 0.4, "c": 0.003}
    >>> int(rogers_castro(range(100), standard).idxmax("age"))
    23
    """
    return _labelled(_rogers_castro, ages, parameters, _MIGRATION)


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
    return _labelled(_peristera_kostaki, ages, parameters, _FERTILITY)


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
    return _labelled(_heligman_pollard, ages, parameters, _MORTALITY)


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
    return _labelled(_sex_ratio, ages, parameters, _SEXES)


#: Parameters from which a fit sets out, if no others are given.
STARTS: dict[Schedule, dict[str, float]] = {
    rogers_castro: dict(zip(_MIGRATION, (0.02, 0.1, 0.06, 20.0, 0.1, 0.4, 0.003), strict=True)),
    peristera_kostaki: dict(zip(_FERTILITY, (0.12, 30.0, 6.0, 7.0), strict=True)),
    heligman_pollard: dict(zip(_MORTALITY, (1.5e-3, 0.9, 0.5, 2e-4, 5.0, 25.0, 1e-4, 1.003, 1.7), strict=True)),
    sex_ratio_by_age: dict(zip(_SEXES, (1.05, 0.1, 95.0), strict=True)),
}


def _labelled(
    kernel: Callable[..., np.ndarray], ages: Ages, parameters: Parameters, names: tuple[str, ...]
) -> xr.DataArray:
    _check_parameters(parameters, names)
    if isinstance(ages, xr.DataArray):
        exact = ages.astype(float)
    else:
        labels = np.asarray(ages)
        exact = xr.DataArray(labels.astype(float), coords={"age": labels}, dims=["age"])
    result = cast("xr.DataArray", xr.apply_ufunc(kernel, exact, *(parameters[name] for name in names)))
    return result.transpose(*in_order(result.dims)).rename(None).drop_attrs()


def _check_parameters(parameters: Parameters, names: tuple[str, ...]) -> None:
    missing = [name for name in names if name not in parameters]
    unknown = [name for name in parameters if name not in names]
    if missing or unknown:
        raise SchemaError(
            f"parameters: missing {short_list(missing) or 'none'}, unknown {short_list(unknown) or 'none'}; "
            f"the parameters are {short_list(names, most=9)}."
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


def _sex_ratio(x: np.ndarray, *parameters: np.ndarray) -> np.ndarray:
    birth, slope, age = parameters
    return np.asarray(birth * np.exp(-np.exp(slope * (x - age))))
