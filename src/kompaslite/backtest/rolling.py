"""Rolling origins: the forecasts that a method would have made, beside what came."""

from collections.abc import Iterable, Sequence

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts, known_at, require_accounts
from kompaslite.backtest.exclusions import set_aside
from kompaslite.methods import Method, Sources, forecast_by
from kompaslite.schema import KompasliteError, SchemaError, require_whole, require_years, short_list
from kompaslite.scoring import make_hindcasts
from kompaslite.scoring.listed import exclusions_as_attrs, exclusions_of


def backtest(
    observed: Accounts,
    method: Method,
    *,
    origins: Sequence[int],
    horizon: int,
    areas: Sequence[str] | None = None,
    lag: int = 0,
    sources: Sources | None = None,
    progress: bool = False,
) -> xr.Dataset:
    """Forecasts of a method from past years, each from what was known then, beside the outcomes.

    At each origin the method is handed copies that end there, so that it cannot look ahead; it is fitted anew, for
    all areas at once. What a method has bound to itself is not cut: give series beside the accounts as `sources`.

    Parameters
    ----------
    observed : Accounts
        The whole history, ``(area, sex, age, year)``. Areas with a true value in the coordinate ``estimated`` of the
        population are set aside.
    method : callable
        ``(observed, years) -> assumptions``; with a parameter ``sources`` it is handed those too.
    origins : sequence of int
        Years on whose 1 January a forecast is made.
    horizon : int
        Years that each forecast goes, at least 1.
    areas : sequence of str, optional
        Codes; all areas unless given.
    lag : int
        Years by which the flows of `observed` are published later than the population they lead to.
    sources : Sources, optional
        What else was known, with its own lags.
    progress : bool
        Whether to show a bar (needs the extra ``desk``).

    Returns
    -------
    xr.Dataset
        ``forecast`` and ``observed``, persons, ``(origin, lead, area, sex, age)``, with coordinates ``year`` (origin
        + lead) and ``jump_off`` (all ages at the origin). ``observed`` is missing where there is no outcome yet.
        `excluded` lists the areas that were set aside. A forecast with draws keeps its dimension ``draw``.

    Raises
    ------
    SchemaError
        If an origin, area or horizon is not possible, the history is too short for the method, or the method
        returns other years, areas or sexes than asked for; the message names the origin.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> from kompaslite.methods import no_change
    >>> people = xr.DataArray(
    ...     np.ones((1, 2, 3, 1)) * [5.0, 6.0, 8.0],
    ...     coords={"area": ["A"], "sex": ["female", "male"], "age": [0, 1, 2], "year": [2024, 2025, 2026]},
    ...     attrs={"units": "persons"},
    ... )
    >>> made = backtest(Accounts(people), no_change, origins=[2024, 2025], horizon=2)
    >>> (made.forecast - made.observed).sum(["area", "sex", "age"], skipna=False).values
    array([[ -6., -18.],
           [-12.,  nan]])
    """
    require_accounts(observed, "observed")
    history = _chosen(observed, areas)
    wanted = _checked_origins(origins, history.years)
    require_whole(horizon, "horizon", low=1, mend="Give years.")
    each = _watched(wanted) if progress else wanted
    forecasts = [_from_origin(history, method, year, horizon, lag=lag, sources=sources) for year in each]
    forecast = xr.concat(forecasts, dim=xr.Variable("origin", wanted))
    made = make_hindcasts(forecast, _outcomes(history, wanted, horizon), _jump_offs(history, wanted))
    return made.assign_attrs({"lag": lag, **exclusions_as_attrs(exclusions_of(history.population))})


def _chosen(observed: Accounts, areas: Sequence[str] | None) -> Accounts:
    """The areas that are tested, without those whose borders are broken."""
    population, flows = observed.population, observed.flows
    if "area" not in population.dims:
        raise SchemaError(
            'backtest: the population has no dimension area. Add it to all parts, .expand_dims(area=["..."]).'
        )
    if areas is not None:
        absent = [code for code in areas if code not in population["area"].values]
        if absent or not len(areas):
            raise SchemaError(
                f"areas: {len(absent)} of {len(areas)} are not in the population: {short_list(absent)}. It has "
                f"{short_list(population['area'].values.tolist())}."
            )
        population = population.sel(area=list(areas))
    kept = set_aside(population)
    return Accounts(kept, flows.sel(area=kept["area"].values) if "area" in flows.dims else flows)


def _checked_origins(origins: Sequence[int], years: tuple[int, ...]) -> list[int]:
    wanted = sorted(require_years(origins, "origins"))
    outside = [origin for origin in wanted if origin not in years]
    if not wanted or len(set(wanted)) < len(wanted):
        raise SchemaError(f"origins: at least one, and each once; they are {short_list(wanted)}.")
    if outside:
        raise SchemaError(
            f"origins: {len(outside)} are outside the years of the population, {years[0]} to {years[-1]}: "
            f"{short_list(outside)}. Choose origins from {years[0]} to {years[-2]}."
        )
    if wanted[-1] == years[-1]:
        raise SchemaError(
            f"origins: {years[-1]} is the last observed year, so a forecast from it has no outcome. "
            f"Choose origins up to {years[-2]}."
        )
    return wanted


def _watched(origins: list[int]) -> Iterable[int]:
    try:
        from rich.progress import track
    except ModuleNotFoundError as error:
        raise SchemaError('progress: the bar needs rich. Install it with pip install "kompaslite[desk]".') from error
    return track(origins, description="backtest")


def _from_origin(
    history: Accounts, method: Method, origin: int, horizon: int, *, lag: int, sources: Sources | None
) -> xr.DataArray:
    try:
        known = known_at(history, origin, lag=lag)
        beside = None if sources is None else sources.known_at(origin)
        years = range(origin, origin + horizon)
        people = forecast_by(method, known, years, sources=beside).population
    except KompasliteError as error:
        raise SchemaError(f"backtest, origin {origin}: {error}") from error
    except Exception as error:  # a fault of the method itself stays its own, and says from which origin
        error.add_note(f"backtest: the method failed at origin {origin}.")
        raise
    if "scenario" in people.dims:
        raise SchemaError(f"backtest, origin {origin}: the method returns scenarios; select one of them.")
    later = people.isel(year=slice(1, None))
    return later.rename(year="lead").assign_coords(lead=np.arange(1, horizon + 1))


def _outcomes(history: Accounts, origins: list[int], horizon: int) -> xr.DataArray:
    leads = np.arange(1, horizon + 1)
    years = np.arange(origins[0] + 1, origins[-1] + horizon + 1)
    known = history.population.reindex(year=years)
    target = xr.DataArray(np.add.outer(origins, leads), coords={"origin": origins, "lead": leads})
    return known.sel(year=target).drop_vars("year")


def _jump_offs(history: Accounts, origins: list[int]) -> xr.DataArray:
    return history.population.sel(year=origins).sum(["sex", "age"]).rename(year="origin")
