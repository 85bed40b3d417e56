"""Lee and Carter's model: log m(x, t) = a(x) + b(x) k(t), with k a random walk with drift."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import scipy
import xarray as xr

from kompaslite.rates.life_table import life_table
from kompaslite.schema import SchemaError, conform, in_order, require_dims, require_labels, require_values

Adjust = Literal["none", "dt", "dxt", "e0"]
JumpOff = Literal["fit", "actual"]


@dataclass(frozen=True, slots=True, eq=False)
class LeeCarter:
    """A fitted Lee-Carter model.

    Parameters
    ----------
    ax : xr.DataArray
        Mean log rate, ``(..., age)``.
    bx : xr.DataArray
        Response of each age to the level, ``(..., age)``, summing to 1.
    kt : xr.DataArray
        Level, ``(..., year)``.
    observed : xr.DataArray
        Rates that the model was fitted on, ``(..., age, year)``.
    explained : xr.DataArray
        Share of the variance of the centred log rates that the first component explains, ``(...)``.
    adjust : {"none", "dt", "dxt", "e0"}
        How the level was fitted after the decomposition.
    """

    ax: xr.DataArray
    bx: xr.DataArray
    kt: xr.DataArray
    observed: xr.DataArray
    explained: xr.DataArray
    adjust: Adjust

    @property
    def fitted(self) -> xr.DataArray:
        """Fitted rates, ``(..., age, year)``."""
        return self._rates(self.kt).assign_attrs(self.observed.attrs)

    @property
    def drift(self) -> xr.DataArray:
        """Mean annual change of the level, ``(...)``, however far apart the years are."""
        span = int(self.kt["year"].values[-1] - self.kt["year"].values[0])
        return ((self.kt.isel(year=-1, drop=True) - self.kt.isel(year=0, drop=True)) / span).rename("drift")

    @property
    def innovation(self) -> xr.DataArray:
        """Standard deviation of one year's change around the drift, ``(...)``."""
        gaps = self.kt["year"].diff("year").astype(float)
        off = self.kt.diff("year") - gaps * self.drift
        return (((off**2 / gaps).sum("year") / (gaps.size - 1)) ** 0.5).rename("innovation")

    def forecast(
        self,
        horizon: int,
        *,
        level: float = 0.8,
        jump_off: JumpOff = "fit",
        uncertain_drift: bool = True,
    ) -> xr.Dataset:
        """Rates of the years after the last observed one, with limits.

        Parameters
        ----------
        horizon : int
            Number of years, at least 1.
        level : float
            Share that lies between the limits, between 0 and 1.
        jump_off : {"fit", "actual"}
            Whether the forecast starts from the fitted or from the observed rates of the last year.
        uncertain_drift : bool
            Whether the limits hold the error of the estimated drift beside that of the walk.

        Returns
        -------
        xr.Dataset
            ``rates``, ``lower``, ``upper``, ``(..., age, year)``, and the level relative to the last year, ``kt``,
            ``kt_lower``, ``kt_upper``, ``(..., year)``.

        Raises
        ------
        SchemaError
            If the horizon, the level or the jump-off is out of bounds.
        """
        _check_forecast(horizon, level, jump_off)
        last = int(self.kt["year"].values[-1])
        leads = xr.DataArray(
            np.arange(1.0, horizon + 1.0), coords={"year": last + np.arange(1, horizon + 1)}, dims=["year"]
        )
        span = last - int(self.kt["year"].values[0])
        of_drift = self.innovation / np.sqrt(span) if uncertain_drift else 0.0 * self.innovation
        error = (leads * self.innovation**2 + (leads * of_drift) ** 2) ** 0.5
        margin = float(scipy.special.ndtri(0.5 + 0.5 * level)) * error
        middle = leads * self.drift
        paths = {"kt": middle, "kt_lower": middle - margin, "kt_upper": middle + margin}
        start = self.observed if jump_off == "actual" else self.fitted
        jump = start.isel(year=-1, drop=True)
        rates = {name: jump * _exp(self.bx * path) for name, path in paths.items()}
        low, high = rates["kt_lower"], rates["kt_upper"]
        limits = {"rates": rates["kt"], "lower": low.where(low < high, high), "upper": low.where(low > high, high)}
        unit = {"units": self.observed.attrs.get("units", "1/year"), "source": f"Lee-Carter, adjust {self.adjust}"}
        ready = {name: part.transpose(*in_order(part.dims)) for name, part in (limits | paths).items()}
        return xr.Dataset({name: part.assign_attrs(unit) if name in limits else part for name, part in ready.items()})

    def _rates(self, level: xr.DataArray) -> xr.DataArray:
        rates = _exp(self.ax + self.bx * level)
        return rates.transpose(*in_order(rates.dims))


