"""Parts of a job shared out among threads."""

import os
from collections.abc import Callable, Iterable
from threading import Thread
from typing import TypeVar

Part = TypeVar("Part")


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def share_out(run: Callable[[Part], None], parts: Iterable[Part], threads: int) -> None:
    """Run a function on every part: threads take parts until none is left."""
    waiting = iter(list(parts))
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for part in waiting:
                run(part)
        except BaseException as failure:
            failures.append(failure)

    others = [Thread(target=work) for _ in range(threads - 1)]
    for other in others:
        other.start()
    work()
    for other in others:
        other.join()
    if failures:
        raise failures[0]
