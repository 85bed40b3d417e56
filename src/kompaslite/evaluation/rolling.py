"""Rolling origins: the forecasts that a method would have made, beside what came."""

from collections.abc import Iterable, Sequence

import numpy as np
import xarray as xr

from kompaslite._extras import from_extra
from kompaslite.accounts import Accounts, known_at, require_accounts
from kompaslite.evaluation.exclusions import exclude_areas, exclusions_as_attrs, exclusions_of
from kompaslite.evaluation.hindcasts import make_hindcasts
from kompaslite.methods import Method, Sources, forecast_by
from kompaslite.methods.contract import require_sources
from kompaslite.schema import KompasliteError, SchemaError, require_whole, require_years, short_list


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
    method : Method
        ``(observed, years, *, sources=None) -> assumptions``.
    origins : sequence of int
        Years on whose 1 January a forecast is made.
    horizon : int
        Years that each forecast goes, at least 1; of five-year accounts, a multiple of 5.
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
        `excluded_areas` lists the areas that were set aside. A forecast with draws keeps its dimension ``draw``.

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
    _check_given(observed, sources)
    history = _chosen(observed, areas)
    wanted = _checked_origins(origins, history.years)
    leads = _leads(horizon, history.step)
    each = _watched(wanted) if progress else wanted
    forecasts = [_from_origin(history, method, year, leads, lag=lag, sources=sources) for year in each]
    forecast = _side_by_side(forecasts, wanted)
    made = make_hindcasts(forecast, _outcomes(history, wanted, leads), _jump_offs(history, wanted))
    return made.assign_attrs({"lag": lag, **exclusions_as_attrs(exclusions_of(history.population))})


def _check_given(observed: Accounts, sources: Sources | None) -> None:
    require_accounts(observed, "observed")
    outer = [dim for dim in ("scenario", "draw", "origin") if dim in observed.population.dims]
    if outer:
        raise SchemaError(f"backtest: a past has no dimension {short_list(outer)}. Select one of it with .sel(...).")
    require_sources(sources)


def _side_by_side(forecasts: Sequence[xr.DataArray], origins: list[int]) -> xr.DataArray:
    """The forecasts of all origins; each must have the draws of the first."""
    first = forecasts[0]
    for origin, one in zip(origins, forecasts, strict=True):
        have, want = (part["draw"].values.tolist() if "draw" in part.dims else None for part in (one, first))
        if have != want:
            raise SchemaError(
                f"backtest, origin {origin}: the method returns {_draws(one)}, and {_draws(first)} at origin "
                f"{origins[0]}. It must return the same ones from every origin."
            )
    return xr.concat(forecasts, dim=xr.Variable("origin", origins), join="exact")


def _draws(forecast: xr.DataArray) -> str:
    if "draw" not in forecast.dims:
        return "no draws"
    labels = forecast["draw"].values.tolist()
    return f"{len(labels)} draws, {labels[0]} to {labels[-1]}"


def _chosen(observed: Accounts, areas: Sequence[str] | None) -> Accounts:
    """The areas that are tested, without those whose borders are broken."""
    population, flows = observed.population, observed.flows
    if "area" not in population.dims:
        raise SchemaError(
            'backtest: the population has no dimension area. Add it to all parts, .expand_dims(area=["..."]).'
        )
    if areas is not None:
        population = population.sel(area=_checked_areas(areas, population))
    kept = exclude_areas(population).reset_coords(drop=True)
    return Accounts(kept, flows.sel(area=kept["area"].values) if "area" in flows.dims else flows)


def _checked_areas(areas: Sequence[str], population: xr.DataArray) -> list[str]:
    if isinstance(areas, str) or not isinstance(areas, Iterable):
        raise SchemaError(f'areas: {areas!r} is no list of area codes. Write for example ["3201"].')
    wanted, known = list(areas), population["area"].values.tolist()
    absent = [code for code in wanted if code not in known]
    if absent or not wanted:
        aside = [f"{code} ({why})" for code, why in exclusions_of(population).items() if code in absent]
        raise SchemaError(
            f"areas: {len(absent)} of {len(wanted)} are not in the population: {short_list(absent)}. It has "
            f"{short_list(known)}." + (f" Set aside before: {short_list(aside)}." if aside else "")
        )
    if len(set(wanted)) < len(wanted):
        raise SchemaError(f"areas: each once; they are {short_list(wanted)}.")
    return wanted


def _checked_origins(origins: Sequence[int], years: tuple[int, ...]) -> list[int]:
    wanted = sorted(require_years(origins, "origins"))
    if len(years) < 2:
        raise SchemaError(f"origins: the population is known in {years[0]} only, so no forecast has an outcome.")
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
    progress = from_extra("rich.progress", "desk", "a bar of progress")
    shown: Iterable[int] = progress.track(origins, description="backtest")
    return shown


def _from_origin(
    history: Accounts, method: Method, origin: int, leads: np.ndarray, *, lag: int, sources: Sources | None
) -> xr.DataArray:
    try:
        known = known_at(history, origin, lag=lag)
        beside = None if sources is None else sources.known_at(origin)
        years = [origin + int(lead) - history.step for lead in leads]
        people = forecast_by(method, known, years, sources=beside).population
    except KompasliteError as error:
        raise SchemaError(f"backtest, origin {origin}: {error}") from error
    except Exception as error:  # a fault of the method itself stays its own, and says from which origin
        error.add_note(f"backtest: the method failed at origin {origin}.")
        raise
    if {"scenario", "origin"} & set(people.dims):
        raise SchemaError(f"backtest, origin {origin}: the method returns scenarios or origins; select one of them.")
    later = people.isel(year=slice(1, None)).reset_coords(drop=True)
    return later.rename(year="lead").assign_coords(lead=leads)


def _leads(horizon: int, step: int) -> np.ndarray:
    require_whole(horizon, "horizon", low=1, mend="Give years.")
    if horizon % step:
        raise SchemaError(f"horizon: {horizon} years are no multiple of the {step} years between the populations.")
    return np.arange(step, horizon + 1, step)


def _outcomes(history: Accounts, origins: list[int], leads: np.ndarray) -> xr.DataArray:
    target = xr.DataArray(np.add.outer(origins, leads), coords={"origin": origins, "lead": leads})
    known = history.population.reindex(year=np.unique(target.values))
    return known.sel(year=target).drop_vars("year")


def _jump_offs(history: Accounts, origins: list[int]) -> xr.DataArray:
    return history.population.sel(year=origins).sum(["sex", "age"]).rename(year="origin")
