"""`new_folder`: a starter folder whose files run as they are."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from kompaslite._files import write_folder
from kompaslite.schema import SchemaError

_BASELINE = """# The trend: what the last years' history gives, without any edit.
# Run it:      kompaslite forecast baseline.toml
# Explain it:  kompaslite check baseline.toml

name = "baseline"
because = "the trend of the last years"
data = "baerum"
first_year = 2026
last_year = 2050

[outputs]
language = "nb"
groups = { "primary school" = [6, 12], "lower secondary school" = [13, 15] }
"""

_MORE_HOMES = """# What happens if the programme below is built, beyond what the trend goes with?
# Compare:     kompaslite compare baseline.toml more_homes.toml

base = "baseline.toml"
name = "more homes"
because = "the council asks what the school needs if the plan is built"

[housing]
programme = "programme.toml"
realisation = 0.9
because = "about a tenth of what is planned is not built"

# Other edits look like this: dated levels, linear between the years, level after the last.
# [[fertility]]
# tfr = { 2026 = 1.55, 2035 = 1.65 }
# because = "the national main alternative"
"""

_PROGRAMME = """# Projects with the number and year planned. What is expected follows from realisation and delay.

title = "An example of a programme"
source = "made up, to be replaced by your own"

[[projects]]
name = "The quay"
zone = "3201"
dwelling_type = "block"
planned = 600
year = 2028
realisation = 0.95
delay = [0.5, 0.3, 0.2]
occupancy_lag = 0.25
because = "zoned, and half of it sold"

[[projects]]
name = "The orchard"
zone = "3201"
dwelling_type = "row"
planned = 120
year = 2031
realisation = 0.8
delay = [0.4, 0.4, 0.2]
occupancy_lag = 0.25
because = "not yet zoned"
"""

_READ_ME = """A forecast in five commands:

    kompaslite check baseline.toml
    kompaslite forecast baseline.toml --out baseline
    kompaslite check more_homes.toml
    kompaslite forecast more_homes.toml --out more_homes
    kompaslite compare baseline.toml more_homes.toml

baseline.toml      the trend
more_homes.toml    edits of it, each with its reason
programme.toml     the housing programme; zones and dwelling types as in the data

Your own municipality: make a folder with population.csv (area, sex, age, year, persons) and, where you have them,
flows.csv and dwellings.csv (area, dwelling_type, dwellings), and write its name after data = in baseline.toml.
"""

_FILES = {
    "baseline.toml": _BASELINE,
    "more_homes.toml": _MORE_HOMES,
    "programme.toml": _PROGRAMME,
    "README.txt": _READ_ME,
}


def new_folder(example: str, folder: str | Path, *, force: bool = False) -> list[Path]:
    """A folder with scenarios and a programme that run as they are.

    Parameters
    ----------
    example : str
        ``"baerum"``.
    folder : str or Path
        A new or empty folder.
    force : bool
        Whether files of these names may be replaced.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    SchemaError
        If there is no such example.
    StorageError
        If the folder has files and `force` is not given.
    """
    if example != "baerum":
        raise SchemaError(f"new: there is no example {example!r}; there is baerum.")
    makers: dict[str, Callable[[Path], object]] = {name: partial(_write, text) for name, text in _FILES.items()}
    return write_folder(folder, makers, force=force)


def _write(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8")
