"""The labelled engine: a jump-off population and assumptions in, accounts out."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Literal

import numpy as np
import xarray as xr

from kompaslite.accounts import Accounts
from kompaslite.kernels import Convention, Drive, Inputs, Layout, Outcome, one_step
from kompaslite.kernels.solve import Array
from kompaslite.projection.inputs import Prepared, prepare
from kompaslite.schema import FLOWS, PERSONS, SEXES, SchemaError, count_unit, describe_cell, first_cell, short_list

Engine = Literal["auto", "numpy", "numba"]


def project(
    jump_off: xr.DataArray,
    assumptions: xr.Dataset,
    *,
    convention: Convention = Convention.mean_exposure,
    engine: Engine = "auto",
    flows: Sequence[str] | None = None,
    step: int | None = None,
    drive: Drive | None = None,
) -> Accounts:
    """Project a population, step by step, with everything that happens in between.

    Parameters
    ----------
    jump_off : xr.DataArray
        Persons on 1 January of the first year of `assumptions`, ``(..., sex, age)``; ``...`` is any of
        ``scenario, draw, origin, area``.
    assumptions : xr.Dataset
        Rates and counts by age reached during the year, each with or without outer dimensions and ``year``:
        ``fertility`` (births per woman and year, on all ages), ``sex_ratio_at_birth`` (boys per girl), ``mortality``,
        and where they are known ``out_migration``, ``emigration`` (rates), ``in_migration``, ``immigration``,
        ``net_migration``, ``adjustment`` (persons).
    convention : Convention
        Timing of events.
    engine : {"auto", "numpy", "numba"}
        Which kernel runs; all give the same numbers.
    flows : sequence of str, optional
        Components to keep; all of them if None.
    step : int, optional
        Years in a step; taken from the labels of ages and years if None.
    drive : Drive, optional
        Sets ``in_migration`` and ``out_migration`` within each year, see `kompaslite.kernels.drive`.

    Returns
    -------
    Accounts
        ``population`` from the jump-off to the year after the last of `assumptions`, persons, and the flows in
        between; dimensions are the outer ones of all inputs together, then ``sex, age, year``.

    Raises
    ------
    SchemaError
        If an input breaks its contract, or a cell would hold fewer than no people; the message names variable,
        cell, count and mend.
    """
    _check_choice(engine, flows)
    prepared = prepare(
        jump_off, assumptions, convention=convention, step=step, outer={} if drive is None else drive.outer
    )
    people, outcomes = _run(prepared, convention, drive)
    return _accounts(people, outcomes, prepared, flows)


def _check_choice(engine: str, flows: Sequence[str] | None) -> None:
    if engine not in ("auto", "numpy", "numba"):
        raise SchemaError(f"project: engine {engine!r} is unknown. Choose 'auto', 'numpy' or 'numba'.")
    unknown = [name for name in flows or () if name not in FLOWS]
    if unknown:
        raise SchemaError(f"project: flow {short_list(unknown)} is unknown. Choose of {short_list(FLOWS, most=12)}.")


def _run(prepared: Prepared, convention: Convention, drive: Drive | None) -> tuple[list[Array], list[Outcome]]:
    layout = prepared.layout
    shape = (layout.units, len(SEXES), layout.ages.size)
    people = [np.broadcast_to(prepared.jump_off.at(0), shape)]
    outcomes: list[Outcome] = []
    bound = None if drive is None else drive.bind(layout)
    for position in range(layout.years.size):
        inputs = _inputs(prepared, position)
        run = partial(_scaled_step, people[-1], inputs, convention=convention, years=float(layout.step))
        outcome = run() if bound is None else bound(position, people[-1], run)
        _check_negative(outcome.end, layout, position)
        people.append(outcome.end)
        outcomes.append(outcome)
    return people, outcomes


def _inputs(prepared: Prepared, position: int) -> Inputs:
    at = {name: field.at(position) for name, field in prepared.fields.items()}
    return Inputs(
        fertility=at["fertility"],
        sex_ratio=at["sex_ratio_at_birth"],
        mortality=at["mortality"],
        exit_rates={name: at[name] for name in ("out_migration", "emigration") if name in at},
        arrivals={name: at[name] for name in ("in_migration", "immigration") if name in at},
        net=at.get("net_migration"),
        adjustment=at.get("adjustment"),
    )


def _scaled_step(
    people: Array,
    inputs: Inputs,
    *,
    convention: Convention,
    years: float,
    in_scale: Array | float = 1.0,
    out_scale: Array | float = 1.0,
    arrivals: Array | None = None,
) -> Outcome:
    coming = dict(inputs.arrivals)
    if arrivals is not None:
        coming["in_migration"] = arrivals
    if "in_migration" in coming:
        coming["in_migration"] = coming["in_migration"] * in_scale
    leaving = dict(inputs.exit_rates)
    if "out_migration" in leaving:
        leaving["out_migration"] = leaving["out_migration"] * out_scale
    scaled = Inputs(
        fertility=inputs.fertility,
        sex_ratio=inputs.sex_ratio,
        mortality=inputs.mortality,
        exit_rates=leaving,
        arrivals=coming,
        net=inputs.net,
        adjustment=inputs.adjustment,
    )
    return one_step(people, scaled, convention=convention, years=years)


def _check_negative(end: Array, layout: Layout, position: int) -> None:
    if not (end < 0.0).any():
        return
    dims = [*layout.outer, "sex", "age"]
    coords = {**layout.outer, "sex": list(SEXES), "age": layout.ages}
    people = xr.DataArray(end.reshape(*layout.shape, *end.shape[1:]), dims=dims, coords=coords)
    cell = first_cell(people < 0.0)
    year = int(layout.years[position])
    raise SchemaError(
        f"population: {int((end < 0.0).sum()):,} of {end.size:,} cells would hold fewer than no people at the end of "
        f"{year}; the first is {float(people.sel(cell)):.6g} at {describe_cell(cell)}, year {year}. More people are "
        "taken away than there are: lower the rates, or the net migration or adjustment, of that cell."
    )


def _accounts(
    people: list[Array], outcomes: list[Outcome], prepared: Prepared, flows: Sequence[str] | None
) -> Accounts:
    layout = prepared.layout
    bounds = np.append(layout.years, layout.years[-1] + layout.step)
    population = _labelled(people, layout, bounds, PERSONS)
    unit = count_unit(layout.step)
    kept = {
        name: _labelled([components[name] for components in map(_components, outcomes)], layout, layout.years, unit)
        for name in _components(outcomes[0])
        if flows is None or name in flows
    }
    return Accounts(population, xr.Dataset(kept))


def _components(outcome: Outcome) -> Mapping[str, Array]:
    found = {"births": outcome.births, "deaths": outcome.deaths, **outcome.exits, **outcome.arrivals}
    if outcome.net is not None:
        found["net_migration"] = outcome.net
    if outcome.adjustment is not None:
        found["adjustment"] = outcome.adjustment
    return found


def _labelled(parts: list[Array], layout: Layout, years: np.ndarray, unit: str) -> xr.DataArray:
    shape = (layout.units, len(SEXES), layout.ages.size)
    values = np.stack([np.broadcast_to(part, shape) for part in parts])
    values = np.moveaxis(values.reshape(len(parts), *layout.shape, *shape[1:]), 0, -1)
    coords = {**layout.outer, "sex": list(SEXES), "age": layout.ages, "year": years}
    return xr.DataArray(values, dims=[*layout.outer, "sex", "age", "year"], coords=coords, attrs={"units": unit})
