"""Names of a package that are imported when they are first used, so that the package itself costs next to nothing."""

import ast
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType


class HandsOn(ModuleType):
    """A package whose names come from its rooms at first use."""

    rooms: dict[str, tuple[str, str]]

    def __getattr__(self, name: str) -> object:
        """The name, imported from its room."""
        rooms = self.__dict__.get("rooms", {})
        if name not in rooms:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        room, there = rooms[name]
        found = import_module(f"{room}.{there}") if room == self.__name__ else getattr(import_module(room), there)
        self.__dict__[name] = found
        return found

    def __setattr__(self, name: str, value: object) -> None:
        """Bind a name, unless it is a room that a public function is named after: importing a room binds its name."""
        room = self.__dict__.get("rooms", {}).get(name, (self.__name__,))[0]
        if not (isinstance(value, ModuleType) and room != self.__name__):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        """Names that are there, and those that will be."""
        return sorted({*self.__dict__, *self.rooms})


def hand_on(package: str, file: str) -> None:
    """Let the names of a package come from its rooms at first use.

    The names are those of the stub beside the package's file, which type checkers and editors read too: so they stand
    in one place, as imports.

    Parameters
    ----------
    package : str
        Its ``__name__``.
    file : str
        Its ``__file__``; the stub has the same name and the ending ``.pyi``.

    Examples
    --------
    >>> import kompaslite
    >>> kompaslite.NOTE_AGE_GROUPS[0], "project" in dir(kompaslite), callable(kompaslite.backtest)
    ('0', True, True)
    """
    stub = ast.parse(Path(file).with_suffix(".pyi").read_text(encoding="utf-8"))
    rooms = {
        alias.asname or alias.name: (str(line.module), alias.name)
        for line in stub.body
        if isinstance(line, ast.ImportFrom)
        for alias in line.names
    }
    module = sys.modules[package]
    module.__class__ = HandsOn
    module.__dict__.update(rooms=rooms, __all__=sorted(rooms))
