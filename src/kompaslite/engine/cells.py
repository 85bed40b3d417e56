# ruff: noqa: PLR0917 - compiled functions take their arguments by position
"""Loops over the cells of one unit and year: short and over few arrays, because that compiles to the fastest code.

These are plain lines that numba compiles as they stand. Assumptions and people are ``[year, unit, cell]``, a cell being
sex and age in one: ``sex * ages + age``; rows of working memory are ``[0, area, cell]``. A *place* is a year and a
unit, or what stands for them.
"""

from typing import NamedTuple

from kompaslite.engine.arrays import Array
from kompaslite.engine.convention import Shares

Place = tuple[int, int]
Pair = tuple[float, float]
#: Of people before ageing, people, mortality, rate of leaving, arrivals and working memory.
Places = tuple[Place, Place, Place, Place, Place, Place]
#: Of mortality, rate of leaving and arrivals.
Bounds = tuple[Pair, Pair, Pair]


class Rule(NamedTuple):
    """A convention as numbers; flags are 0 or 1."""

    of_death: Shares
    of_exit: Shares
    of_infant_death: Shares
    of_infant_exit: Shares
    women_start: float
    women_end: float
    by_cohort: int
    survivors: int
    by_start: int
    net_at_start: float
    years: float
    clip: int
    rounding: float
    stream: int


def solve(people: Pair, rates: Pair, of_death: Shares, of_exit: Shares) -> Pair:
    """Exposures of deaths and of exits in one cell, from start and arrivals, mortality and rate of leaving."""
    start, arriving = people
    mortality, leaving = rates
    for_death, for_exit = start + of_death[2] * arriving, start + of_exit[2] * arriving
    own_death, own_exit = 1.0 + of_death[0] * mortality, 1.0 + of_exit[1] * leaving
    lost_to_exit, lost_to_death = of_death[1] * leaving, of_exit[0] * mortality
    scale = 1.0 / (own_death * own_exit - lost_to_exit * lost_to_death)
    by_death = (own_exit * for_death - lost_to_exit * for_exit) * scale
    return by_death, (own_death * for_exit - lost_to_death * for_death) * scale


def cross(
    start: Array,
    people: Array,
    mortality: Array,
    leaving: Array,
    arriving: Array,
    into: tuple[Array, Array],
    places: Places,
    terms: tuple[Bounds, Rule],
) -> Place:
    """Carry everyone one cell on, as if the cell before were the same cohort.

    Counts inputs that are out of bounds, and cells below zero.
    """
    if terms[1].of_death == terms[1].of_exit:
        return cross_alike(start, people, mortality, leaving, arriving, into, places, terms)
    (s0, s1), (year, unit), (m0, m1), (l0, l1), (a0, a1), (r0, r1) = places
    ((m_low, m_high), (l_low, l_high), (a_low, a_high)), rule = terms
    deaths, at_risk = into
    broken = low = 0
    for cell in range(1, people.shape[2]):
        before, coming = start[s0, s1, cell - 1], arriving[a0, a1, cell]
        dying, going = mortality[m0, m1, cell], leaving[l0, l1, cell]
        if not (dying >= m_low and dying <= m_high):
            broken += 1
        if not (going >= l_low and going <= l_high):
            broken += 1
        if not (coming >= a_low and coming <= a_high):
            broken += 1
        by_death, by_exit = solve((before, coming), (dying, going), rule.of_death, rule.of_exit)
        died = dying * by_death
        end = before - died - going * by_exit + coming
        deaths[r0, r1, cell] = died
        at_risk[r0, r1, cell] = by_exit
        people[year + 1, unit, cell] = end
        if end < 0.0:
            low += 1
    return broken, low


def cross_alike(
    start: Array,
    people: Array,
    mortality: Array,
    leaving: Array,
    arriving: Array,
    into: tuple[Array, Array],
    places: Places,
    terms: tuple[Bounds, Rule],
) -> Place:
    """Carry on as `cross` does, with half the arithmetic, where deaths and exits have one exposure."""
    (s0, s1), (year, unit), (m0, m1), (l0, l1), (a0, a1), (r0, r1) = places
    ((m_low, m_high), (l_low, l_high), (a_low, a_high)), rule = terms
    deaths, at_risk = into
    of_deaths, of_exits, of_arrivals = rule.of_death
    broken = low = 0
    for cell in range(1, people.shape[2]):
        before, coming = start[s0, s1, cell - 1], arriving[a0, a1, cell]
        dying, going = mortality[m0, m1, cell], leaving[l0, l1, cell]
        if not (dying >= m_low and dying <= m_high):
            broken += 1
        if not (going >= l_low and going <= l_high):
            broken += 1
        if not (coming >= a_low and coming <= a_high):
            broken += 1
        exposed = (before + of_arrivals * coming) / (1.0 + of_deaths * dying + of_exits * going)
        died = dying * exposed
        end = before - died - going * exposed + coming
        deaths[r0, r1, cell] = died
        at_risk[r0, r1, cell] = exposed
        people[year + 1, unit, cell] = end
        if end < 0.0:
            low += 1
    return broken, low


