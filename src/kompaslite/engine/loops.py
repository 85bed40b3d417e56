# ruff: noqa: PLR0917 - compiled functions take their arguments by position
"""The step as plain scalar loops: what the arrays mean, spelled out; numba compiles these same lines.

Rates and arrivals are laid out by cohort in a small table, one per area of a coupled group
(`kompaslite.engine.tables`); there every convention is one formula. Then events are taken by the age reached. This
serves every job; the direct loops are held to it by tests.
"""

from typing import NamedTuple

from kompaslite.engine.arrays import Array
from kompaslite.engine.scalars import (
    ABROAD,
    ADJUSTMENT,
    ALLOTMENT,
    COMING,
    FERTILITY,
    IMMIGRATION,
    MORTALITY,
    MOVES,
    NET,
    OUT,
    SEX_RATIO,
    Given,
    Rule,
    Taken,
    outside,
    settle_cell,
    solve,
    sum_of,
    target,
)
from kompaslite.engine.tables import (
    ABROADS,
    ADJUSTING,
    ARRIVING,
    BY_DEATH,
    BY_EXIT,
    CHILDREN,
    DEATHS,
    END,
    MOVED_IN,
    MOVED_OUT,
    OUTS,
    START,
    Room,
    couple,
    expose,
    happen,
    lay_counts,
    lay_rate,
    lay_start,
    leave,
    passing_through,
    take,
)


class Group(NamedTuple):
    """One step of a group of coupled areas: the year, its first unit, and the block that it runs in."""

    year: int
    first: int
    block: int


def run_tables(given: Given, taken: Taken, rule: Rule, span: tuple[int, int, int], room: Room) -> None:
    """Run all years of a block of units."""
    first, last, block = span
    for year in range(taken.population.shape[0] - 1):
        for group in range(first, last, room.tables.shape[0]):
            step_group(given, taken, rule, room, Group(year, group, block))


def step_group(given: Given, taken: Taken, rule: Rule, room: Room, group: Group) -> None:
    """One step of a group: cohorts laid out, coupled, carried on; then births, and the newborn."""
    areas = room.tables.shape[0]
    for area in range(areas):
        lay_out(given, taken, rule, room.tables[area], Group(group.year, group.first + area, group.block))
    if given.present[MOVES]:
        lay_moves(given, taken, rule, room, group)
    for area in range(areas):
        expose(room.tables[area], rule)
    if given.present[MOVES]:
        for sex in range(2):
            for cohort in range(1, room.tables.shape[3]):
                couple(room, sex, cohort, (rule.of_death, rule.of_exit))
    for area in range(areas):
        table = room.tables[area]
        if leave(table):
            settle_table(taken, rule, table, Group(group.year, group.first + area, group.block))
        bear(given, taken, rule, table, Group(group.year, group.first + area, group.block))
    if given.present[ALLOTMENT]:
        allot(given, taken, room, group)
    grow_newborns(given, taken, rule, room, group)
    for area in range(areas):
        store(given, taken, room.tables[area], Group(group.year, group.first + area, group.block))


def lay_out(given: Given, taken: Taken, rule: Rule, table: Array, group: Group) -> None:
    """Rates, arrivals and people of one unit by cohort; counts what is out of bounds."""
    year, unit = group.year, group.first
    broken = 0
    for row, name in ((DEATHS, MORTALITY), (OUTS, OUT), (ABROADS, ABROAD)):
        if given.present[name]:
            place = year * given.timed[name], given.own[name, unit]
            broken += outside(given.cells[name], place, given.low[name], given.high[name])
            lay_rate(given.cells[name], place, rule.by_start, table[row])
    table[MOVED_IN] = table[ARRIVING] = table[ADJUSTING] = 0.0
    for name in (COMING, IMMIGRATION, NET, ADJUSTMENT):
        if given.present[name]:
            place = year * given.timed[name], given.own[name, unit]
            broken += outside(given.cells[name], place, given.low[name], given.high[name])
            share = 1.0 - rule.net_at_start if name == NET else 1.0
            lay_counts(given.cells[name], place, share, table[ADJUSTING if name == ADJUSTMENT else ARRIVING])
    lay_start(taken.population, (year, unit), table[START])
    if given.present[NET] and rule.net_at_start > 0.0:
        join_early(given, taken, rule, table, group)
    taken.broken[group.block] += broken


def join_early(given: Given, taken: Taken, rule: Rule, table: Array, group: Group) -> None:
    """Let the early share of net migration join at its age before ageing."""
    net, ages = given.cells[NET], table.shape[2] - 1
    year, own = group.year * given.timed[NET], given.own[NET, group.first]
    for sex in range(2):
        for age in range(ages):
            joining = rule.net_at_start * net[year, own, sex * ages + age]
            before = table[START, sex, age + 1]
            table[START, sex, age + 1] += joining
            if before + joining < 0.0:
                reached = sex * ages + min(age + 1, ages - 1)
                passing = before + abs(joining)
                persons = before + joining, passing
                place = group.year, group.first, group.block, reached
                table[START, sex, age + 1] = settle_cell(taken, rule, place, persons)


def lay_moves(given: Given, taken: Taken, rule: Rule, room: Room, group: Group) -> None:
    """Rates between the areas of a group by cohort, and of each area to all others."""
    year, broken = group.year * given.timed[MOVES], 0
    areas, cohorts = room.tables.shape[0], room.tables.shape[3]
    for origin in range(areas):
        own = given.own[MOVES, group.first + origin]
        room.tables[origin, MOVED_OUT] = 0.0
        for destination in range(areas):
            place = own, destination
            broken += outside(given.moves[year], place, given.low[MOVES], given.high[MOVES])
            lay_rate(given.moves[year], place, rule.by_start, room.moves[origin, destination])
            for sex in range(2):
                for cohort in range(cohorts):
                    room.tables[origin, MOVED_OUT, sex, cohort] += room.moves[origin, destination, sex, cohort]
    taken.broken[group.block] += broken


