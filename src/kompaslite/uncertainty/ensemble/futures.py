"""Assumptions of many futures, held as products of factors: nobody has to hold every rate of every draw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import xarray as xr

from kompaslite.schema import (
    ASSUMPTIONS,
    OUTER,
    SchemaError,
    conform,
    count_unit,
    in_order,
    rate_unit,
    require_dims,
    require_labels,
    require_whole,
    short_list,
)
from kompaslite.schema.display import extent, html_form, text_form
from kompaslite.uncertainty.levels.model import Effect, Levels
from kompaslite.uncertainty.streams import check_seed, require_kind


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Futures:
    """Assumptions with draws, made when and where they are needed.

    Each variable is its baseline, times its `factors`, times or plus what the levels of the draw do to it.

    Parameters
    ----------
    baseline : xr.Dataset
        Assumptions as `assume` gives them, with any outer dimensions and with ``year``.
    factors : mapping of str to sequence of xr.DataArray, optional
        Factors of a variable, each with any of its dimensions: a national schedule with ``year`` times a level by
        ``area`` needs the memory of the two, not of their product.
    levels : Levels, optional
        Models of the levels, see `sample`.
    draws : int, optional
        Number of draws; that of the baseline or of the factors where these carry the dimension ``draw``.
    seed : int
        The same seed gives the same draws.
    whole_persons : bool
        Whether single persons die, leave, arrive and are born by chance, beside the levels: for small zones and small
        age groups.

    Raises
    ------
    SchemaError
        If the seed is not a whole number, draws are of different lengths, or labels differ.
    """

    baseline: xr.Dataset
    factors: Mapping[str, Sequence[xr.DataArray]] = field(default_factory=dict)
    levels: Levels | None = None
    draws: int | None = None
    seed: int = 0
    whole_persons: bool = False

    def __post_init__(self) -> None:
        check_seed(self.seed)
        if self.levels is not None:
            require_kind(self.levels, Levels, "levels", "Make them with fit_levels().")
        object.__setattr__(self, "baseline", _checked_baseline(self.baseline))
        object.__setattr__(self, "factors", _checked_factors(self.factors, self.baseline))
        object.__setattr__(self, "draws", _number_of_draws(self))
        if self.levels is not None and self.levels.local is not None and "area" in self.baseline.coords:
            require_models(self.levels, self.baseline["area"].values.tolist())

    def __repr__(self) -> str:
        return text_form("Futures", self._facts())

    def _repr_html_(self) -> str:
        return html_form("Futures", self._facts())

    def _facts(self) -> dict[str, str]:
        covered = extent(self.baseline.assign_coords(self.labels))
        return covered | {"assumptions": ", ".join(map(str, self.baseline.data_vars)), "seed": str(self.seed)}

    @property
    def years(self) -> np.ndarray:
        """Years of the forecast's flows."""
        years: np.ndarray = self.baseline["year"].values
        return years

    @property
    def labels(self) -> dict[str, np.ndarray]:
        """Labels of the outer dimensions, in the library's order."""
        found: dict[str, np.ndarray] = {}
        for array in self.arrays():
            found |= {dim: array[dim].values for dim in OUTER if dim in array.dims and dim not in found}
        if self.draws is not None:
            found["draw"] = np.arange(self.draws)
        return {dim: found[dim] for dim in OUTER if dim in found}

    @property
    def codes(self) -> tuple[str, ...]:
        """Areas of the assumptions, or else of the levels; one empty code where there are none."""
        if "area" in self.labels:
            return tuple(self.labels["area"].tolist())
        return (self.levels.areas if self.levels is not None else ()) or ("",)

    def dims(self, variable: str) -> set[str]:
        """Dimensions that the values of a variable have."""
        parts = [self.baseline[variable]] if variable in self.baseline else []
        parts += list(self.factors.get(variable, ()))
        found = {str(dim) for part in parts for dim in part.dims}
        for effect in self.effects():
            if effect.variable == variable and self.levels is not None:
                found |= self.levels.dims_of(effect)
        return found

    @property
    def constant(self) -> tuple[str, ...]:
        """Assumptions that are the same in every draw."""
        return tuple(name for name in self.variables() if "draw" not in self.dims(name))

    def select(self, areas: Sequence[str]) -> "Futures":
        """The same futures of some areas only.

        Parameters
        ----------
        areas : sequence of str
            Codes.

        Returns
        -------
        Futures
            The draws of an area do not hang on which others are there.

        Raises
        ------
        SchemaError
            If an area is unknown.
        """
        if isinstance(areas, str) or not isinstance(areas, Sequence | np.ndarray):
            raise SchemaError(f"areas: {areas!r} is one code, not several. Give a list, [{str(areas)!r}].")
        if not len(areas):
            raise SchemaError("areas: none is chosen. Give at least one code, or leave areas out for all.")
        missing = [area for area in areas if area not in self.codes]
        if missing:
            raise SchemaError(f"assumptions: {len(missing)} areas are unknown: {short_list(missing)}.")

        def some(array: xr.DataArray) -> xr.DataArray:
            return array.sel(area=list(areas)) if "area" in array.dims else array

        baseline = self.baseline.sel(area=list(areas)) if "area" in self.baseline.dims else self.baseline
        factors = {name: tuple(some(one) for one in each) for name, each in self.factors.items()}
        return replace(self, baseline=baseline, factors=factors)

    def arrays(self) -> list[xr.DataArray]:
        """Every array of the baseline and of the factors."""
        return [*self.baseline.data_vars.values(), *(one for each in self.factors.values() for one in each)]

    def effects(self) -> tuple[Effect, ...]:
        """What the levels do; nothing where there are none."""
        return () if self.levels is None else self.levels.effects

    def variables(self) -> tuple[str, ...]:
        """Names of the assumptions, those that only the levels make among them."""
        made = [effect.variable for effect in self.effects()]
        return tuple(dict.fromkeys([*map(str, self.baseline.data_vars), *made]))


