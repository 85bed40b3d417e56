# ruff: noqa: PLR0917 - compiled functions take their arguments by position
"""The commonest job as scalar loops at the speed of memory: rates by age reached, one exit, one arrival, no coupling.

Every array is read and written once, and all of a cell is computed while it is at hand. The working table of
`kompaslite.kernels.loops`, which serves every job, is read and written several times. Arrays are handed over one by
one because that is what compiles to the fastest loops.
"""

from typing import NamedTuple

from kompaslite.kernels.arrays import Array
from kompaslite.kernels.scalars import (
    FERTILITY,
    MORTALITY,
    SEX_RATIO,
    Given,
    Pair,
    Place,
    Rule,
    Taken,
    settled,
    solve,
    sum_of,
    target,
)

# of people, mortality, exit rate, arrivals, deaths and exits
Places = tuple[Place, Place, Place, Place, Place, Place]
Bounds = tuple[Pair, Pair, Pair]


class Lane(NamedTuple):
    """Which exit and which arrival there is, by number, and the block of units to run."""

    leaving: int
    coming: int
    first: int
    last: int
    block: int


def run_direct(given: Given, taken: Taken, rule: Rule, lane: Lane, children: Array) -> None:
    """Run all years of a block of units.

    Parameters
    ----------
    given : Given
        Assumptions.
    taken : Taken
        Results to write.
    rule : Rule
        Convention.
    lane : Lane
        Exit, arrival and units.
    children : np.ndarray
        Room for the births of one unit, ``[age]``.
    """
    people, births, deaths, exits = taken.population, taken.flows[0], taken.flows[1], taken.flows[lane.leaving + 1]
    mortality, leaving, coming = given.cells[MORTALITY], given.cells[lane.leaving], given.cells[lane.coming]
    fertility, sex_ratio, own, timed, kept = given.fertility, given.sex_ratio, given.own, given.timed, taken.kept
    bounds = _bounds(given, MORTALITY), _bounds(given, lane.leaving), _bounds(given, lane.coming)
    fertile, sexed = _bounds(given, FERTILITY), _bounds(given, SEX_RATIO)
    broken, short, clipped = 0, taken.short[lane.block], taken.clipped
    for year in range(people.shape[0] - 1):
        for unit in range(lane.first, lane.last):
            places = (
                (year, unit),
                (year * timed[MORTALITY], own[MORTALITY, unit]),
                (year * timed[lane.leaving], own[lane.leaving, unit]),
                (year * timed[lane.coming], own[lane.coming, unit]),
                target(kept[1], lane.block, year, unit),
                target(kept[lane.leaving + 1], lane.block, year, unit),
            )
            found, low = cross(people, mortality, leaving, coming, deaths, exits, places, (bounds, rule))
            low += open_age(people, mortality, leaving, coming, deaths, exits, places, rule)
            if low and settle_ages(people, coming, clipped, places, rule):
                short = min(short, year)
            ratio = sex_ratio[year * timed[SEX_RATIO], own[SEX_RATIO, unit]]
            share = 1.0 / (1.0 + ratio)
            where = (
                places[0],
                places[4],
                (year * timed[FERTILITY], own[FERTILITY, unit]),
                target(kept[0], lane.block, year, unit),
            )
            broken += found + bear(people, deaths, fertility, births, children, where, (fertile, rule, share))
            broken += 0 if ratio >= sexed[0] and ratio <= sexed[1] else 1
            total = sum_of(children)
            born = total * share, total - total * share
            found, low = newborns(people, mortality, leaving, coming, deaths, exits, places, (bounds, rule, born))
            broken += found
            if low:
                late = settle_one(people, coming, clipped, places, rule, born[0], 0)
                late += settle_one(people, coming, clipped, places, rule, born[1], people.shape[2] // 2)
                short = min(short, year) if late else short
    taken.broken[lane.block] += broken
    taken.short[lane.block] = short


def _bounds(given: Given, name: int) -> Pair:
    return given.low[name], given.high[name]


def cross(
    people: Array,
    mortality: Array,
    leaving: Array,
    coming: Array,
    deaths: Array,
    exits: Array,
    places: Places,
    terms: tuple[Bounds, Rule],
) -> tuple[int, int]:
    """Carry everyone one cell on, as if the cell before were the same cohort.

    That is wrong for newborns and for the open age, which are written afterwards, and it makes one loop of both sexes.
    Returns how many inputs are out of bounds, and how many cells are below zero.
    """
    (year, unit), (m0, m1), (l0, l1), (c0, c1), (d0, d1), (e0, e1) = places
    ((m_low, m_high), (l_low, l_high), (c_low, c_high)), rule = terms
    of_death, of_exit = rule.of_death, rule.of_exit
    broken = low = 0
    for cell in range(1, people.shape[2]):
        start, arriving = people[year, unit, cell - 1], coming[c0, c1, cell]
        dying, going = mortality[m0, m1, cell], leaving[l0, l1, cell]
        if not (dying >= m_low and dying <= m_high):
            broken += 1
        if not (going >= l_low and going <= l_high):
            broken += 1
        if not (arriving >= c_low and arriving <= c_high):
            broken += 1
        by_death, by_exit = solve((start, arriving), (dying, going), of_death, of_exit)
        died, left = dying * by_death, going * by_exit
        end = start - died - left + arriving
        deaths[d0, d1, cell] = died
        exits[e0, e1, cell] = left
        people[year + 1, unit, cell] = end
        if end < 0.0:
            low += 1
    return broken, low


def open_age(
    people: Array,
    mortality: Array,
    leaving: Array,
    coming: Array,
    deaths: Array,
    exits: Array,
    places: Places,
    rule: Rule,
) -> int:
    """Carry on the two cohorts that meet in the open age; returns how many cells are below zero."""
    (year, unit), (m0, m1), (l0, l1), (c0, c1), (d0, d1), (e0, e1) = places
    low = 0
    for cell in (people.shape[2] // 2 - 1, people.shape[2] - 1):
        start, arriving = people[year, unit, cell - 1] + people[year, unit, cell], coming[c0, c1, cell]
        dying, going = mortality[m0, m1, cell], leaving[l0, l1, cell]
        by_death, by_exit = solve((start, arriving), (dying, going), rule.of_death, rule.of_exit)
        deaths[d0, d1, cell] = dying * by_death
        exits[e0, e1, cell] = going * by_exit
        end = start - dying * by_death - going * by_exit + arriving
        people[year + 1, unit, cell] = end
        if end < 0.0:
            low += 1
    return low


def bear(
    people: Array,
    deaths: Array,
    fertility: Array,
    births: Array,
    children: Array,
    where: tuple[Place, Place, Place, Place],
    terms: tuple[Pair, Rule, float],
) -> int:
    """Births by sex of the child and age of the mother; returns how many rates are out of bounds.

    Loops over few arrays, which all start at age 1, are those that a processor takes in its stride.
    """
    (year, unit), (d0, d1), (f0, f1), (b0, b1) = where
    (low, high), rule, share = terms
    ages, last, broken = fertility.shape[2], fertility.shape[2] - 1, 0
    from_start, from_end = rule.years * rule.women_start, rule.years * rule.women_end
    own = people[year, unit, last]
    if rule.by_cohort and not rule.survivors:
        for age in range(1, ages):
            rate = fertility[f0, f1, age]
            if not (rate >= low and rate <= high):
                broken += 1
            children[age] = rate * (from_start * people[year, unit, age - 1] + from_end * people[year + 1, unit, age])
        children[last] += fertility[f0, f1, last] * from_start * own
    else:
        for age in range(1, ages):
            rate, start = fertility[f0, f1, age], people[year, unit, age - 1] + (own if age == last else 0.0)
            if not (rate >= low and rate <= high):
                broken += 1
            before = start if rule.by_cohort else people[year, unit, age]
            after = start - deaths[d0, d1, age] if rule.survivors else people[year + 1, unit, age]
            children[age] = rate * (from_start * before + from_end * after)
    girls, boys = births[b0, b1, :ages], births[b0, b1, ages:]
    girls[0] = boys[0] = 0.0
    for age in range(1, ages):
        girls[age] = children[age] * share
        boys[age] = children[age] * (1.0 - share)
    return broken


def newborns(
    people: Array,
    mortality: Array,
    leaving: Array,
    coming: Array,
    deaths: Array,
    exits: Array,
    places: Places,
    terms: tuple[Bounds, Rule, Pair],
) -> tuple[int, int]:
    """Let the newborn cohorts go through the same equations; returns inputs out of bounds, and cells below zero."""
    (year, unit), (m0, m1), (l0, l1), (c0, c1), (d0, d1), (e0, e1) = places
    (of_mortality, of_leaving, of_coming), rule, born = terms
    broken = low = 0
    for sex in range(2):
        cell = sex * (people.shape[2] // 2)
        arriving, dying, going = coming[c0, c1, cell], mortality[m0, m1, cell], leaving[l0, l1, cell]
        for value, (lowest, highest) in ((dying, of_mortality), (going, of_leaving), (arriving, of_coming)):
            if not (value >= lowest and value <= highest):
                broken += 1
        rates = dying, going
        by_death, by_exit = solve((born[sex], arriving), rates, rule.of_infant_death, rule.of_infant_exit)
        deaths[d0, d1, cell] = dying * by_death
        exits[e0, e1, cell] = going * by_exit
        end = born[sex] - dying * by_death - going * by_exit + arriving
        people[year + 1, unit, cell] = end
        if end < 0.0:
            low += 1
    return broken, low


def settle_ages(people: Array, coming: Array, clipped: Array, places: Places, rule: Rule) -> int:
    """Settle the cells below zero, but not those of newborns; returns how many are short."""
    ages, short = people.shape[2] // 2, 0
    for cell in range(people.shape[2]):
        if cell % ages:
            start = people[places[0][0], places[0][1], cell - 1]
            if cell % ages == ages - 1:
                start += people[places[0][0], places[0][1], cell]
            short += settle_one(people, coming, clipped, places, rule, start, cell)
    return short


def settle_one(
    people: Array, coming: Array, clipped: Array, places: Places, rule: Rule, start: float, cell: int
) -> int:
    """Settle one cell."""
    year, unit = places[0]
    end = people[year + 1, unit, cell]
    if not end < 0.0:
        return 0
    end, added, short = settled(end, start + abs(coming[places[3][0], places[3][1], cell]), rule)
    people[year + 1, unit, cell] = end
    if rule.clip:
        clipped[year, unit, cell] += added
    return short


#: Functions that numba compiles along with `run_direct`.
HELPERS = (_bounds, cross, open_age, bear, newborns, settle_ages, settle_one)
