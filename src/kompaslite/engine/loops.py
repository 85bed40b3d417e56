# ruff: noqa: PLR0917 - compiled functions take their arguments by position
"""The loop over years as plain scalar lines, which numba compiles as they stand; it serves every job.

Every input is read once, and all of a cell is computed while it is at hand; results go through rows that stay in the
cache. How cells are computed stands in `kompaslite.engine.cells`, what people meet in `kompaslite.engine.rows`.
"""

from kompaslite.engine.arrays import Array
from kompaslite.engine.cells import (
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
from kompaslite.engine.rows import (
    ABROAD,
    ADJUSTMENT,
    ALLOTMENT,
    AT_RISK,
    FERTILITY,
    MOVES,
    OUT,
    SEX_RATIO,
    Block,
    Inputs,
    Outputs,
    RowBuffers,
    Run,
    bounds_of,
    bounds_of_rows,
    lay_out,
    place_of,
    places_of,
    resolve_cell,
    rows_of,
    staying_rates,
)


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
HELPERS = (move, move_rate, meeting, grow_older, open_age, adjust, births_from, grow_newborns, store, leave)
APART = (move_ages, move_newborns, allot, resolve_ages)
