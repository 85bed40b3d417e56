"""Examples that come with the library: what a municipality knows, typed in with its source; and made-up ones."""

from kompaslite.datasets.baerum import load_example
from kompaslite.datasets.made_up import made_up

__all__ = ["load_example", "made_up"]