def bear(
    start: Array,
    people: Array,
    deaths: Array,
    fertility: Array,
    children: Array,
    places: tuple[Places, Place],
    terms: tuple[Pair, Rule],
) -> int:
    """Children by age of the mother; counts rates out of bounds."""
    ((s0, s1), (year, unit), _, _, _, (r0, r1)), (f0, f1) = places
    (low, high), rule = terms
    last, broken = fertility.shape[2] - 1, 0
    from_start, from_end = rule.years * rule.women_start, rule.years * rule.women_end
    own = start[s0, s1, last]
    if rule.by_cohort and not rule.survivors:
        for age in range(1, last + 1):
            rate = fertility[f0, f1, age]
            if not (rate >= low and rate <= high):
                broken += 1
            children[r0, r1, age] = rate * (
                from_start * start[s0, s1, age - 1] + from_end * people[year + 1, unit, age]
            )
        children[r0, r1, last] += fertility[f0, f1, last] * from_start * own
    else:
        for age in range(1, last + 1):
            rate, reaching = fertility[f0, f1, age], start[s0, s1, age - 1] + (own if age == last else 0.0)
            if not (rate >= low and rate <= high):
                broken += 1
            before = reaching if rule.by_cohort else start[s0, s1, age]
            after = reaching - deaths[r0, r1, age] if rule.survivors else people[year + 1, unit, age]
            children[r0, r1, age] = rate * (from_start * before + from_end * after)
    return broken


def spread(rate: Array, place: Place, at_risk: Array, into: Array, row: Place) -> None:
    """Persons of one exit."""
    flow, exposed, rates = into[row[0], row[1]], at_risk[row[0], row[1]], rate[place[0], place[1]]
    for cell in range(rate.shape[2]):
        flow[cell] = rates[cell] * exposed[cell]


def clear_row(row: Array, place: Place) -> None:
    """Empty a row."""
    for cell in range(row.shape[2]):
        row[place[0], place[1], cell] = 0.0


def add_row(values: Array, place: Place, into: Array, to: Place, share: float) -> None:
    """Add a share of a row to another."""
    for cell in range(values.shape[2]):
        into[to[0], to[1], cell] += share * values[place[0], place[1], cell]


def shift_row(values: Array, place: Place, into: Array, to: Place, length: int) -> None:
    """Rates by the age reached, from rates by the age at start: so many cells at a time; the first has none."""
    for first in range(0, values.shape[2], length):
        for cell in range(length - 1, 0, -1):
            into[to[0], to[1], first + cell] = values[place[0], place[1], first + cell - 1]
        into[to[0], to[1], first] = 0.0


def outside(values: Array, place: Place, bounds: Pair) -> int:
    """Count the values of a row that are not within bounds; NaN never is."""
    (year, unit), (low, high) = place, bounds
    count = 0
    for cell in range(values.shape[2]):
        if not (values[year, unit, cell] >= low and values[year, unit, cell] <= high):
            count += 1
    return count


def store_row(row: Array, into: Array, places: tuple[Place, Place], stream: int) -> None:  # noqa: ARG001
    """Write a row of working memory into the results."""
    (r0, r1), (year, unit) = places
    for cell in range(row.shape[2]):
        into[year, unit, cell] = row[r0, r1, cell]


def sum_of(values: Array) -> float:
    """Sum in four strands, which a processor can add side by side."""
    first = second = third = fourth = 0.0
    whole = values.shape[0] // 4 * 4
    for i in range(0, whole, 4):
        first += values[i]
        second += values[i + 1]
        third += values[i + 2]
        fourth += values[i + 3]
    for i in range(whole, values.shape[0]):
        first += values[i]
    return (first + second) + (third + fourth)


def eliminate(system: Array) -> None:
    """Solve a linear system in place: the last column becomes the solution (Gauss, with row pivots)."""
    size = system.shape[0]
    for column in range(size):
        pivot = column
        for row in range(column + 1, size):
            if abs(system[row, column]) > abs(system[pivot, column]):
                pivot = row
        for k in range(size + 1):
            held = system[column, k]
            system[column, k] = system[pivot, k]
            system[pivot, k] = held
        for k in range(size, column - 1, -1):
            system[column, k] /= system[column, column]
        for row in range(size):
            if row != column:
                factor = system[row, column]
                for k in range(column, size + 1):
                    system[row, k] -= factor * system[column, k]


#: Functions that numba compiles along with the loops; `store_row` has a compiled form of its own.
HELPERS = (solve, cross_alike, cross, bear, spread, clear_row, add_row, shift_row, outside, sum_of, eliminate)
