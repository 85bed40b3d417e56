# ruff: noqa: PLR0917 - compiled functions take their arguments by position
"""What people meet in a year of the loop over years, and where it is read: in the assumptions, or in working memory.

In the common job - rates by the age reached, areas that are not coupled - the cells of the assumptions are read where
they lie. Rates by the age at start, net migration that joins early and moves between areas are first laid out in rows
of working memory.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from kompaslite.engine.arrays import Array
from kompaslite.engine.cells import (
    Bounds,
    Pair,
    Place,
    Places,
    Rule,
    add_row,
    clear_row,
    outside,
    shift_row,
)

#: Assumptions in the order in which the loops number them.
NAMES = (
    "mortality",
    "out_migration",
    "emigration",
    "in_migration",
    "immigration",
    "net_migration",
    "adjustment",
    "fertility",
    "sex_ratio_at_birth",
    "moves",
    "birth_allotment",
)
MORTALITY, OUT, ABROAD, COMING, IMMIGRATION, NET, ADJUSTMENT, FERTILITY, SEX_RATIO, MOVES, ALLOTMENT = range(11)
#: Flows in the order in which the loops number them.
FLOWS = ("births", "deaths", "out_migration", "emigration", "moves_out", "moves_in")
#: What is kept of those who were in the open age already: their rate of leaving, and who of them is at risk of it.
LEAVING, AT_RISK = 0, 1
_ANY: Pair = (-np.inf, np.inf)


class Inputs(NamedTuple):
    """Assumptions, each held once, and what is known of each.

    That is where every unit has its values, whether years differ, whether it is there at all, and its bounds.
    """

    cells: tuple[Array, Array, Array, Array, Array, Array, Array]
    fertility: Array
    sex_ratio: Array
    moves: Array
    allotment: Array
    own: Array
    timed: Array
    present: Array
    low: Array
    high: Array


class Outputs(NamedTuple):
    """Results; a flow that is not kept is not written."""

    population: Array
    flows: tuple[Array, Array, Array, Array, Array, Array]
    kept: Array
    clipped: Array
    broken: Array
    short: Array


class Block(NamedTuple):
    """The units to run, and the exit and the arrival if there is one only, by number, else -1."""

    leaving: int
    coming: int
    #: How many units in turn are coupled areas.
    areas: int
    first: int
    last: int
    number: int


class RowBuffers(NamedTuple):
    """Working memory of a group of areas, ``[0, area, cell]``; rates in it are by the age reached."""

    start: Array
    mortality: Array
    leaving: Array
    arriving: Array
    deaths: Array
    at_risk: Array
    flow: Array
    births: Array
    #: Rate of moving to other areas, by the age that the convention reads, and persons who have moved in.
    moving: Array
    moved: Array
    #: By age of the mother.
    fertility: Array
    children: Array
    #: By sex: children, who moves into the open age as it is entered, and `LEAVING` and `AT_RISK` of who stays in it.
    born: Array
    entering: Array
    staying: Array
    system: Array


class Rows(NamedTuple):
    """Where the people before ageing and what they meet are read: the assumptions themselves, or working memory."""

    start: Array
    mortality: Array
    leaving: Array
    arriving: Array
    fertility: Array


class Run(NamedTuple):
    """A block of units on its way."""

    inputs: Inputs
    outputs: Outputs
    rule: Rule
    block: Block
    buffers: RowBuffers
    rows: Rows
    bounds: Bounds


def buffers_for(areas: int, ages: int, dtype: DTypeLike) -> RowBuffers:
    """Working memory for groups of so many coupled areas."""
    cells, of_mothers, by_sex = (1, areas, 2 * ages), (1, areas, ages), (1, areas, 2)
    shapes = [cells] * 10 + [of_mothers] * 2 + [by_sex] * 2 + [(2, areas, 2), (areas, areas + 1)]
    return RowBuffers._make([np.zeros(shape, dtype) for shape in shapes])


def rows_of(inputs: Inputs, outputs: Outputs, rule: Rule, block: Block, buffers: RowBuffers) -> Rows:
    """Where a block reads what its people meet."""
    start, mortality, leaving, arriving = outputs.population, inputs.cells[MORTALITY], buffers.leaving, buffers.arriving
    fertility = inputs.fertility
    if joins_early(inputs, rule):
        start = buffers.start
    if rule.by_start:
        mortality = buffers.mortality
    if rule.by_start and rule.by_cohort:
        fertility = buffers.fertility
    if block.leaving >= 0:
        leaving = inputs.cells[block.leaving]
    if block.coming >= 0:
        arriving = inputs.cells[block.coming]
    return Rows(start, mortality, leaving, arriving, fertility)


def joins_early(inputs: Inputs, rule: Rule) -> bool:
    """Whether some of the net migration joins before the step."""
    return inputs.present[NET] > 0 and rule.net_at_start > 0.0


def place_of(inputs: Inputs, name: int, at: Place) -> Place:
    """Where a unit has its values of one assumption in a year."""
    return at[0] * inputs.timed[name], inputs.own[name, at[1]]


def bounds_of(inputs: Inputs, name: int) -> Pair:
    """Lowest and highest value of an assumption."""
    return inputs.low[name], inputs.high[name]


def places_of(run: Run, at: Place, row: Place) -> Places:
    """Where a unit has everything in a year."""
    inputs, rule, block = run.inputs, run.rule, run.block
    return (
        row if joins_early(inputs, rule) else at,
        at,
        row if rule.by_start else place_of(inputs, MORTALITY, at),
        place_of(inputs, block.leaving, at) if block.leaving >= 0 else row,
        place_of(inputs, block.coming, at) if block.coming >= 0 else row,
        row,
    )


# --- what is laid out in working memory before the people meet it ----------------------------------------------------


def lay_out(run: Run, at: Place, row: Place) -> int:
    """Rows that are not those of one assumption as it stands; counts what is out of bounds."""
    inputs, rule, buffers, broken = run.inputs, run.rule, run.buffers, 0
    if run.block.leaving < 0:
        broken += lay_leaving(run, at, row)
    if run.block.coming < 0:
        clear_row(buffers.arriving, row)
        for name in range(COMING, NET + 1):
            if inputs.present[name]:
                place, share = place_of(inputs, name, at), 1.0 - rule.net_at_start if name == NET else 1.0
                broken += outside(inputs.cells[name], place, bounds_of(inputs, name))
                add_row(inputs.cells[name], place, buffers.arriving, row, share)
    if joins_early(inputs, rule):
        join_early(run, at, row)
    if rule.by_start:
        broken += shift(inputs, MORTALITY, inputs.cells[MORTALITY], buffers.mortality, (at, row))
    if rule.by_start and rule.by_cohort:
        broken += shift(inputs, FERTILITY, inputs.fertility, buffers.fertility, (at, row))
        place = place_of(inputs, FERTILITY, at)
        if inputs.fertility[place[0], place[1], inputs.fertility.shape[2] - 1] != 0.0:
            broken += 1
    return broken


def shift(inputs: Inputs, name: int, values: Array, into: Array, places: tuple[Place, Place]) -> int:
    """Lay out a rate by the age reached; counts what is out of bounds."""
    place = place_of(inputs, name, places[0])
    shift_row(values, place, into, places[1], inputs.fertility.shape[2])
    return outside(values, place, bounds_of(inputs, name))


def lay_leaving(run: Run, at: Place, row: Place) -> int:
    """Rates of all exits together; counts what is out of bounds."""
    inputs, buffers, broken, ages = run.inputs, run.buffers, 0, run.inputs.fertility.shape[2]
    clear_row(buffers.leaving, row)
    for name in range(OUT, ABROAD + 1):
        if inputs.present[name]:
            place = place_of(inputs, name, at)
            broken += outside(inputs.cells[name], place, bounds_of(inputs, name))
            add_row(inputs.cells[name], place, buffers.leaving, row, 1.0)
    if inputs.present[MOVES]:
        year, own = place_of(inputs, MOVES, at)
        clear_row(buffers.moving, row)
        for destination in range(inputs.moves.shape[2]):
            broken += outside(inputs.moves[year], (own, destination), bounds_of(inputs, MOVES))
            add_row(inputs.moves[year], (own, destination), buffers.moving, row, 1.0)
        add_row(buffers.moving, row, buffers.leaving, row, 1.0)
    if run.rule.by_start:
        for sex in range(2):
            buffers.staying[LEAVING, row[1], sex] = buffers.leaving[0, row[1], (sex + 1) * ages - 1]
        shift_row(buffers.leaving, row, buffers.leaving, row, ages)
    return broken


def join_early(run: Run, at: Place, row: Place) -> None:
    """Let the early share of net migration join at its age before ageing."""
    net, place, ages = run.inputs.cells[NET], place_of(run.inputs, NET, at), run.inputs.fertility.shape[2]
    for cell in range(net.shape[2]):
        before = run.outputs.population[at[0], at[1], cell]
        joining = run.rule.net_at_start * net[place[0], place[1], cell]
        early = before + joining
        if early < 0.0:
            reached = cell if cell % ages == ages - 1 else cell + 1
            early = resolve_cell(run, at, reached, (early, before + abs(joining)))
        run.buffers.start[row[0], row[1], cell] = early


def staying_rates(run: Run, at: Place, who: Place) -> Pair:
    """Mortality and rate of leaving of those who were in the open age already, where rates are by the age at start."""
    (area, sex), place, ages = who, place_of(run.inputs, MORTALITY, at), run.inputs.fertility.shape[2]
    mortality = run.inputs.cells[MORTALITY][place[0], place[1], (sex + 1) * ages - 1]
    return mortality, run.buffers.staying[LEAVING, area, sex]


def bounds_of_rows(inputs: Inputs, rule: Rule, block: Block) -> Bounds:
    """Bounds of what is read where it lies; what is laid out has been checked."""
    mortality = leaving = arriving = _ANY
    if not rule.by_start:
        mortality = bounds_of(inputs, MORTALITY)
    if block.leaving >= 0:
        leaving = bounds_of(inputs, block.leaving)
    if block.coming >= 0:
        arriving = bounds_of(inputs, block.coming)
    return mortality, leaving, arriving


def resolve_cell(run: Run, at: Place, cell: int, persons: Pair) -> float:
    """Resolve a cell below zero, and note what was added or that it is short (`kompaslite.engine.step`)."""
    outputs, (held, passing) = run.outputs, persons
    if held >= -run.rule.rounding * passing:
        return 0.0
    if run.rule.clip:
        outputs.clipped[at[0], at[1], cell] -= held
        return 0.0
    outputs.short[run.block.number] = min(outputs.short[run.block.number], at[0])
    return held


#: Functions that numba compiles along with the loop over years: those of the common job into it, the others apart.
HELPERS = (
    rows_of,
    joins_early,
    place_of,
    bounds_of,
    bounds_of_rows,
    places_of,
    lay_out,
    staying_rates,
    resolve_cell,
)
APART = (shift, lay_leaving, join_early)
