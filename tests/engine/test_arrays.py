import gc

import numpy as np
import pytest

from kompaslite.engine import arrays as memory

LARGE = (memory.SMALLEST // 8,)


@pytest.fixture(autouse=True)
def _nothing_kept():
    memory.release_memory()
    yield
    memory.release_memory()


def _address(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]


def test_memory_is_used_again_when_its_last_view_is_gone():
    first = memory.empty(LARGE, float)
    address, view = _address(first), first[5:].reshape(-1)[::2]
    del first
    gc.collect()
    assert memory.kept_bytes() == 0
    view[:] = 1.0
    del view
    gc.collect()
    assert memory.kept_bytes() == memory.SMALLEST
    again = memory.empty((2, LARGE[0] // 2), float)
    assert _address(again) == address
    assert again.flags.writeable
    assert again.flags.c_contiguous
    assert memory.kept_bytes() == 0


def test_two_results_at_a_time_never_share_memory():
    first, second = memory.empty(LARGE, float), memory.empty(LARGE, float)
    assert not np.shares_memory(first, second)


def test_another_size_is_not_served_from_it():
    del_me = memory.empty(LARGE, float)
    address = _address(del_me)
    del del_me
    gc.collect()
    other = memory.empty((LARGE[0] + 8,), float)
    assert _address(other) != address
    assert memory.kept_bytes() == memory.SMALLEST


def test_no_more_than_a_limit_is_kept(monkeypatch):
    monkeypatch.setattr(memory, "MOST_KEPT", memory.SMALLEST)
    arrays = [memory.empty(LARGE, float) for _ in range(3)]
    del arrays
    gc.collect()
    assert memory.kept_bytes() == memory.SMALLEST
    assert memory.release_memory() == memory.SMALLEST
    assert memory.kept_bytes() == 0


def test_small_arrays_are_left_to_numpy():
    small = memory.empty((10,), np.float32)
    assert small.dtype == np.float32
    del small
    gc.collect()
    assert memory.kept_bytes() == 0
