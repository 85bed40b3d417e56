"""The working table of cohorts, ``[row, sex, cohort]``: rates and persons in, events out.

A *cohort* runs from 0 to the number of ages: cohort 0 is born in the step, cohort c starts at age c - 1, and the last
two meet in the open age.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from kompaslite.engine.arrays import Array
from kompaslite.engine.convention import Shares
from kompaslite.engine.scalars import Place, Rule, eliminate, solve

# rows of the table; a row of rates becomes one of persons once the exposures are known
START, DEATHS, OUTS, ABROADS, MOVED_OUT, MOVED_IN, ARRIVING, ADJUSTING, BY_DEATH, BY_EXIT, END, CHILDREN = range(12)
_ROWS = 12


class Room(NamedTuple):
    """Working memory of a group: a table per area, its coupled rates, and a linear system."""

    tables: Array
    moves: Array
    system: Array


def room_for(areas: int, ages: int, dtype: DTypeLike) -> Room:
    """Working memory for groups of so many coupled areas."""
    return Room(
        np.zeros((areas, _ROWS, 2, ages + 1), dtype),
        np.zeros((areas, areas, 2, ages + 1), dtype),
        np.zeros((areas, areas + 1), dtype),
    )


def lay_rate(values: Array, place: Place, by_start: int, row: Array) -> None:
    """Rates by cohort; read by the age at start, a newborn cohort has none."""
    ages = values.shape[2] // 2
    for sex in range(2):
        source, cohorts = values[place[0], place[1], sex * ages : (sex + 1) * ages], row[sex]
        if by_start:
            older = cohorts[1:]
            for age in range(ages):
                older[age] = source[age]
            cohorts[0] = 0.0
        else:
            for age in range(ages):
                cohorts[age] = source[age]
            cohorts[ages] = source[ages - 1]


def lay_counts(values: Array, place: Place, share: float, row: Array) -> None:
    """Add persons to the cohorts that they join; in the open age that is the cohort that was in it before."""
    ages = values.shape[2] // 2
    for sex in range(2):
        source, cohorts = values[place[0], place[1], sex * ages : (sex + 1) * ages], row[sex]
        for age in range(ages - 1):
            cohorts[age] += share * source[age]
        cohorts[ages] += share * source[ages - 1]


def lay_start(people: Array, place: Place, row: Array) -> None:
    """People by cohort: who is aged c - 1 at the start is in cohort c."""
    ages = people.shape[2] // 2
    for sex in range(2):
        source, older = people[place[0], place[1], sex * ages : (sex + 1) * ages], row[sex, 1:]
        for age in range(ages):
            older[age] = source[age]


def expose(table: Array, rule: Rule) -> None:
    """Exposures of all cohorts but the newborn, as if no area were coupled."""
    for sex in range(2):
        start, arriving, mortality = table[START, sex], table[ARRIVING, sex], table[DEATHS, sex]
        out, abroad, moving = table[OUTS, sex], table[ABROADS, sex], table[MOVED_OUT, sex]
        by_death, by_exit = table[BY_DEATH, sex], table[BY_EXIT, sex]
        for cohort in range(1, table.shape[2]):
            people = start[cohort], arriving[cohort]
            rates = mortality[cohort], out[cohort] + abroad[cohort] + moving[cohort]
            by_death[cohort], by_exit[cohort] = solve(people, rates, rule.of_death, rule.of_exit)


def leave(table: Array) -> int:
    """Events and people at the end by age reached; returns how many cells are below zero."""
    last, low = table.shape[2] - 2, 0
    for sex in range(2):
        happen(table, sex, 1, last + 2)
        for row in range(DEATHS, MOVED_IN + 1):
            table[row, sex, last] += table[row, sex, last + 1]
        end = table[END, sex]
        end[last] += end[last + 1]
        for age in range(1, last + 1):
            if end[age] < 0.0:
                low += 1
    return low


def happen(table: Array, sex: int, first: int, behind: int) -> None:
    """Turn the rates of some cohorts into persons, and count who is left."""
    by_death, by_exit, end = table[BY_DEATH, sex], table[BY_EXIT, sex], table[END, sex]
    start, arriving = table[START, sex], table[ARRIVING, sex]
    adjusting, moved_in = table[ADJUSTING, sex], table[MOVED_IN, sex]
    for cohort in range(first, behind):
        end[cohort] = start[cohort] + arriving[cohort] + adjusting[cohort] + moved_in[cohort]
    for row in range(DEATHS, MOVED_OUT + 1):
        events, at_risk = table[row, sex], by_death if row == DEATHS else by_exit
        for cohort in range(first, behind):
            events[cohort] *= at_risk[cohort]
            end[cohort] -= events[cohort]


def passing_through(table: Array, sex: int, cohort: int) -> float:
    """People who start in a cohort or join it, of either sign."""
    joining = abs(table[ARRIVING, sex, cohort]) + abs(table[ADJUSTING, sex, cohort])
    return float(table[START, sex, cohort] + joining)


def couple(room: Room, sex: int, cohort: int, shares: tuple[Shares, Shares]) -> None:
    """Let people move between areas, in one linear system: who arrives may leave again within the step."""
    areas, system = room.system.shape[0], room.system
    for area in range(areas):
        table = room.tables[area]
        leaving = table[OUTS, sex, cohort] + table[ABROADS, sex, cohort] + table[MOVED_OUT, sex, cohort]
        rates = table[DEATHS, sex, cohort], leaving
        per_arrival = solve((0.0, 1.0), rates, shares[0], shares[1])[1]
        for origin in range(areas):
            system[area, origin] = -per_arrival * room.moves[origin, area, sex, cohort]
        system[area, area] += 1.0
        people = table[START, sex, cohort], table[ARRIVING, sex, cohort]
        system[area, areas] = solve(people, rates, shares[0], shares[1])[1]
    eliminate(system)
    for area in range(areas):
        table = room.tables[area]
        moved = 0.0
        for origin in range(areas):
            moved += room.moves[origin, area, sex, cohort] * system[origin, areas]
        leaving = table[OUTS, sex, cohort] + table[ABROADS, sex, cohort] + table[MOVED_OUT, sex, cohort]
        people = table[START, sex, cohort], table[ARRIVING, sex, cohort] + moved
        table[MOVED_IN, sex, cohort] = moved
        table[BY_EXIT, sex, cohort] = system[area, areas]
        table[BY_DEATH, sex, cohort] = solve(people, (table[DEATHS, sex, cohort], leaving), shares[0], shares[1])[0]


def take(row: Array, into: Array, place: Place) -> None:
    """Write one row of a table into the results."""
    ages = into.shape[2] // 2
    for sex in range(2):
        source, cells = row[sex], into[place[0], place[1], sex * ages : (sex + 1) * ages]
        for age in range(ages):
            cells[age] = source[age]


#: Functions that numba compiles along with `kompaslite.engine.loops`.
HELPERS = (lay_rate, lay_counts, lay_start, expose, leave, happen, passing_through, couple, take)