def of_dataset(assumptions: xr.Dataset | Futures) -> Futures:
    """Futures as they are, or made from ordinary assumptions."""
    return assumptions if isinstance(assumptions, Futures) else Futures(baseline=assumptions)


def _checked_baseline(baseline: xr.Dataset) -> xr.Dataset:
    if isinstance(baseline, Futures):
        raise SchemaError(
            "assumptions: these are futures already. Give them to project_summary as they are, or take ordinary "
            "assumptions of some draws with assumptions_of()."
        )
    if not isinstance(baseline, xr.Dataset):
        raise SchemaError(f"assumptions: a Dataset is needed, not {type(baseline).__name__}. Make it with assume().")
    unknown = [str(name) for name in baseline.data_vars if name not in ASSUMPTIONS]
    if unknown:
        raise SchemaError(
            f"assumptions: unknown variable {short_list(unknown)}; known are {short_list(list(ASSUMPTIONS), most=12)}."
        )
    if "year" not in baseline.dims:
        raise SchemaError("assumptions: no variable has the dimension year, so the horizon is unknown. Add it to one.")
    return baseline


def _checked_factors(
    factors: Mapping[str, Sequence[xr.DataArray]], baseline: xr.Dataset
) -> dict[str, tuple[xr.DataArray, ...]]:
    checked = {}
    require_kind(factors, Mapping, "factors", 'Give for example {"fertility": [array]}.')
    for name, each in factors.items():
        if name not in baseline:
            raise SchemaError(f"factors: {name} is not in the baseline, so there is nothing to multiply. Add it there.")
        checked[name] = tuple(_checked_factor(one, f"factor of {name}", baseline) for one in each)
    return checked


def _checked_factor(factor: xr.DataArray, name: str, baseline: xr.Dataset) -> xr.DataArray:
    require_dims(factor, name, allowed=(*OUTER, "destination", "sex", "age", "year"))
    factor = conform(factor, name)
    for dim in factor.dims:
        if dim in baseline.coords:
            factor = require_labels(factor, dim, baseline[dim].values, name, against="the baseline")
    return factor


def _number_of_draws(futures: Futures) -> int | None:
    sizes = {int(array.sizes["draw"]) for array in futures.arrays() if "draw" in array.dims}
    asked = futures.draws
    if asked is not None:
        sizes.add(require_whole(asked, "draws", low=1))
    if len(sizes) > 1:
        raise SchemaError(
            f"draws: inputs of different lengths meet, {short_list(sorted(sizes))} draws. A draw is one future in all "
            "its inputs: give every input the same draws, or select the common ones with .isel(draw=slice(...))."
        )
    return sizes.pop() if sizes else None


def require_models(levels: Levels, areas: Sequence[str]) -> None:
    """Raise unless every area has a model of its own."""
    known = set(levels.areas)
    missing = [area for area in areas if area not in known]
    if missing:
        raise SchemaError(
            f"levels: {len(missing)} areas of the assumptions have no model of their own: {short_list(missing)}. Fit "
            "the levels on a history with these areas, or select the areas that both have."
        )


def unit_of(variable: str) -> str:
    """Unit of an assumption in annual steps."""
    kind = ASSUMPTIONS[variable].kind
    return rate_unit() if kind == "rate" else count_unit() if kind == "count" else "1"


def ordered(array: xr.DataArray, unit: str | None) -> xr.DataArray:
    """Dimensions in the library's order, with a unit if there is one."""
    return array.transpose(*in_order(array.dims)).assign_attrs({} if unit is None else {"units": unit})
