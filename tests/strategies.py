"""Random small projections for property tests: every combination of dimensions, components and conventions."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from hypothesis import strategies as st

from kompaslite.engine import Convention

SEXES = ["female", "male"]
PRESETS = {name: getattr(Convention, name) for name in ("mean_exposure", "un_end", "un_even", "fso", "befproj")}
FIRST_YEAR = 2025

_shares = st.sampled_from([0.0, 1 / 3, 0.5, 2 / 3])
_triples = st.tuples(_shares, _shares, _shares)


def _loses_no_more_than_it_counts(pair: tuple) -> bool:
    deaths, exits = pair
    return exits[2] >= exits[0] * deaths[2] and deaths[2] >= deaths[1] * exits[2]


_pairs = st.tuples(_triples, _triples).filter(_loses_no_more_than_it_counts)


@st.composite
def _any_convention(draw: st.DrawFn) -> Convention:
    """A convention that nobody has: any shares that can be."""
    (deaths, exits), (infant_deaths, infant_exits) = draw(_pairs), draw(_pairs)
    return Convention(
        death_shares=deaths,
        exit_shares=exits,
        infant_death_shares=infant_deaths,
        infant_exit_shares=infant_exits,
        women_start=draw(st.sampled_from([0.0, 0.5, 1.0])),
        women_end=draw(st.sampled_from([0.0, 0.5, 1.0])),
        women_by=draw(st.sampled_from(["cohort", "label"])),
        women_counted=draw(st.sampled_from(["end", "survivors"])),
        rates_by=draw(st.sampled_from(["reached", "start"])),
        net_at_start=draw(st.sampled_from([0.0, 0.5])),
    )


conventions = st.sampled_from(list(PRESETS.values())) | _any_convention()


@dataclass(frozen=True, repr=False)
class Case:
    """A jump-off and assumptions that fit it."""

    jump_off: xr.DataArray
    assumptions: xr.Dataset

    def __repr__(self) -> str:
        dims = {str(name): array.dims for name, array in self.assumptions.items()}
        return f"Case(sizes={dict(self.assumptions.sizes)}, jump_off={self.jump_off.dims}, {dims})"


@st.composite
def cases(draw: st.DrawFn, *, coupled: bool | None = None) -> Case:
    """Three to six ages, one to three years, with or without each outer dimension, component and year axis."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sizes = {"age": draw(st.integers(3, 6)), "year": draw(st.integers(1, 3))}
    coupled = draw(st.booleans()) if coupled is None else coupled
    if coupled or draw(st.booleans()):
        sizes["area"] = draw(st.integers(1, 3))
    if draw(st.booleans()):
        sizes["draw"] = draw(st.integers(1, 2))
    return make_case(generator, sizes, coupled=coupled, pick=lambda: draw(st.booleans()))


def make_case(generator, sizes, *, coupled=False, pick=lambda: True) -> Case:
    """A random case of given sizes; `pick` decides on each optional component and dimension."""
    labels = {
        "draw": range(sizes.get("draw", 1)),
        "area": [f"{number:04}" for number in range(1, sizes.get("area", 1) + 1)],
        "sex": SEXES,
        "age": range(sizes["age"]),
        "year": range(FIRST_YEAR, FIRST_YEAR + sizes["year"]),
    }
    outer = [dim for dim in ("draw", "area") if dim in sizes]

    def table(dims: list[str], low: float, high: float, units: str) -> xr.DataArray:
        coords = {dim: list(labels["area" if dim == "destination" else dim]) for dim in dims}
        values = generator.uniform(low, high, [len(labels) for labels in coords.values()])
        return xr.DataArray(values, coords=coords, dims=dims, attrs={"units": units})

    def some(dims: list[str]) -> list[str]:
        return [dim for dim in dims if pick()]

    def cells() -> list[str]:
        return [*some(outer), "sex", "age", *some(["year"])]

    people = table([*some(outer), "sex", "age"], 5.0, 100.0, "persons").assign_coords(year=FIRST_YEAR)
    fertility = table([*some(outer), "age", "year"], 0.0, 0.3, "1/year")
    variables = {
        "fertility": fertility.where((fertility.age > 0) & (fertility.age < sizes["age"] - 1), 0.0),
        "sex_ratio_at_birth": table(some([*outer, "year"]), 0.9, 1.2, "1"),
        "mortality": table(cells(), 0.0, 0.3, "1/year"),
    }
    for name, high, units in (
        ("out_migration", 0.2, "1/year"),
        ("emigration", 0.1, "1/year"),
        ("in_migration", 20.0, "persons/year"),
        ("immigration", 20.0, "persons/year"),
    ):
        if pick():
            variables[name] = table(cells(), 0.0, high, units)
    # below zero they could ask for more people than there are, which has tests of its own
    for name in ("net_migration", "adjustment"):
        if pick():
            variables[name] = table(cells(), 0.0, 1.0, "persons/year")
    if coupled:
        variables |= _coupled(table, some, outer)
    return Case(people, xr.Dataset(variables))


def _coupled(table, some, outer):
    free = some([dim for dim in outer if dim != "area"])
    moves = table([*free, "area", "destination", "sex", "age", "year"], 0.0, 0.1, "1/year")
    shares = table([*free, "area", "destination"], 0.1, 1.0, "1")
    return {
        "moves": moves.where(moves["area"] != moves["destination"], 0.0),
        "birth_allotment": (shares / shares.sum("destination")).assign_attrs(units="1"),
    }
