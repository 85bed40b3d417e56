"""Where in its files a scenario says what it says."""

from collections.abc import Mapping
from dataclasses import dataclass

from kompaslite._toml import Place, line_of

#: Keys of a scenario that hold a list of edits; those of a base come first.
LISTS = ("fertility", "mortality", "migration", "in_migration")


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """Which file, and where in it, a value of a scenario comes from.

    Any two are equal: where a scenario was read is no part of what it says.

    Parameters
    ----------
    files : sequence of tuple
        Name and text of each file, the innermost first, and how many edits of each list its bases have.
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
    """The place in a file whose lists of edits stand behind those of its base."""
    if len(place) > 1 and place[0] in LISTS and isinstance(place[1], int):
        position = place[1] - before.get(str(place[0]), 0)
        return None if position < 0 else (place[0], position, *place[2:])
    return place
