"""Where a TOML text says what it says: the line of every key, which the parser of Python does not tell."""

import re
import tomllib

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
