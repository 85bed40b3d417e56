"""What the reference shows: the public names of every room, read from the package itself."""

import importlib
import inspect
import pkgutil
from types import ModuleType
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

import kompaslite

#: Rooms whose names are for this library's own use: what stands at the top of them is handed on by the package.
INNER = ("app", "datasets", "engine", "schema", "text")


def rooms() -> list[str]:
    """Names of the modules and packages directly in the library that are for its users."""
    names = [module.name for module in pkgutil.iter_modules(kompaslite.__path__)]
    return [name for name in names if not name.startswith("_") and name not in INNER]


def public_names(room: str) -> dict[str, list[str]]:
    """Public names of a module by kind: functions, classes and data."""
    module = importlib.import_module(room)
    found: dict[str, list[str]] = {"functions": [], "classes": [], "data": []}
    for name in getattr(module, "__all__", None) or _own(module):
        value = getattr(module, name)
        if not inspect.ismodule(value) and not _handed_on(room, name, value):
            kind = "classes" if inspect.isclass(value) else "functions" if inspect.isroutine(value) else "data"
            found[kind].append(name)
    return found


def _handed_on(room: str, name: str, value: object) -> bool:
    """Whether a name of an inner room is documented in a room for users."""
    if room.removeprefix("kompaslite.") not in INNER:
        return False
    return any(getattr(importlib.import_module(f"kompaslite.{other}"), name, None) is value for other in rooms())


def _own(module: ModuleType) -> list[str]:
    made_here = [name for name, value in vars(module).items() if getattr(value, "__module__", None) == module.__name__]
    return sorted(name for name in made_here if not name.startswith("_") and callable(getattr(module, name)))


def short_names() -> dict[str, str]:
    """Where a name is documented, by the name alone; the first room that has it."""
    found: dict[str, str] = {}
    for room in (*rooms(), *INNER):
        for name in (one for kind in public_names(f"kompaslite.{room}").values() for one in kind):
            found.setdefault(name, f"kompaslite.{room}.{name}")
    return found


def _resolve(app: Sphinx, env: Any, node: Any, content: nodes.TextElement) -> nodes.reference | None:
    """Link a name in a docstring, such as `project`, to the room that has it."""
    if node.get("refdomain") != "py":
        return None
    target = _SHORT.get(str(node.get("reftarget", "")).removeprefix("kompaslite.").removeprefix("kl."))
    if target is None:
        return None
    domain = env.get_domain("py")
    found = domain.resolve_xref(env, node["refdoc"], app.builder, "obj", target, node, content)
    return found if isinstance(found, nodes.reference) else None


_SHORT = short_names()


def setup(app: Sphinx) -> dict[str, bool]:
    """Join the build."""
    app.connect("missing-reference", _resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
