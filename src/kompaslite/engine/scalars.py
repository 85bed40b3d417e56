"""What the scalar loops share: the numbers of a convention, one cell, and small loops over a row.

These are plain lines that numba compiles as they stand. Assumptions and results are ``[year, unit, cell]`` here, a cell
being sex and age in one: ``sex * ages + age``. A *place* is a year and a unit, or what stands for them.
"""

from typing import NamedTuple

from kompaslite.engine.arrays import Array
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

Place = tuple[int, int]
Pair = tuple[float, float]


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


class Given(NamedTuple):
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


class Taken(NamedTuple):
    """Results; a flow that is not kept has room for one year and one unit per block."""

    population: Array
    flows: tuple[Array, Array, Array, Array, Array, Array]
    kept: Array
    clipped: Array
    broken: Array
    short: Array


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


def settle_cell(taken: Taken, rule: Rule, place: tuple[int, int, int, int], persons: Pair) -> float:
    """Settle a cell below zero, and note what was added or that it is short (`kompaslite.engine.negative`)."""
    (year, unit, block, cell), (held, passing) = place, persons
    if held >= -rule.rounding * passing:
        return 0.0
    if rule.clip:
        taken.clipped[year, unit, cell] -= held
        return 0.0
    taken.short[block] = min(taken.short[block], year)
    return held


def target(kept: int, block: int, year: int, unit: int) -> Place:
    """Place of a flow: its own in the results, or the block's, which is written over."""
    return year * kept, unit * kept + block * (1 - kept)


def outside(values: Array, place: Place, low: float, high: float) -> int:
    """Count the values of a row that are not within bounds; NaN never is."""
    year, unit = place
    count = 0
    for cell in range(values.shape[2]):
        if not (values[year, unit, cell] >= low and values[year, unit, cell] <= high):
            count += 1
    return count


def store_row(row: Array, into: Array, place: Place, stream: int) -> None:  # noqa: ARG001
    """Write a row of working memory, ``[0, 0, cell]``, into the results."""
    year, unit = place
    for cell in range(row.shape[2]):
        into[year, unit, cell] = row[0, 0, cell]


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


#: Functions that numba compiles along with the loops.
#: `store_row` is not among them: it has a compiled form of its own.
HELPERS = (solve, settle_cell, target, outside, sum_of, eliminate)
