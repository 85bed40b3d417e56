"""What a municipality brings to a forecast, read from a folder; examples that come with the library; made-up ones."""

from kompaslite.datasets.made_up import made_up
from kompaslite.datasets.municipality import (
    MunicipalityData,
    data_folder,
    example_folder,
    find_tables,
    load_example,
    load_municipality,
)
from kompaslite.datasets.printed import PrintedNote

__all__ = [
    "MunicipalityData",
    "PrintedNote",
    "data_folder",
    "example_folder",
    "find_tables",
    "load_example",
    "load_municipality",
    "made_up",
]
