"""Where a TOML text says what it says: the line of every key, which the parser of Python does not tell."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

#: Keys and positions from the top of a text to a value.
Place = tuple[int | str, ...]

_KEY = r"""(?:[\w-]+|"[^"]*"|'[^']*')"""
_KEYS = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_KEYS})\s*\]\]?\s*(?:#.*)?$")
_ASSIGNMENT = re.compile(rf"\s*({_KEYS})\s*=")


def parse_problem(error: tomllib.TOMLDecodeError, text: str) -> str:
    """What the parser says, with a line where it says only that the text ended too soon."""
    return str(error).replace("at end of document", f"at line {len(text.splitlines())}, the end of the file")


def line_of(text: str, place: Place) -> int | None:
    """Line, from 1, of a value in a TOML text; that of its list or table where the value has no line of its own."""
    lines = _lines(text)
    # four digits are a year, and no position in a list
    wanted = tuple(str(part) if isinstance(part, int) and part >= 1000 else part for part in place)
    parents = (wanted[:length] for length in range(len(wanted), 0, -1))
    return next((lines[parent] for parent in parents if parent in lines), None)


@lru_cache(maxsize=8)
def _lines(text: str) -> dict[Place, int]:
    found: dict[Place, int] = {}
    counts: dict[Place, int] = {}
    current: Place = ()
    for number, line in enumerate(text.splitlines(), start=1):
        header, assignment = _HEADER.match(line), _ASSIGNMENT.match(line)
        if header:
            current = _table(_parts(header[2]), counts, one_of_many=header[1] == "[[")
            found.setdefault(current, number)
        elif assignment:
            parts = _parts(assignment[1])
            for length in range(1, len(parts) + 1):
                found.setdefault((*current, *parts[:length]), number)
    return found


def _table(parts: Place, counts: dict[Place, int], *, one_of_many: bool) -> Place:
    """Place of the table that a header opens; inside a list of tables it is in the last one."""
    place: Place = ()
    for position, part in enumerate(parts, start=1):
        place = (*place, part)
        if one_of_many and position == len(parts):
            counts[place] = counts.get(place, -1) + 1
        if place in counts:
            place = (*place, counts[place])
    return place


def _parts(keys: str) -> Place:
    return tuple(part.strip("\"'") for part in re.findall(_KEY, keys))


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """Which file, and where in it, a value comes from that may stand in one of several files.

    Any two are equal: where a text was read is no part of what it says.

    Parameters
    ----------
    files : sequence of tuple
        Name and text of each file, the innermost first, and how many entries of each list its bases have.
    """

    files: tuple[tuple[str, str, Mapping[str, int]], ...]

    def __eq__(self, other: object) -> bool:
        """Nothing hangs on it."""
        return other is None or isinstance(other, Origin)

    def __hash__(self) -> int:
        """The same for all."""
        return 0

    def words(self, place: Place) -> str:
        """File and line of a value; the first line, where it ought to stand, if no file says it."""
        return self.found(place) or f"{self.files[0][0]}, line 1"

    def found(self, place: Place) -> str | None:
        """File and line of a value, the innermost file that says it first; None if no file does."""
        for name, text, before in self.files:
            own = _own(place, before)
            line = None if own is None else line_of(text, own)
            if line:
                return f"{name}, line {line}"
        return None


def _own(place: Place, before: Mapping[str, int]) -> Place | None:
    """The place in a file whose lists stand behind those of its base."""
    if len(place) > 1 and place[0] in before and isinstance(place[1], int):
        position = place[1] - before[str(place[0])]
        return None if position < 0 else (place[0], position, *place[2:])
    return place