def lee_carter(rates: xr.DataArray, *, exposure: xr.DataArray | None = None, adjust: Adjust = "none") -> LeeCarter:
    """Fit Lee and Carter's model by the first component of the centred log rates.

    Parameters
    ----------
    rates : xr.DataArray
        Rates above 0, ``(..., age, year)``, at least 2 ages and 3 years, which may be some years apart; each outer
        cell is fitted by itself.
    exposure : xr.DataArray, optional
        Person-years, of the labels of `rates`; needed for "dt" and "dxt".
    adjust : {"none", "dt", "dxt", "e0"}
        What the level is fitted to afterwards, year by year: nothing; the total of deaths; deaths by age, by
        their Poisson likelihood; life expectancy at the youngest age.

    Returns
    -------
    LeeCarter
        Labelled parameters.

    Raises
    ------
    SchemaError
        If a rate is not above 0, labels differ, or the exposure is missing where it is needed.

    References
    ----------
    .. [1] Lee & Carter (1992), Modeling and forecasting U.S. mortality, JASA 87, 659-671.
    .. [2] Booth, Maindonald & Smith (2002), Applying Lee-Carter under conditions of variable mortality decline,
       Population Studies 56, 325-336 ("dxt").

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> years = np.arange(2000, 2010)
    >>> level = np.exp(np.outer([-1.0, -2.0, -3.0], np.ones(10)) + np.outer([0.2, 0.3, 0.5], 4.5 - np.arange(10)))
    >>> model = lee_carter(xr.DataArray(level, coords={"age": [60, 70, 80], "year": years}))
    >>> model.bx.values.round(6), round(model.drift.item(), 6)
    (array([0.2, 0.3, 0.5]), -1.0)
    """
    rates, weights = _checked(rates, exposure, adjust)
    outer = [dim for dim in rates.dims if dim not in ("age", "year")]
    ordered = rates.transpose(*outer, "age", "year")
    shape = ordered.shape[:-2]
    values = ordered.values.reshape(-1, *ordered.shape[-2:]).astype(float)
    ax, bx, kt, explained = decompose(np.log(values))
    if adjust == "e0":
        kt = _to_expectancy(ordered, ax, bx, kt)
    elif weights is not None and adjust != "none":
        exposed = weights.transpose(*ordered.dims).values.reshape(values.shape).astype(float)
        kt = (to_deaths if adjust == "dt" else to_likelihood)(values * exposed, exposed, ax=ax, bx=bx, kt=kt)
    by_age, by_year = ordered.isel(year=0, drop=True).drop_attrs(), ordered.isel(age=0, drop=True).drop_attrs()
    alone = by_age.isel(age=0, drop=True)
    return LeeCarter(
        ax=by_age.copy(data=ax.reshape(*shape, -1)).rename("ax"),
        bx=by_age.copy(data=bx.reshape(*shape, -1)).rename("bx"),
        kt=by_year.copy(data=kt.reshape(*shape, -1)).rename("kt"),
        observed=rates,
        explained=alone.copy(data=explained.reshape(shape)).rename("explained"),
        adjust=adjust,
    )


