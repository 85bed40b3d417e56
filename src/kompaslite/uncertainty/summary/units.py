# ruff: noqa: PLR0917 - compiled functions take their arguments by position
"""One unit after the other by scalar loops: its assumptions are multiplied, it runs, and its age groups are summed.

What a unit needs stays in the cache from the first product to the last sum; only the sums go to memory. The loops are
plain lines, which numba compiles as they stand.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kompaslite.engine import Job, Results
from kompaslite.engine.cells import Rule, sum_of
from kompaslite.engine.loops import run_loops
from kompaslite.engine.pack import blocks_of, inputs_of, outputs_of, rule_of
from kompaslite.engine.rows import NAMES, Block, Inputs, Outputs, RowBuffers, buffers_for

Array = NDArray[Any]
#: Factors that all assumptions together may have; the loops are compiled for this number.
SLOTS = 24
BEGINS, ADDS, MULTIPLIES = range(3)


class Factors(NamedTuple):
    """Factors of all assumptions, in the order in which they act.

    ``values`` are ``[year, own, cell]`` each, of length 1 where all are alike; ``own`` is ``[slot, unit]``; ``name`` is
    the number of the assumption, and ``act`` whether the factor begins it, begins a further term, or multiplies.
    """

    values: tuple[Array, ...]
    own: Array
    name: Array
    act: Array


class OneUnit(NamedTuple):
    """What the loop over years takes, with room for one unit."""

    inputs: Inputs
    outputs: Outputs
    rule: Rule
    block: Block
    buffers: RowBuffers


class Kept(NamedTuple):
    """Where sums go: age groups as positions (none: every cell), the unit's place in the result, and room for it."""

    edges: Array
    places: Array
    both: Array
    term: Array


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """What many units are made of.

    Parameters
    ----------
    people : np.ndarray
        Persons on 1 January of the first year, ``[1, own, cell]``.
    own : np.ndarray
        Which of them each unit starts with, ``[unit]``.
    factors : Factors
        Of the assumptions.
    groups : sequence of tuple of int or None
        Age groups, as positions; None keeps every sex and age.
    places : np.ndarray
        Scenario, draw, origin and area of each unit, ``[unit, 4]``.
    """

    people: Array
    own: Array
    factors: Factors
    groups: Sequence[tuple[int, int]] | None
    places: Array


def factors_of(terms: Mapping[str, Sequence[Sequence[tuple[Array, Array]]]]) -> Factors | None:
    """Lay out factors for the loops."""
    rows = [
        (NAMES.index(name), MULTIPLIES if place else ADDS if term else BEGINS, *factor)
        for name, sums in terms.items()
        for term, factors in enumerate(sums)
        for place, factor in enumerate(factors)
    ]
    if len(rows) > SLOTS:
        return None
    spare = (np.zeros((1, 1, 1)),) * (SLOTS - len(rows))
    return Factors(
        values=(*(np.require(values, requirements=["C", "W"]) for _, _, values, _ in rows), *spare),
        own=np.stack([own for *_, own in rows]).astype(np.int64),
        name=np.array([name for name, *_ in rows], np.int64),
        act=np.array([act for _, act, *_ in rows], np.int64),
    )


def sums_of_units(one: Job, units: Units, out: Array, run: Callable[..., None] | None = None) -> bool:
    """Project units one by one, and keep the sums of age groups; whether none was broken or short."""
    inputs, results, ages = inputs_of(one), Results.empty(one), one.layout.ages.size
    unit = OneUnit(
        inputs, outputs_of(one, results, 1), rule_of(one), blocks_of(one, 1)[0], buffers_for(1, ages, one.dtype)
    )
    kept = Kept(
        edges=np.array(units.groups or [], np.int64).reshape(-1, 2),
        places=units.places,
        both=np.zeros(ages),
        term=np.zeros((one.layout.years.size, 1, 2 * ages)),
    )
    targets = (*inputs.cells, inputs.fertility, inputs.sex_ratio[..., None])
    (run or run_units)(unit, targets, units.factors, (units.people, units.own), kept, out)
    return not unit.outputs.broken.any() and int(unit.outputs.short.min()) == np.iinfo(np.int64).max


def run_units(
    one: OneUnit, targets: tuple[Array, ...], factors: Factors, start: tuple[Array, Array], kept: Kept, out: Array
) -> None:
    """Multiply, run and sum each unit."""
    for unit in range(kept.places.shape[0]):
        adding = False
        for slot in range(factors.act.shape[0]):
            target, values, act = targets[factors.name[slot]], factors.values[slot], factors.act[slot]
            adding = act == ADDS or (adding and act == MULTIPLIES)
            if adding:
                follow(kept.term, target.shape[0], target.shape[2], values, factors.own[slot, unit], act)
                if slot + 1 == factors.act.shape[0] or factors.act[slot + 1] != MULTIPLIES:
                    add_term(target, kept.term)
            else:
                follow(target, target.shape[0], target.shape[2], values, factors.own[slot, unit], act)
        people = one.outputs.population
        for cell in range(people.shape[2]):
            people[0, 0, cell] = start[0][0, start[1][unit], cell]
        run_loops(one.inputs, one.outputs, one.rule, one.block, one.buffers)
        sum_up(people, kept, unit, out)


def follow(into: Array, years: int, cells: int, values: Array, own: int, act: int) -> None:
    """Write a factor of one unit, or multiply by it; a factor of one year or cell counts for all."""
    timed, wide = values.shape[0] > 1, values.shape[2] > 1
    for year in range(years):
        at = year if timed else 0
        if wide and act == MULTIPLIES:
            for cell in range(cells):
                into[year, 0, cell] *= values[at, own, cell]
        elif wide:
            for cell in range(cells):
                into[year, 0, cell] = values[at, own, cell]
        elif act == MULTIPLIES:
            factor = values[at, own, 0]
            for cell in range(cells):
                into[year, 0, cell] *= factor
        else:
            factor = values[at, own, 0]
            for cell in range(cells):
                into[year, 0, cell] = factor


def add_term(into: Array, term: Array) -> None:
    """Add a complete term."""
    for year in range(into.shape[0]):
        for cell in range(into.shape[2]):
            into[year, 0, cell] += term[year, 0, cell]


def sum_up(people: Array, kept: Kept, unit: int, out: Array) -> None:
    """Sum the age groups of a unit in every year, or keep every cell."""
    scenario, draw, origin, area = kept.places[unit]
    ages = kept.both.shape[0]
    for year in range(people.shape[0]):
        if kept.edges.shape[0] == 0:
            for cell in range(people.shape[2]):
                out[scenario, origin, area, cell, year, draw] = people[year, 0, cell]
            continue
        for age in range(ages):
            kept.both[age] = people[year, 0, age] + people[year, 0, ages + age]
        for group in range(kept.edges.shape[0]):
            out[scenario, origin, area, group, year, draw] = sum_of(
                kept.both[kept.edges[group, 0] : kept.edges[group, 1]]
            )


#: Functions that numba compiles along with `run_units`.
HELPERS = (follow, add_term, sum_up)
