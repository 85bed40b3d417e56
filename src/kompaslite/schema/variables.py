"""The variables of accounts and assumptions: their units, their bounds and what they mean."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["rate", "count", "ratio", "share"]

#: Unit of every stock.
PERSONS = "persons"

#: Components of change, and the sign with which each enters a cell of the population.
#: Births enter at age 0 and carry the mother's age, so they are not in this table.
SIGNS: dict[str, int] = {
    "deaths": -1,
    "out_migration": -1,
    "emigration": -1,
    "moves_out": -1,
    "in_migration": 1,
    "immigration": 1,
    "moves_in": 1,
    "net_migration": 1,
    "adjustment": 1,
}
#: Every component of change that `Accounts.flows` may hold.
FLOWS: tuple[str, ...] = ("births", *SIGNS)


@dataclass(frozen=True, slots=True)
class Variable:
    """What one assumption is.

    Parameters
    ----------
    kind : {"rate", "count", "ratio", "share"}
        A rate is per step of the projection, a count is persons per step.
    low, high : float
        The bounds that a value must respect, both included.
    words : str
        What the bounds say, as the middle of an error message.
    mend : str
        What usually helps when the bounds are broken.
    """

    kind: Kind
    low: float
    high: float
    words: str
    mend: str


_PER_1000 = "Rates per 1,000 must be divided by 1,000."
_RATE = Variable("rate", 0.0, 2.0, "are not rates between 0 and 2", _PER_1000)
_COUNT = Variable("count", 0.0, float("inf"), "are not counts of at least 0", "Give persons per year.")
_SIGNED = Variable("count", float("-inf"), float("inf"), "are not numbers", "Give persons per year.")

#: Every assumption that the engine understands.
ASSUMPTIONS: dict[str, Variable] = {
    "fertility": Variable("rate", 0.0, 10.0, "are not births per woman and year", _PER_1000),
    "sex_ratio_at_birth": Variable(
        "ratio", 0.0, 20.0, "are not boys per girl", "Give boys per girl, for example 1.06, not per 100."
    ),
    "mortality": _RATE,
    "out_migration": _RATE,
    "emigration": _RATE,
    "moves": _RATE,
    "in_migration": _COUNT,
    "immigration": _COUNT,
    "net_migration": _SIGNED,
    "adjustment": _SIGNED,
    "birth_allotment": Variable(
        "share", 0.0, 1.0, "are not shares between 0 and 1", "Shares of one mother's area must sum to 1."
    ),
}


def rate_unit(step: int = 1) -> str:
    """Unit of a rate over a step of so many years."""
    return "1/year" if step == 1 else f"1/{step} years"


def count_unit(step: int = 1) -> str:
    """Unit of a count of persons over a step of so many years."""
    return "persons/year" if step == 1 else f"persons/{step} years"
