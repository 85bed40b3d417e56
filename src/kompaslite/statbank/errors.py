"""The error of a statistics bank that does not answer, or not what was asked."""

from kompaslite.schema import KompasliteError


class StatbankError(KompasliteError):
    """A statistics bank does not answer, has moved a table, or answers something else than was asked."""
