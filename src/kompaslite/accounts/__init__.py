"""Demographic accounts: people on 1 January, and what happened between.

History and forecast are the same type. A stock lives on the bounds of the years, a flow between them; the
age of a flow is the age reached during the year, so that one identity holds in every cell::

    population[year + 1, age] = start[year, age] - deaths - out + in + adjustment

where ``start`` is the population moved one age up, the open age group keeping its own, with births at age 0.
"""

from kompaslite.accounts.accounts import Accounts, require_accounts
from kompaslite.accounts.balance import age_up, check_balance, imbalance, known_at, newborns
from kompaslite.accounts.contract import step_of
from kompaslite.accounts.control_totals import reconcile
from kompaslite.accounts.rounding import whole_persons
from kompaslite.schema import BalanceError

__all__ = [
    "Accounts",
    "BalanceError",
    "age_up",
    "check_balance",
    "imbalance",
    "known_at",
    "newborns",
    "reconcile",
    "require_accounts",
    "step_of",
    "whole_persons",
]
