"""Levels: how far fertility, mortality and migration may wander from what is assumed, and what that does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal, get_args

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from kompaslite.accounts import age_up
from kompaslite.schema import ASSUMPTIONS, SchemaError, short_list
from kompaslite.uncertainty.levels.processes import Process, walk
from kompaslite.uncertainty.streams import BATCH, in_batches, stream

Array = NDArray[Any]
How = Literal["scale", "add", "gain", "loss"]
_PARAMETERS = ("persistence", "innovation", "noise", "correlation", "window")
_NATION = "nation"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Effect:
    """What the level of a component does to an assumption.

    Parameters
    ----------
    component : str or mapping of str to tuple of int
        Name of the level; or the name of each band of age with its own, and its first and last age.
    variable : str
        The assumption that changes.
    how : {"scale", "add", "gain", "loss"}
        ``scale``: times ``exp(response * level)``, whose median is 1; what the year's own noise adds to the mean is
        taken off, because noise evens out over years and ages. ``add``: plus ``response * level``. ``gain`` and
        ``loss`` add ``response * level`` where the level is above zero, and ``response * -level`` where it is below:
        net migration gains by arrivals and loses by rates of leaving, so that no cell is emptied.
    response : xr.DataArray, optional
        Any of ``area, sex, age, year``; 1 unless given.
    per_head : bool
        Whether the response is per head of `Levels.people` at each age: a gain is then as many persons as a loss of
        the same level, wherever people become more or fewer.
    """

    component: str | Mapping[str, tuple[int, int]]
    variable: str
    how: How
    response: xr.DataArray | None = None
    per_head: bool = False

    @property
    def components(self) -> tuple[str, ...]:
        """Names of the levels."""
        return (self.component,) if isinstance(self.component, str) else tuple(self.component)

    def __post_init__(self) -> None:
        if self.variable not in ASSUMPTIONS or self.how not in get_args(How):
            raise SchemaError(
                f"Effect: {self.how!r} on {self.variable!r} is unknown. Choose {short_list(get_args(How))}, on one "
                f"of {short_list(list(ASSUMPTIONS), most=12)}."
            )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Levels:
    """Time-series models of levels: one path for all areas together, and one for each area beside it.

    Parameters
    ----------
    national : xr.Dataset
        By ``component``: ``persistence`` (0 to 1), ``innovation`` and ``noise`` (standard deviations), ``window``
        (years over whose mean the component was assumed; 0 where it goes on from its last value), and
        ``correlation`` of the innovations by ``component, other``.
    local : xr.Dataset, optional
        The same for the deviation of an area from the nation; ``innovation`` and ``noise`` also by ``area``. If there:
        ``between``, the standard deviation between the long-run means of areas; ``chance``, that part of ``noise``
        which is the chance of single persons; ``share``, the weight of components whose weighted sum is nothing.
    effects : tuple of Effect
        What the levels do.
    years : int
        Years of history behind `national`: standard deviations, persistence and drift are drawn too, the wider the
        fewer these are. 0: all are taken as certain.
    people : xr.DataArray, optional
        Persons whom effects per head count, ``(..., sex, age)``: those on 1 January of the first year of a forecast,
        or with ``year`` those of each year, see `along`.
    held_out : mapping of str to int
        Areas that were empty in some year, and the first such year: they vary as areas of their size do.
    """

    national: xr.Dataset
    local: xr.Dataset | None = None
    effects: tuple[Effect, ...] = field(default_factory=tuple)
    years: int = 0
    people: xr.DataArray | None = None
    held_out: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_parameters(self.national, "levels.national")
        if self.local is not None:
            _check_parameters(self.local, "levels.local")
        known = {*_names(self.national), *(_names(self.local) if self.local is not None else ())}
        strange = [name for effect in self.effects for name in effect.components if name not in known]
        if strange:
            raise SchemaError(
                f"levels: an effect has the component {strange[0]}, for which there is no model; there are "
                f"{short_list(sorted(known), most=9)}."
            )
        if self.people is None and any(effect.per_head for effect in self.effects):
            raise SchemaError("levels: an effect is per head, but people are not given. Give people=population.")

    @property
    def areas(self) -> tuple[str, ...]:
        """Areas with a model of their own."""
        return () if self.local is None else tuple(self.local["area"].values.tolist())

    def dims_of(self, effect: Effect) -> set[str]:
        """Dimensions that an effect gives to its variable."""
        parts = (effect.response, self.people if effect.per_head else None)
        dims = {"year", "draw"} | {str(dim) for part in parts if part is not None for dim in part.dims}
        local = () if self.local is None else _names(self.local)
        return dims | ({"area"} if any(name in local for name in effect.components) else set())

    def response_of(self, effect: Effect) -> xr.DataArray:
        """What one unit of the level does: the response, times the people at the age they reach where per head."""
        response = xr.DataArray(1.0) if effect.response is None else effect.response
        return response if self.people is None or not effect.per_head else response * age_up(self.people)

    def along(self, population: xr.DataArray) -> "Levels":
        """The same models, with effects per head counted along a forecast.

        Parameters
        ----------
        population : xr.DataArray
            Of the forecast without draws, ``(..., sex, age, year)``.

        Returns
        -------
        Levels
        """
        return replace(self, people=population)

    def noises(
        self, seed: int, draws: slice, areas: Sequence[str], *, chance: bool = True
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """Standard deviations of the year's own noise, of the nation and of areas.

        Parameters
        ----------
        seed, draws, areas, chance
            As for `local_paths`.

        Returns
        -------
        tuple of dict
            Component to ``[draw]``, or ``[1]`` where all draws are alike; component to ``[area]``.
        """
        nation = _process(self.national, _uncertain(self, seed, draws)).noise
        own = dict(zip(_names(self.national), nation, strict=True))
        if self.local is None:
            return own, {}
        return own, dict(zip(_names(self.local), _process(self._chosen(areas, chance), None).noise[:, 0], strict=True))

    def national_paths(self, seed: int, draws: slice, horizon: int) -> dict[str, Array]:
        """Deviations that all areas share.

        Parameters
        ----------
        seed : int
            Of the run.
        draws : slice
            First draw, and the first behind the last.
        horizon : int
            Years.

        Returns
        -------
        dict
            Component to ``[year, draw]``.
        """
        names = _names(self.national)
        process = _process(self.national, _uncertain(self, seed, draws))
        parts = _normals(seed, (_NATION,), names, draws, years=1 + process.before + horizon)
        return dict(zip(names, walk(process, parts[:, 0], parts[:, 1]), strict=True))

    def local_paths(
        self, seed: int, draws: slice, horizon: int, areas: Sequence[str], *, chance: bool = True
    ) -> dict[str, Array]:
        """Deviations of areas from the nation; each hangs on its own code only, not on which others are asked for.

        Parameters
        ----------
        seed, draws, horizon
            As for `national_paths`.
        areas : sequence of str
            Codes.
        chance : bool
            Whether the noise holds the chance of single persons; not where persons are drawn one by one.

        Returns
        -------
        dict
            Component to ``[year, draw, area]``.
        """
        if self.local is None:
            return {}
        names, chosen = _names(self.local), self._chosen(areas, chance)
        process = _process(chosen, None)
        each = [_normals(seed, ("area", code), names, draws, years=1 + process.before + horizon) for code in areas]
        parts = np.stack(each, axis=-1)
        paths = walk(process, parts[:, 0], parts[:, 1])
        if "share" in chosen:
            _balance(paths, chosen["share"].transpose("component", "area").values)
        return dict(zip(names, paths, strict=True))

    def _chosen(self, areas: Sequence[str], chance: bool) -> xr.Dataset:  # noqa: FBT001
        """Local parameters of some areas, with or without the chance of single persons."""
        assert self.local is not None
        chosen = self.local.sel(area=list(areas))
        if not chance and "chance" in chosen:
            chosen["noise"] = (chosen["noise"] ** 2 - chosen["chance"] ** 2).clip(min=0.0) ** 0.5
        return chosen


def _balance(paths: Array, share: Array) -> None:
    """Take off the weighted sum of the components that have a share, in place."""
    rows = np.flatnonzero(share.any(axis=1))
    total = np.zeros(paths.shape[1:])
    for row in rows:
        total += share[row] * paths[row]
    for row in rows:
        paths[row] -= total


def _names(parameters: xr.Dataset) -> tuple[str, ...]:
    return tuple(parameters["component"].values.tolist())


def _normals(seed: int, keys: tuple[str, ...], names: Sequence[str], draws: slice, *, years: int) -> Array:
    """``[component, shock or noise, year, draw]``; years run slowest, so that a longer horizon begins alike."""

    def make(name: str, batch: int) -> Array:
        numbers = stream(seed, *keys, name, batch=batch).standard_normal((years, 2, BATCH))
        return numbers.transpose(2, 1, 0)

    return np.stack([in_batches(partial(make, name), draws).transpose(1, 2, 0) for name in names])


def _process(parameters: xr.Dataset, uncertain: "_Uncertain | None") -> Process:
    order = ["component", "area"] if "area" in parameters.dims else ["component"]
    persistence, innovation, noise = (
        parameters[name].broadcast_like(parameters["innovation"]).transpose(*order).values[:, None]
        for name in ("persistence", "innovation", "noise")
    )
    between = drift = None
    if "between" in parameters:
        between = parameters["between"].broadcast_like(parameters["innovation"]).transpose(*order).values[:, None]
    if uncertain is not None:
        innovation, noise = innovation * uncertain.scale, noise * uncertain.scale
        persistence = np.where(persistence < 1.0, np.clip(persistence + uncertain.shift, 0.0, 0.98), 1.0)
        drift = uncertain.drift * uncertain.scale
    return Process(
        persistence=persistence,
        innovation=innovation,
        noise=noise,
        correlation=parameters["correlation"].transpose("component", "other").values,
        window=[int(years) for years in parameters["window"].values],
        drift=drift,
        between=between,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Uncertain:
    """What few years leave open, ``[component, draw]``: factors of scale, shifts of the persistence, drifts."""

    scale: Array
    shift: Array
    drift: Array


def _uncertain(levels: Levels, seed: int, draws: slice) -> _Uncertain | None:
    if levels.years <= 1:
        return None
    free = levels.years - 1

    def make(name: str, batch: int) -> Array:
        source = stream(seed, _NATION, name, "parameters", batch=batch)
        scale = np.sqrt(free / source.chisquare(free, BATCH))
        return np.concatenate([scale[:, None], source.standard_normal((BATCH, 2))], axis=1)

    each = np.stack([in_batches(partial(make, name), draws) for name in _names(levels.national)])
    persistence, innovation = (levels.national[name].values[:, None] for name in ("persistence", "innovation"))
    error = np.sqrt(np.maximum(1.0 - persistence**2, 0.0) / free)
    return _Uncertain(each[..., 0], each[..., 1] * error, each[..., 2] * innovation / np.sqrt(levels.years))


def _check_parameters(parameters: xr.Dataset, name: str) -> None:
    missing = [part for part in _PARAMETERS if part not in parameters]
    if missing or "component" not in parameters.coords:
        raise SchemaError(f"{name}: {short_list(missing or ['component'])} is missing. fit_levels gives all of them.")
    for part, low, high in (("persistence", 0.0, 1.0), ("innovation", 0.0, np.inf), ("noise", 0.0, np.inf)):
        values = parameters[part].values
        if not ((values >= low) & (values <= high)).all():
            raise SchemaError(f"{name}: {part} holds {values.ravel()[0]:g} or others that are not {low:g} to {high:g}.")
    averaged = parameters["window"].values > 0
    if (parameters["persistence"].values[averaged] >= 1.0).any():
        raise SchemaError(
            f"{name}: a component with persistence 1 has no mean, so it cannot have been assumed as the mean of a "
            "window. Set its window to 0."
        )
