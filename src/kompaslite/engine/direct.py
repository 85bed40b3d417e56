# ruff: noqa: PLR0917 - compiled functions take their arguments by position
"""The common job as scalar loops at the speed of memory: rates by age reached, areas that are not coupled.

Every input is read once, and all of a cell is computed while it is at hand; results go through a row that stays in the
cache. The working table of `kompaslite.engine.loops`, which serves every job, is read and written several times.
Arrays are handed over one by one, and loops are short and over few arrays: that is what compiles to the fastest code.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from kompaslite.engine.arrays import Array
from kompaslite.engine.cells import Places, add_row, bear, clear_row, cross, newborns, open_age, spread
from kompaslite.engine.scalars import (
    ABROAD,
    ADJUSTMENT,
    COMING,
    FERTILITY,
    MORTALITY,
    NET,
    OUT,
    SEX_RATIO,
    Given,
    Pair,
    Place,
    Rule,
    Taken,
    outside,
    settle_cell,
    store_row,
    sum_of,
)

_ROW: Place = (0, 0)
_ANY: Pair = (-np.inf, np.inf)


class Lane(NamedTuple):
    """The block of units to run, and the exit and the arrival if there is one only, by number, else -1."""

    leaving: int
    coming: int
    first: int
    last: int
    block: int


class Rows(NamedTuple):
    """Room for one unit, ``[0, 0, cell]``, and children by age of the mother."""

    leaving: Array
    arriving: Array
    deaths: Array
    at_risk: Array
    flow: Array
    births: Array
    children: Array


def rows_for(ages: int, dtype: DTypeLike) -> Rows:
    """Room for one unit."""
    leaving, arriving, deaths, at_risk, flow, births = (np.zeros((1, 1, 2 * ages), dtype) for _ in range(6))
    return Rows(leaving, arriving, deaths, at_risk, flow, births, np.zeros(ages, dtype))


def run_direct(given: Given, taken: Taken, rule: Rule, lane: Lane, rows: Rows) -> None:
    """Run all years of a block of units."""
    people, own, timed = taken.population, given.own, given.timed
    mortality, leaving, arriving = given.cells[MORTALITY], rows.leaving, rows.arriving
    of_leaving = of_arriving = _ANY
    if lane.leaving >= 0:
        leaving, of_leaving = given.cells[lane.leaving], _bounds(given, lane.leaving)
    if lane.coming >= 0:
        arriving, of_arriving = given.cells[lane.coming], _bounds(given, lane.coming)
    bounds = _bounds(given, MORTALITY), of_leaving, of_arriving
    for year in range(people.shape[0] - 1):
        for unit in range(lane.first, lane.last):
            at = year, unit
            places = (
                at,
                place_of(own, timed, MORTALITY, at),
                place_of(own, timed, lane.leaving, at) if lane.leaving >= 0 else _ROW,
                place_of(own, timed, lane.coming, at) if lane.coming >= 0 else _ROW,
            )
            broken = _add_up(given, rows, lane, at)
            found, low = cross(people, mortality, leaving, arriving, rows.deaths, rows.at_risk, places, (bounds, rule))
            low += open_age(people, mortality, leaving, arriving, rows.deaths, rows.at_risk, places, rule)
            broken += found
            if given.present[ADJUSTMENT]:
                found, low = _adjust(given, people, at, 1)
                broken += found
            if low:
                settle_ages(taken, arriving, places, rule, lane.block)
            found, born = _bear(given, people, rows, rule, at)
            broken += found
            broken += newborns(
                people, mortality, leaving, arriving, rows.deaths, rows.at_risk, places, (bounds, rule, born)
            )
            if given.present[ADJUSTMENT]:
                _adjust(given, people, at, 0)
            settle_newborns(taken, arriving, places, rule, lane.block, born)
            taken.broken[lane.block] += broken
            _store(given, taken, rows, rule, at)


def place_of(own: Array, timed: Array, name: int, at: Place) -> Place:
    """Where a unit has its values of one assumption in a year."""
    return at[0] * timed[name], own[name, at[1]]


def _bounds(given: Given, name: int) -> Pair:
    return given.low[name], given.high[name]


def _add_up(given: Given, rows: Rows, lane: Lane, at: Place) -> int:
    """Sum exits, or arrivals, where there is not just one; counts what is out of bounds."""
    broken = 0
    if lane.leaving < 0:
        clear_row(rows.leaving)
        for name in range(OUT, ABROAD + 1):
            if given.present[name]:
                place = place_of(given.own, given.timed, name, at)
                broken += outside(given.cells[name], place, given.low[name], given.high[name])
                add_row(given.cells[name], place, rows.leaving, _ROW)
    if lane.coming < 0:
        clear_row(rows.arriving)
        for name in range(COMING, NET + 1):
            if given.present[name]:
                place = place_of(given.own, given.timed, name, at)
                broken += outside(given.cells[name], place, given.low[name], given.high[name])
                add_row(given.cells[name], place, rows.arriving, _ROW)
    return broken


def _adjust(given: Given, people: Array, at: Place, first_age: int) -> Place:
    """Add the adjustment of newborns, or of all older; returns values out of bounds, and cells below zero."""
    adjustment, place = given.cells[ADJUSTMENT], place_of(given.own, given.timed, ADJUSTMENT, at)
    ages, low = people.shape[2] // 2, 0
    for sex in range(2):
        for age in range(first_age, ages if first_age else 1):
            people[at[0] + 1, at[1], sex * ages + age] += adjustment[place[0], place[1], sex * ages + age]
            if people[at[0] + 1, at[1], sex * ages + age] < 0.0:
                low += 1
    return outside(adjustment, place, given.low[ADJUSTMENT], given.high[ADJUSTMENT]), low


def _bear(given: Given, people: Array, rows: Rows, rule: Rule, at: Place) -> tuple[int, Pair]:
    """Births by sex of the child and age of the mother; returns how many values are out of bounds, girls and boys."""
    ratio_place = place_of(given.own, given.timed, SEX_RATIO, at)
    ratio = given.sex_ratio[ratio_place[0], ratio_place[1]]
    place = place_of(given.own, given.timed, FERTILITY, at)
    broken = bear(people, rows.deaths, given.fertility, rows.children, at, place, (_bounds(given, FERTILITY), rule))
    if not (ratio >= given.low[SEX_RATIO] and ratio <= given.high[SEX_RATIO]):
        broken += 1
    share, ages = 1.0 / (1.0 + ratio), rows.children.shape[0]
    girls, boys = rows.births[0, 0, :ages], rows.births[0, 0, ages:]
    for age in range(1, ages):
        girls[age] = rows.children[age] * share
        boys[age] = rows.children[age] * (1.0 - share)
    born = sum_of(rows.children[1:])
    return broken, (born * share, born * (1.0 - share))


def settle_ages(taken: Taken, arriving: Array, places: Places, rule: Rule, block: int) -> None:
    """Settle the cells below zero, but not those of newborns."""
    people, (year, unit) = taken.population, places[0]
    ages = people.shape[2] // 2
    for cell in range(people.shape[2]):
        if cell % ages and people[year + 1, unit, cell] < 0.0:
            start = people[year, unit, cell - 1]
            if cell % ages == ages - 1:
                start += people[year, unit, cell]
            settle_one(taken, arriving, places, rule, block, (start, cell))


def settle_newborns(taken: Taken, arriving: Array, places: Places, rule: Rule, block: int, born: Pair) -> None:
    """Settle the cells of newborns below zero."""
    people, (year, unit) = taken.population, places[0]
    for sex in range(2):
        cell = sex * (people.shape[2] // 2)
        if people[year + 1, unit, cell] < 0.0:
            settle_one(taken, arriving, places, rule, block, (born[sex], cell))


def settle_one(
    taken: Taken, arriving: Array, places: Places, rule: Rule, block: int, cohort: tuple[float, int]
) -> None:
    """Settle one cell."""
    (year, unit), (start, cell) = places[0], cohort
    passing = start + abs(arriving[places[3][0], places[3][1], cell])
    held = taken.population[year + 1, unit, cell]
    taken.population[year + 1, unit, cell] = settle_cell(taken, rule, (year, unit, block, cell), (held, passing))


def _store(given: Given, taken: Taken, rows: Rows, rule: Rule, at: Place) -> None:
    """Write the flows that are kept."""
    if taken.kept[0]:
        store_row(rows.births, taken.flows[0], at, rule.stream)
    if taken.kept[1]:
        store_row(rows.deaths, taken.flows[1], at, rule.stream)
    if taken.kept[2]:
        spread(given.cells[OUT], place_of(given.own, given.timed, OUT, at), rows.at_risk, rows.flow)
        store_row(rows.flow, taken.flows[2], at, rule.stream)
    if taken.kept[3]:
        spread(given.cells[ABROAD], place_of(given.own, given.timed, ABROAD, at), rows.at_risk, rows.flow)
        store_row(rows.flow, taken.flows[3], at, rule.stream)


#: Functions that numba compiles along with `run_direct`.
HELPERS = (place_of, _bounds, _add_up, _adjust, _bear, settle_ages, settle_newborns, settle_one, _store)