def decompose(logs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Mean, response, level and explained share of log rates, ``(n, age, year)``."""
    ax: np.ndarray = logs.mean(axis=-1)
    u, d, v = np.linalg.svd(logs - ax[..., None], full_matrices=False)
    total = u[..., 0].sum(axis=-1)
    bx = u[..., 0] / total[..., None]
    kt = v[..., 0, :] * (d[..., 0] * total)[..., None]
    return ax, bx, kt, d[..., 0] ** 2 / (d**2).sum(axis=-1)


def to_deaths(deaths: np.ndarray, exposed: np.ndarray, *, ax: np.ndarray, bx: np.ndarray, kt: np.ndarray) -> np.ndarray:
    """Level at which the deaths of each year have their total, by Newton's method from the level given."""
    total = deaths.sum(axis=-2)

    def step(level: np.ndarray) -> np.ndarray:
        expected = _expected(exposed, ax, bx, level)
        result: np.ndarray = (total - expected.sum(axis=-2)) / (bx[..., None] * expected).sum(axis=-2)
        return result

    return _newton(step, kt)


def to_likelihood(
    deaths: np.ndarray, exposed: np.ndarray, *, ax: np.ndarray, bx: np.ndarray, kt: np.ndarray
) -> np.ndarray:
    """Level at which deaths by age are most likely in each year (Poisson), by Newton's method."""

    def step(level: np.ndarray) -> np.ndarray:
        expected = _expected(exposed, ax, bx, level)
        score = (bx[..., None] * (deaths - expected)).sum(axis=-2)
        result: np.ndarray = score / (bx[..., None] ** 2 * expected).sum(axis=-2)
        return result

    return _newton(step, kt)


def _exp(array: xr.DataArray) -> xr.DataArray:
    return array.copy(data=np.exp(array.values))


def _expected(exposed: np.ndarray, ax: np.ndarray, bx: np.ndarray, level: np.ndarray) -> np.ndarray:
    result: np.ndarray = exposed * np.exp(ax[..., None] + bx[..., None] * level[..., None, :])
    return result


def _newton(step: Callable[[np.ndarray], np.ndarray], start: np.ndarray) -> np.ndarray:
    level: np.ndarray = start.copy()
    room = np.ptp(start, axis=-1, keepdims=True) + 1.0
    for _ in range(100):
        change = np.clip(step(level), -room, room)
        level = level + change
        if np.all(np.abs(change) <= 1e-13 * room):
            return level
    raise SchemaError(
        "lee_carter: the level of some year cannot be fitted to its deaths. Use adjust='none', or fewer ages, where "
        "every rate moves with the level."
    )


def _to_expectancy(rates: xr.DataArray, ax: np.ndarray, bx: np.ndarray, kt: np.ndarray) -> np.ndarray:
    """Level at which each year has its life expectancy at the youngest age, by bisection."""

    def years_of_life(values: np.ndarray) -> np.ndarray:
        table = life_table(rates.copy(data=values.reshape(rates.shape)), infants="coale-demeny")
        result: np.ndarray = table["e"].isel(age=0).values.reshape(kt.shape)
        return result

    goal = years_of_life(rates.values)
    room = np.ptp(kt, axis=-1, keepdims=True) + 1.0
    low, high = kt - room, kt + room
    for _ in range(60):
        middle = 0.5 * (low + high)
        lives_too_long = years_of_life(np.exp(ax[..., None] + bx[..., None] * middle[..., None, :])) > goal
        low, high = np.where(lives_too_long, middle, low), np.where(lives_too_long, high, middle)
    result: np.ndarray = 0.5 * (low + high)
    return result


def _checked(
    rates: xr.DataArray, exposure: xr.DataArray | None, adjust: Adjust
) -> tuple[xr.DataArray, xr.DataArray | None]:
    if adjust not in get_args(Adjust):
        raise SchemaError(f"lee_carter: adjust is {adjust!r}. Choose none, dt, dxt or e0.")
    require_dims(rates, "rates", needed=("age", "year"))
    rates = conform(rates, "rates")
    if rates.sizes["age"] < 2 or rates.sizes["year"] < 3:
        raise SchemaError(
            f"rates: at least 2 ages and 3 years are needed; there are {rates.sizes['age']} and {rates.sizes['year']}."
        )
    require_values(
        rates,
        "rates",
        low=1e-300,
        words="are not above 0",
        mend="Pool years or ages, or smooth them; 0 has no logarithm.",
    )
    if exposure is None:
        if adjust in ("dt", "dxt"):
            raise SchemaError(f'exposure: it is needed for adjust="{adjust}". Give the person-years of the rates.')
        return rates, None
    exposure = conform(exposure, "exposure")
    require_dims(exposure, "exposure", needed=tuple(str(dim) for dim in rates.dims), allowed=())
    for dim in rates.dims:
        exposure = require_labels(exposure, dim, rates[dim].values, "exposure", against="rates")
    require_values(exposure, "exposure", low=0.0, words="are not person-years of at least 0")
    return rates, exposure


def _check_forecast(horizon: int, level: float, jump_off: str) -> None:
    if horizon < 1:
        raise SchemaError(f"forecast: a horizon of {horizon} years is none. Give at least 1.")
    if not 0.0 < level < 1.0:
        raise SchemaError(f"forecast: a level of {level:g} is not a share between 0 and 1. Give for example 0.8.")
    if jump_off not in get_args(JumpOff):
        raise SchemaError(f'forecast: jump_off is {jump_off!r}. Choose "fit" or "actual".')
