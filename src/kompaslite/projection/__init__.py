"""Assumptions and a jump-off population in, accounts out."""

from kompaslite.projection.project import project

__all__ = ["project"]
