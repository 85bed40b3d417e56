"""How far a long run has come."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from kompaslite.schema import SchemaError

#: Called with the jobs that are done, and with all there are.
Progress = Callable[[int, int], None]


def shown(progress: bool | Progress, label: str) -> AbstractContextManager[Progress]:  # noqa: FBT001
    """What is called with the jobs that are done: a bar where rich is there, nothing, or what was given."""
    if progress is True:
        return _bar(label)
    if progress and not callable(progress):
        raise SchemaError(f"progress: {progress!r} is neither True nor a function. Give one of them, or leave it out.")
    return nullcontext(progress or _nothing)


@contextmanager
def _bar(label: str) -> Iterator[Progress]:
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar
    except ImportError:
        yield _nothing
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def _nothing(done: int, of: int) -> None:
    """Nothing is shown."""
