# ruff: noqa: PLR0917 - compiled functions take their arguments by position
"""Loops over the cells of one unit and year: short and over few arrays, because that compiles to the fastest code.

Assumptions and people are ``[year, unit, cell]``; rows of working memory are ``[0, 0, cell]``.
"""

from kompaslite.engine.arrays import Array
from kompaslite.engine.scalars import Pair, Place, Rule, solve

# of people, mortality, exit rate and arrivals
Places = tuple[Place, Place, Place, Place]
Bounds = tuple[Pair, Pair, Pair]


def cross(
    people: Array,
    mortality: Array,
    leaving: Array,
    arriving: Array,
    deaths: Array,
    at_risk: Array,
    places: Places,
    terms: tuple[Bounds, Rule],
) -> Place:
    """Carry everyone one cell on, as if the cell before were the same cohort."""
    if terms[1].of_death == terms[1].of_exit:
        return cross_alike(people, mortality, leaving, arriving, deaths, at_risk, places, terms)
    (year, unit), (m0, m1), (l0, l1), (a0, a1) = places
    ((m_low, m_high), (l_low, l_high), (a_low, a_high)), rule = terms
    broken = low = 0
    for cell in range(1, people.shape[2]):
        start, coming = people[year, unit, cell - 1], arriving[a0, a1, cell]
        dying, going = mortality[m0, m1, cell], leaving[l0, l1, cell]
        if not (dying >= m_low and dying <= m_high):
            broken += 1
        if not (going >= l_low and going <= l_high):
            broken += 1
        if not (coming >= a_low and coming <= a_high):
            broken += 1
        by_death, by_exit = solve((start, coming), (dying, going), rule.of_death, rule.of_exit)
        died = dying * by_death
        end = start - died - going * by_exit + coming
        deaths[0, 0, cell] = died
        at_risk[0, 0, cell] = by_exit
        people[year + 1, unit, cell] = end
        if end < 0.0:
            low += 1
    return broken, low


def cross_alike(
    people: Array,
    mortality: Array,
    leaving: Array,
    arriving: Array,
    deaths: Array,
    at_risk: Array,
    places: Places,
    terms: tuple[Bounds, Rule],
) -> Place:
    """Carry on as `cross` does, with half the arithmetic, where deaths and exits have one exposure."""
    (year, unit), (m0, m1), (l0, l1), (a0, a1) = places
    ((m_low, m_high), (l_low, l_high), (a_low, a_high)), rule = terms
    of_deaths, of_exits, of_arrivals = rule.of_death
    broken = low = 0
    for cell in range(1, people.shape[2]):
        start, coming = people[year, unit, cell - 1], arriving[a0, a1, cell]
        dying, going = mortality[m0, m1, cell], leaving[l0, l1, cell]
        if not (dying >= m_low and dying <= m_high):
            broken += 1
        if not (going >= l_low and going <= l_high):
            broken += 1
        if not (coming >= a_low and coming <= a_high):
            broken += 1
        exposed = (start + of_arrivals * coming) / (1.0 + of_deaths * dying + of_exits * going)
        died = dying * exposed
        end = start - died - going * exposed + coming
        deaths[0, 0, cell] = died
        at_risk[0, 0, cell] = exposed
        people[year + 1, unit, cell] = end
        if end < 0.0:
            low += 1
    return broken, low


