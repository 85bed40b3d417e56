"""How long a bank is waited for, who hears of it, and the error when it does not answer, or not what was asked."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from kompaslite.schema import KompasliteError


class StatbankError(KompasliteError):
    """A statistics bank does not answer, has moved a table, or answers something else than was asked."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a bank is waited for.

    Parameters
    ----------
    timeout : float
        Seconds until a request that is not answered is given up.
    tries : int
        How often a request is sent at most.
    pause : float
        Seconds before the second try; each further pause is twice as long, unless the bank says how long.
    longest : float
        Seconds that no pause exceeds.
    """

    timeout: float = 60.0
    tries: int = 6
    pause: float = 1.0
    longest: float = 90.0


def _nobody(_words: str) -> None:
    return


@dataclass(slots=True)
class Teller:
    """Takes word of what is waited for; by default nobody listens."""

    tell: Callable[[str], None] = _nobody
    sleep: Callable[[float], None] = time.sleep
