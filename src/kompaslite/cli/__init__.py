"""The command line."""

from kompaslite.cli.app import run

__all__ = ["run"]
