# ruff: noqa: PLR0917 - compiled functions take their arguments by position
"""The loop over years as plain scalar lines, which numba compiles as they stand; it serves every job.

Every input is read once, and all of a cell is computed while it is at hand; results go through rows that stay in the
cache. In the common job - rates by the age reached, areas that are not coupled - the cells of the assumptions are read
where they lie. Rates by the age at start, net migration that joins early and moves between areas are first laid out in
rows of working memory, and then go through the same lines. How cells are computed stands in `kompaslite.engine.cells`.
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
    bear,
    clear_row,
    cross,
    eliminate,
    outside,
    shift_row,
    solve,
    spread,
    store_row,
    sum_of,
)
from kompaslite.engine.convention import Shares

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
    cells = (np.zeros((1, areas, 2 * ages), dtype) for _ in range(10))
    of_mothers = (np.zeros((1, areas, ages), dtype) for _ in range(2))
    by_sex = (np.zeros((rows, areas, 2), dtype) for rows in (1, 1, 2))
    return RowBuffers(*cells, *of_mothers, *by_sex, np.zeros((areas, areas + 1), dtype))


def run_loops(inputs: Inputs, outputs: Outputs, rule: Rule, block: Block, buffers: RowBuffers) -> None:
    """Run all years of a block of units."""
    bounds = bounds_of_rows(inputs, rule, block)
    run = Run(inputs, outputs, rule, block, buffers, rows_of(inputs, outputs, rule, block, buffers), bounds)
    for year in range(outputs.population.shape[0] - 1):
        for first in range(block.first, block.last, block.areas):
            broken = 0
            for area in range(block.areas):
                broken += lay_out(run, (year, first + area), (0, area))
            if inputs.present[MOVES]:
                move_ages(run, (year, first))
            for area in range(block.areas):
                broken += grow_older(run, places_of(run, (year, first + area), (0, area)))
            if inputs.present[ALLOTMENT]:
                broken += allot(run, (year, first))
            if inputs.present[MOVES]:
                move_newborns(run, (year, first))
            for area in range(block.areas):
                broken += grow_newborns(run, places_of(run, (year, first + area), (0, area)))
                store(run, (year, first + area), (0, area))
            outputs.broken[block.number] += broken


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


# --- moves between coupled areas -------------------------------------------------------------------------------------


def move_ages(run: Run, group: Place) -> None:
    """Let everyone but the newborn move between the areas of a group.

    Cohorts run from the newborn to those who were in the open age already, one more than there are ages.
    """
    for sex in range(2):
        for cohort in range(1, run.inputs.fertility.shape[2] + 1):
            move(run, group, (sex, cohort), (run.rule.of_death, run.rule.of_exit))


def move_newborns(run: Run, group: Place) -> None:
    """Let the newborn move between the areas of a group."""
    for sex in range(2):
        move(run, group, (sex, 0), (run.rule.of_infant_death, run.rule.of_infant_exit))


def move(run: Run, group: Place, who: Place, shares: tuple[Shares, Shares]) -> None:
    """Let a cohort move between areas, in one linear system: who arrives may leave again within the step."""
    system, (year, first), (sex, cohort) = run.buffers.system, group, who
    areas, ages = run.block.areas, run.inputs.fertility.shape[2]
    cell = sex * ages + min(cohort, ages - 1)
    for area in range(areas):
        people, rates = meeting(run, (year, first + area), (0, area), who)
        per_arrival = solve((0.0, 1.0), rates, shares[0], shares[1])[1]
        for origin in range(areas):
            system[area, origin] = -per_arrival * move_rate(run, (year, first + origin), area, who)
        system[area, area] += 1.0
        system[area, areas] = solve(people, rates, shares[0], shares[1])[1]
    eliminate(system)
    for area in range(areas):
        moved = 0.0
        for origin in range(areas):
            moved += move_rate(run, (year, first + origin), area, who) * system[origin, areas]
        if cohort == ages - 1:
            run.buffers.entering[0, area, sex] = moved
        else:
            run.buffers.arriving[0, area, cell] += moved
        run.buffers.moved[0, area, cell] = moved
        if cohort == ages:
            run.buffers.moved[0, area, cell] += run.buffers.entering[0, area, sex]


def move_rate(run: Run, origin: Place, destination: int, who: Place) -> float:
    """Rate at which a cohort moves from one area to another."""
    (sex, cohort), ages, place = who, run.inputs.fertility.shape[2], place_of(run.inputs, MOVES, origin)
    age = cohort - 1 if run.rule.by_start else min(cohort, ages - 1)
    return 0.0 if age < 0 else float(run.inputs.moves[place[0], place[1], destination, sex * ages + age])


def meeting(run: Run, at: Place, row: Place, who: Place) -> tuple[Pair, Pair]:
    """People of a cohort and those who join it, and its mortality and rate of leaving."""
    rows, (sex, cohort), ages = run.rows, who, run.inputs.fertility.shape[2]
    (s0, s1), _, (m0, m1), (l0, l1), (a0, a1), _ = places_of(run, at, row)
    cell = sex * ages + min(cohort, ages - 1)
    start = run.buffers.born[0, row[1], sex] if cohort == 0 else rows.start[s0, s1, sex * ages + cohort - 1]
    coming = 0.0 if cohort == ages - 1 else rows.arriving[a0, a1, cell]
    rates = rows.mortality[m0, m1, cell], rows.leaving[l0, l1, cell]
    if cohort == ages and run.rule.by_start:
        rates = staying_rates(run, at, (row[1], sex))
    return (start, coming), rates


def staying_rates(run: Run, at: Place, who: Place) -> Pair:
    """Mortality and rate of leaving of those who were in the open age already, where rates are by the age at start."""
    (area, sex), place, ages = who, place_of(run.inputs, MORTALITY, at), run.inputs.fertility.shape[2]
    mortality = run.inputs.cells[MORTALITY][place[0], place[1], (sex + 1) * ages - 1]
    return mortality, run.buffers.staying[LEAVING, area, sex]


# --- the year of a unit ----------------------------------------------------------------------------------------------


def grow_older(run: Run, places: Places) -> int:
    """Carry on everyone who was there, and count their children; counts what is out of bounds."""
    inputs, rows, buffers, people = run.inputs, run.rows, run.buffers, run.outputs.population
    at, into, terms = places[1], (buffers.deaths, buffers.at_risk), (run.bounds, run.rule)
    broken, low = cross(rows.start, people, rows.mortality, rows.leaving, rows.arriving, into, places, terms)
    low += open_age(run, places)
    if inputs.present[ADJUSTMENT]:
        found, low = adjust(inputs, people, at, 1)
        broken += found
    if low:
        resolve_ages(run, places)
    return broken + births_from(run, places)


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


def open_age(run: Run, places: Places) -> int:
    """Carry on the two cohorts that meet in the open age; counts cells below zero."""
    rows, rule, buffers, people, ages = (
        run.rows,
        run.rule,
        run.buffers,
        run.outputs.population,
        run.buffers.children.shape[2],
    )
    (s0, s1), (year, unit), (m0, m1), (l0, l1), (a0, a1), (r0, r1) = places
    low = 0
    for sex in range(2):
        cell = (sex + 1) * ages - 1
        entering, own = (rows.start[s0, s1, cell - 1], buffers.entering[0, r1, sex]), rows.start[s0, s1, cell]
        coming, rates = rows.arriving[a0, a1, cell], (rows.mortality[m0, m1, cell], rows.leaving[l0, l1, cell])
        if rule.by_start:
            stay = staying_rates(run, places[1], (r1, sex))
            by_death, by_exit = solve((own, coming), stay, rule.of_death, rule.of_exit)
            died, left = stay[0] * by_death, stay[1] * by_exit
            buffers.staying[AT_RISK, r1, sex] = by_exit
            end = own - died - left + coming
            own = coming = 0.0
        else:
            died = end = 0.0
        start, joining = entering[0] + own, entering[1] + coming
        by_death, by_exit = solve((start, joining), rates, rule.of_death, rule.of_exit)
        buffers.deaths[r0, r1, cell] = died + rates[0] * by_death
        buffers.at_risk[r0, r1, cell] = by_exit
        people[year + 1, unit, cell] = start - rates[0] * by_death - rates[1] * by_exit + joining + end
        if people[year + 1, unit, cell] < 0.0:
            low += 1
    return low


def adjust(inputs: Inputs, people: Array, at: Place, first_age: int) -> Place:
    """Add the adjustment of newborns, or of all older; counts values out of bounds, and cells below zero."""
    adjustment, place = inputs.cells[ADJUSTMENT], place_of(inputs, ADJUSTMENT, at)
    ages, low = people.shape[2] // 2, 0
    for sex in range(2):
        for age in range(first_age, ages if first_age else 1):
            people[at[0] + 1, at[1], sex * ages + age] += adjustment[place[0], place[1], sex * ages + age]
            if people[at[0] + 1, at[1], sex * ages + age] < 0.0:
                low += 1
    return outside(adjustment, place, bounds_of(inputs, ADJUSTMENT)), low


def births_from(run: Run, places: Places) -> int:
    """Births by sex of the child and age of the mother; counts values out of bounds."""
    inputs, buffers, at, area, broken = run.inputs, run.buffers, places[1], places[5][1], 0
    ratio_place, place = place_of(inputs, SEX_RATIO, at), place_of(inputs, FERTILITY, at)
    if inputs.fertility[place[0], place[1], 0] != 0.0:
        broken += 1
    terms = bounds_of(inputs, FERTILITY), run.rule
    if run.rule.by_start and run.rule.by_cohort:
        place = places[5]
    both = places, place
    people = run.outputs.population
    broken += bear(run.rows.start, people, buffers.deaths, run.rows.fertility, buffers.children, both, terms)
    ratio, ages = inputs.sex_ratio[ratio_place[0], ratio_place[1]], buffers.children.shape[2]
    if not (ratio >= inputs.low[SEX_RATIO] and ratio <= inputs.high[SEX_RATIO]):
        broken += 1
    share = 1.0 / (1.0 + ratio)
    children = buffers.children[0, area]
    girls, boys = buffers.births[0, area, :ages], buffers.births[0, area, ages:]
    for age in range(1, ages):
        girls[age] = children[age] * share
        boys[age] = children[age] * (1.0 - share)
    born = sum_of(children[1:])
    buffers.born[0, area, 0], buffers.born[0, area, 1] = born * share, born * (1.0 - share)
    return broken


def allot(run: Run, group: Place) -> int:
    """Count every child in the area that it is allotted to, by the age of its mother; counts shares out of bounds."""
    inputs, buffers, areas, broken = run.inputs, run.buffers, run.block.areas, 0
    for area in range(areas):
        clear_row(buffers.flow, (0, area))
        for origin in range(areas):
            year, own = place_of(inputs, ALLOTMENT, (group[0], group[1] + origin))
            share = inputs.allotment[year, own, area]
            if not (share >= inputs.low[ALLOTMENT] and share <= inputs.high[ALLOTMENT]):
                broken += 1
            add_row(buffers.births, (0, origin), buffers.flow, (0, area), share)
    for area in range(areas):
        clear_row(buffers.births, (0, area))
        add_row(buffers.flow, (0, area), buffers.births, (0, area), 1.0)
        for sex in range(2):
            ages = buffers.children.shape[2]
            buffers.born[0, area, sex] = sum_of(buffers.births[0, area, sex * ages : (sex + 1) * ages])
    return broken


def grow_newborns(run: Run, places: Places) -> int:
    """Let the newborn cohorts go through the same equations; counts inputs out of bounds."""
    rule, buffers, people, broken = run.rule, run.buffers, run.outputs.population, 0
    _, at, (m0, m1), (l0, l1), (a0, a1), row = places
    bounds, ages = run.bounds, buffers.children.shape[2]
    for sex in range(2):
        start = buffers.born[0, row[1], sex], run.rows.arriving[a0, a1, sex * ages]
        rates = run.rows.mortality[m0, m1, sex * ages], run.rows.leaving[l0, l1, sex * ages]
        for value, (low, high) in ((rates[0], bounds[0]), (rates[1], bounds[1]), (start[1], bounds[2])):
            if not (value >= low and value <= high):
                broken += 1
        by_death, by_exit = solve(start, rates, rule.of_infant_death, rule.of_infant_exit)
        cell = sex * ages
        buffers.deaths[0, row[1], cell] = rates[0] * by_death
        buffers.at_risk[0, row[1], cell] = by_exit
        people[at[0] + 1, at[1], cell] = start[0] - rates[0] * by_death - rates[1] * by_exit + start[1]
    if run.inputs.present[ADJUSTMENT]:
        adjust(run.inputs, people, at, 0)
    for sex in range(2):
        cell = sex * ages
        held = people[at[0] + 1, at[1], cell]
        if held < 0.0:
            passing = buffers.born[0, row[1], sex] + abs(run.rows.arriving[a0, a1, cell])
            people[at[0] + 1, at[1], cell] = resolve_cell(run, at, cell, (held, passing))
    return broken


# --- cells below zero, and results -----------------------------------------------------------------------------------


def resolve_ages(run: Run, places: Places) -> None:
    """Resolve the cells below zero, but not those of newborns."""
    people, start, ((s0, s1), (year, unit), _, _, (a0, a1), _) = run.outputs.population, run.rows.start, places
    ages = people.shape[2] // 2
    for cell in range(people.shape[2]):
        if cell % ages and people[year + 1, unit, cell] < 0.0:
            passing = start[s0, s1, cell - 1] + abs(run.rows.arriving[a0, a1, cell])
            if cell % ages == ages - 1:
                passing += start[s0, s1, cell]
            held = people[year + 1, unit, cell]
            people[year + 1, unit, cell] = resolve_cell(run, (year, unit), cell, (held, passing))


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


def store(run: Run, at: Place, row: Place) -> None:
    """Write the flows that are kept."""
    inputs, outputs, buffers, stream = run.inputs, run.outputs, run.buffers, run.rule.stream
    if outputs.kept[0]:
        store_row(buffers.births, outputs.flows[0], (row, at), stream)
    if outputs.kept[1]:
        store_row(buffers.deaths, outputs.flows[1], (row, at), stream)
    if outputs.kept[2]:
        leave(run, inputs.cells[OUT], place_of(inputs, OUT, at), row)
        store_row(buffers.flow, outputs.flows[2], (row, at), stream)
    if outputs.kept[3]:
        leave(run, inputs.cells[ABROAD], place_of(inputs, ABROAD, at), row)
        store_row(buffers.flow, outputs.flows[3], (row, at), stream)
    if outputs.kept[4]:
        leave(run, buffers.moving, row, row)
        store_row(buffers.flow, outputs.flows[4], (row, at), stream)
    if outputs.kept[5]:
        store_row(buffers.moved, outputs.flows[5], (row, at), stream)


def leave(run: Run, rate: Array, place: Place, row: Place) -> None:
    """Persons of one exit, laid out as a flow."""
    buffers, ages = run.buffers, run.buffers.children.shape[2]
    if not run.rule.by_start:
        spread(rate, place, buffers.at_risk, buffers.flow, row)
        return
    shift_row(rate, place, buffers.flow, row, ages)
    spread(buffers.flow, row, buffers.at_risk, buffers.flow, row)
    for sex in range(2):
        last = (sex + 1) * ages - 1
        buffers.flow[0, row[1], last] += rate[place[0], place[1], last] * buffers.staying[AT_RISK, row[1], sex]


#: Functions that numba compiles along with `run_loops`: those of the common job into it, the others apart.
HELPERS = (
    rows_of,
    joins_early,
    place_of,
    bounds_of,
    places_of,
    lay_out,
    move_rate,
    meeting,
    staying_rates,
    move,
    grow_older,
    bounds_of_rows,
    open_age,
    adjust,
    births_from,
    grow_newborns,
    resolve_cell,
    store,
    leave,
)
APART = (shift, lay_leaving, join_early, move_ages, move_newborns, allot, resolve_ages)
