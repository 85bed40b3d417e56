"""Examples that come with the library: what a municipality knows, typed in with its source."""

from kompaslite.datasets.load import load_example

__all__ = ["load_example"]
