"""The documentation: every page can be found, every public name is in it, and what it shows is run by its build."""

import importlib.util
import re
import typing
from pathlib import Path
from types import ModuleType

import pydantic
import pytest

import kompaslite as kl
from kompaslite import scenario

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if not {"_build", "generated", "auto_examples"} & set(path.parts))
#: Pages with Python that the build does not run, because it needs a network or statistics of the reader's own.
NOT_RUN = {"how_to_read_data.md", "how_to_scale.md", "default_method.md"}
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|home|root|tmp|Users|mnt)/|[A-Z]:\\\\")


def text_of(page):
    return page.read_text(encoding="utf-8")


def entries(page):
    """Pages that the toctrees of a page lead to."""
    for block in re.findall(r"```\{toctree\}\n(.*?)```", text_of(page), flags=re.DOTALL):
        for line in block.splitlines():
            name = re.sub(r"^.*<(.*)>$", r"\1", line.strip())
            if not name or name.startswith(":"):
                continue
            yield from sorted(page.parent.glob(f"{name}.md"))


def test_every_page_is_in_a_table_of_contents():
    found, waiting = set(), [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        if page not in found:
            found.add(page)
            waiting.extend(entries(page))
    assert [page.relative_to(DOCS).as_posix() for page in PAGES if page not in found] == []


def test_every_entry_of_a_table_of_contents_exists():
    for page in PAGES:
        for block in re.findall(r"```\{toctree\}\n(.*?)```", text_of(page), flags=re.DOTALL):
            for line in block.splitlines():
                name = re.sub(r"^.*<(.*)>$", r"\1", line.strip())
                if name and not name.startswith((":", "auto_examples")):
                    assert list(page.parent.glob(f"{name}.md")), f"{page.name}: {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_a_page_has_one_title_and_no_path_of_a_machine(page):
    outside_code = re.sub(r"^```.*?^```$", "", text_of(page), flags=re.DOTALL | re.MULTILINE)
    assert len(re.findall(r"^# .+", outside_code, flags=re.MULTILINE)) == 1
    assert MACHINE_PATH.findall(text_of(page)) == []
    assert not re.search(r"^(<{7}|={7}$|>{7})", text_of(page), re.MULTILINE), "two versions of a merge stand in it"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_python_that_is_shown_is_run(page):
    shown = re.findall(r"^```(?:python|py|ipython3)\s*$", text_of(page), flags=re.MULTILINE)
    assert not shown or page.name in NOT_RUN
    if "{code-cell}" in text_of(page):
        assert text_of(page).startswith("---\nfile_format: mystnb\n")


def test_examples_name_no_path_of_a_machine():
    for script in (DOCS.parent / "examples").glob("*.py"):
        assert MACHINE_PATH.findall(text_of(script)) == [], script.name


def test_the_reference_lists_every_room_and_every_name_of_every_day():
    spec = importlib.util.spec_from_file_location("rooms", DOCS / "_ext" / "rooms.py")
    pytest.importorskip("sphinx")
    rooms = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(rooms)
    index, everyday = text_of(DOCS / "reference" / "index.md"), text_of(DOCS / "reference" / "everyday.md")
    listed = re.findall(r"^ {3}kompaslite\.(\w+)$", index, flags=re.MULTILINE)
    assert sorted(listed) == sorted((*rooms.rooms(), *rooms.INNER))
    named = set(re.findall(r"^ {3}kompaslite(?:\.\w+)*\.(\w+)$", everyday, flags=re.MULTILINE))
    assert named == {name for name in kl.__all__ if not isinstance(getattr(kl, name), ModuleType)}
    for entry in re.findall(r"^ {3}(kompaslite\.[\w.]+)$", everyday, flags=re.MULTILINE):
        room, name = entry.rsplit(".", 1)
        assert name in [one for kind in rooms.public_names(room).values() for one in kind], entry


def models(model):
    """A pydantic model and those of its fields."""
    yield model
    for field in model.model_fields.values():
        for one in (field.annotation, *typing.get_args(field.annotation)):
            if isinstance(one, type) and issubclass(one, pydantic.BaseModel):
                yield from models(one)


def test_the_page_of_the_scenario_file_has_every_key():
    page = text_of(DOCS / "reference" / "scenario_file.md")
    keys = {key for model in models(scenario.Scenario) for key in model.model_fields}
    assert len(keys) > 25
    assert sorted(key for key in keys if f"`{key}`" not in page and f"[{key}]" not in page) == []


def test_the_page_of_the_command_line_has_every_command():
    pytest.importorskip("typer")
    from kompaslite.app.commands import app

    page = text_of(DOCS / "reference" / "command_line.md")
    names = [command.name or command.callback.__name__ for command in app.registered_commands]
    assert names
    assert [name for name in names if f"| `{name}` |" not in page] == []