def open_age(
    people: Array,
    mortality: Array,
    leaving: Array,
    arriving: Array,
    deaths: Array,
    at_risk: Array,
    places: Places,
    rule: Rule,
) -> int:
    """Carry on the two cohorts that meet in the open age; returns how many cells are below zero."""
    (year, unit), (m0, m1), (l0, l1), (a0, a1) = places
    low = 0
    for cell in (people.shape[2] // 2 - 1, people.shape[2] - 1):
        start, coming = people[year, unit, cell - 1] + people[year, unit, cell], arriving[a0, a1, cell]
        dying, going = mortality[m0, m1, cell], leaving[l0, l1, cell]
        by_death, by_exit = solve((start, coming), (dying, going), rule.of_death, rule.of_exit)
        deaths[0, 0, cell] = dying * by_death
        at_risk[0, 0, cell] = by_exit
        people[year + 1, unit, cell] = start - dying * by_death - going * by_exit + coming
        if people[year + 1, unit, cell] < 0.0:
            low += 1
    return low


def newborns(
    people: Array,
    mortality: Array,
    leaving: Array,
    arriving: Array,
    deaths: Array,
    at_risk: Array,
    places: Places,
    terms: tuple[Bounds, Rule, Pair],
) -> int:
    """Let the newborn cohorts go through the same equations; returns how many inputs are out of bounds."""
    (year, unit), (m0, m1), (l0, l1), (a0, a1) = places
    (of_mortality, of_leaving, of_arriving), rule, born = terms
    broken = 0
    for sex in range(2):
        cell = sex * (people.shape[2] // 2)
        coming, dying, going = arriving[a0, a1, cell], mortality[m0, m1, cell], leaving[l0, l1, cell]
        for value, (lowest, highest) in ((dying, of_mortality), (going, of_leaving), (coming, of_arriving)):
            if not (value >= lowest and value <= highest):
                broken += 1
        rates = dying, going
        by_death, by_exit = solve((born[sex], coming), rates, rule.of_infant_death, rule.of_infant_exit)
        deaths[0, 0, cell] = dying * by_death
        at_risk[0, 0, cell] = by_exit
        people[year + 1, unit, cell] = born[sex] - dying * by_death - going * by_exit + coming
    return broken


def bear(
    people: Array,
    deaths: Array,
    fertility: Array,
    children: Array,
    at: Place,
    place: Place,
    terms: tuple[Pair, Rule],
) -> int:
    """Children by age of the mother; returns how many rates are out of bounds, and a rate of newborns is."""
    (year, unit), (f0, f1) = at, place
    (low, high), rule = terms
    last, broken = fertility.shape[2] - 1, 0
    if fertility[f0, f1, 0] != 0.0:
        broken += 1
    from_start, from_end = rule.years * rule.women_start, rule.years * rule.women_end
    own = people[year, unit, last]
    if rule.by_cohort and not rule.survivors:
        for age in range(1, last + 1):
            rate = fertility[f0, f1, age]
            if not (rate >= low and rate <= high):
                broken += 1
            children[age] = rate * (from_start * people[year, unit, age - 1] + from_end * people[year + 1, unit, age])
        children[last] += fertility[f0, f1, last] * from_start * own
    else:
        for age in range(1, last + 1):
            rate, start = fertility[f0, f1, age], people[year, unit, age - 1] + (own if age == last else 0.0)
            if not (rate >= low and rate <= high):
                broken += 1
            before = start if rule.by_cohort else people[year, unit, age]
            after = start - deaths[0, 0, age] if rule.survivors else people[year + 1, unit, age]
            children[age] = rate * (from_start * before + from_end * after)
    return broken


def spread(rate: Array, place: Place, at_risk: Array, into: Array) -> None:
    """Persons of one exit."""
    for cell in range(rate.shape[2]):
        into[0, 0, cell] = rate[place[0], place[1], cell] * at_risk[0, 0, cell]


def clear_row(row: Array) -> None:
    """Empty a row."""
    for cell in range(row.shape[2]):
        row[0, 0, cell] = 0.0


def add_row(values: Array, place: Place, into: Array, to: Place) -> None:
    """Add a row to another."""
    for cell in range(values.shape[2]):
        into[to[0], to[1], cell] += values[place[0], place[1], cell]


#: Functions that numba compiles along with the direct loops.
HELPERS = (cross_alike, cross, open_age, newborns, bear, spread, clear_row, add_row)