def settle_table(taken: Taken, rule: Rule, table: Array, group: Group) -> None:
    """Settle the cells below zero, but not those of newborns."""
    ages = table.shape[2] - 1
    for sex in range(2):
        for age in range(1, ages):
            if table[END, sex, age] < 0.0:
                passing = passing_through(table, sex, age)
                if age == ages - 1:
                    passing += passing_through(table, sex, age + 1)
                persons = table[END, sex, age], passing
                place = group.year, group.first, group.block, sex * ages + age
                table[END, sex, age] = settle_cell(taken, rule, place, persons)


def bear(given: Given, taken: Taken, rule: Rule, table: Array, group: Group) -> None:
    """Births by sex of the child and age of the mother."""
    year, own = group.year * given.timed[FERTILITY], given.own[FERTILITY, group.first]
    ratio = given.sex_ratio[group.year * given.timed[SEX_RATIO], given.own[SEX_RATIO, group.first]]
    broken = outside(given.fertility, (year, own), given.low[FERTILITY], given.high[FERTILITY])
    if not (ratio >= given.low[SEX_RATIO] and ratio <= given.high[SEX_RATIO]):
        broken += 1
    if given.fertility[year, own, 0] != 0.0 or (
        rule.by_start * rule.by_cohort and given.fertility[year, own, -1] != 0.0
    ):
        broken += 1
    ages, share, shift = table.shape[2] - 1, 1.0 / (1.0 + ratio), rule.by_start * rule.by_cohort
    table[CHILDREN] = 0.0
    for age in range(1, ages):
        start = table[START, 0, age]
        if age == ages - 1:
            start += table[START, 0, ages]
        before = start if rule.by_cohort else table[START, 0, age + 1]
        after = start - table[DEATHS, 0, age] if rule.survivors else table[END, 0, age]
        rate = given.fertility[year, own, age - shift]
        born = rule.years * rate * (rule.women_start * before + rule.women_end * after)
        table[CHILDREN, 0, age] = born * share
        table[CHILDREN, 1, age] = born - born * share
    taken.broken[group.block] += broken


def allot(given: Given, taken: Taken, room: Room, group: Group) -> None:
    """Count every child in the area that it is allotted to, by the age of its mother."""
    areas, ages, year = room.tables.shape[0], room.tables.shape[3] - 1, group.year * given.timed[ALLOTMENT]
    broken = 0
    # the row of exposures is free by now
    for area in range(areas):
        room.tables[area, BY_DEATH] = 0.0
        for origin in range(areas):
            share = given.allotment[year, given.own[ALLOTMENT, group.first + origin], area]
            if not (share >= given.low[ALLOTMENT] and share <= given.high[ALLOTMENT]):
                broken += 1
            for sex in range(2):
                for age in range(ages):
                    room.tables[area, BY_DEATH, sex, age] += share * room.tables[origin, CHILDREN, sex, age]
    for area in range(areas):
        for sex in range(2):
            for age in range(ages):
                room.tables[area, CHILDREN, sex, age] = room.tables[area, BY_DEATH, sex, age]
    taken.broken[group.block] += broken


def grow_newborns(given: Given, taken: Taken, rule: Rule, room: Room, group: Group) -> None:
    """Let the newborn cohorts go through the same two equations, with the shares of infants."""
    shares = rule.of_infant_death, rule.of_infant_exit
    ages = room.tables.shape[3] - 1
    for sex in range(2):
        for area in range(room.tables.shape[0]):
            table = room.tables[area]
            table[START, sex, 0] = sum_of(table[CHILDREN, sex])
            people = table[START, sex, 0], table[ARRIVING, sex, 0]
            leaving = table[OUTS, sex, 0] + table[ABROADS, sex, 0] + table[MOVED_OUT, sex, 0]
            rates = table[DEATHS, sex, 0], leaving
            table[BY_DEATH, sex, 0], table[BY_EXIT, sex, 0] = solve(people, rates, shares[0], shares[1])
        if given.present[MOVES]:
            couple(room, sex, 0, shares)
        for area in range(room.tables.shape[0]):
            table = room.tables[area]
            happen(table, sex, 0, 1)
            if table[END, sex, 0] < 0.0:
                persons = table[END, sex, 0], passing_through(table, sex, 0)
                place = group.year, group.first + area, group.block, sex * ages
                table[END, sex, 0] = settle_cell(taken, rule, place, persons)


def store(given: Given, taken: Taken, table: Array, group: Group) -> None:
    """Take the rows of the table by age reached."""
    place = group.year + 1, group.first
    take(table[END], taken.population, place)
    rows = (CHILDREN, DEATHS, OUTS, ABROADS, MOVED_OUT, MOVED_IN)
    names = (MORTALITY, MORTALITY, OUT, ABROAD, MOVES, MOVES)
    for flow in range(6):
        if given.present[names[flow]]:
            place = target(taken.kept[flow], group.block, group.year, group.first)
            take(table[rows[flow]], taken.flows[flow], place)


#: Functions that numba compiles along with `run_tables`.
HELPERS = (
    step_group,
    lay_out,
    join_early,
    lay_moves,
    settle_table,
    bear,
    allot,
    grow_newborns,
    store,
)
