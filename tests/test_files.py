"""Files are whole, what is not ours stays, and a killed run leaves nothing that the next one does not clear."""

import os
import subprocess
import sys
import textwrap

import pytest

from kompaslite._files import StorageError, require_free, require_writable, whole_file, write_folder


def text(words):
    return lambda path: path.write_text(words)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_is_never_removed_for_a_file(tmp_path, force):
    (tmp_path / "a.txt").mkdir()
    (tmp_path / "a.txt" / "mine").write_text("ten years of work")
    with (
        pytest.raises(StorageError, match="what is in it is not removed"),
        whole_file(tmp_path / "a.txt", force=force) as path,
    ):
        path.write_text("new")
    with pytest.raises(StorageError, match="what is in it is not removed"):
        write_folder(tmp_path, {"b.txt": text("new"), "a.txt": text("new")}, force=True)
    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt" / "mine").read_text() == "ten years of work"


def test_what_appears_while_a_file_is_made_stays(tmp_path):
    target = tmp_path / "a.txt"

    def late():
        with whole_file(target, force=False) as path:
            path.write_text("new")
            target.write_text("of another run")

    with pytest.raises(StorageError, match="the file exists"):
        late()
    assert target.read_text() == "of another run"
    out = tmp_path / "out"

    def slow(path):
        path.write_text("new")
        out.mkdir()
        (out / "a.txt").write_text("of another run")

    with pytest.raises(StorageError, match="a folder of this name is there"):
        write_folder(out, {"a.txt": slow})
    assert (out / "a.txt").read_text() == "of another run"
    assert names(tmp_path) == ["a.txt", "out"]


def test_an_empty_folder_takes_one_of_two_runs(tmp_path):
    def other_run(path):
        path.write_text("first")
        write_folder(tmp_path, {"a.txt": text("second")}, force=True)

    with pytest.raises(StorageError, match="the file exists"):
        write_folder(tmp_path, {"a.txt": other_run}, force=False)
    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "second"


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "a.txt").write_text("old")
    link = tmp_path / "a.txt"
    link.symlink_to(tmp_path / "shared" / "a.txt")
    with pytest.raises(StorageError, match="the file exists"), whole_file(link, force=False):
        pass
    with whole_file(link, force=True) as path:
        path.write_text("new")
    assert link.is_symlink()
    assert (tmp_path / "shared" / "a.txt").read_text() == "new"
    dangling = tmp_path / "b.txt"
    dangling.symlink_to(tmp_path / "absent.txt")
    with pytest.raises(StorageError, match="the file exists"):
        require_free(dangling, force=False)


@pytest.mark.skipif(os.name != "posix", reason="whether a process runs is asked as on POSIX")
def test_what_a_killed_run_left_is_cleared_by_the_next(tmp_path):
    code = f"""
        import os
        from kompaslite._files import whole_file, write_folder
        with whole_file({str(tmp_path / "a.txt")!r}, force=True) as path:
            path.write_text("half")
            os._exit(9)
    """
    assert subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False).returncode == 9
    (left,) = names(tmp_path)
    assert left.startswith(".a-")
    beside = tmp_path / f".a-{left.split('-')[1]}-{os.getpid()}-mine.part.txt"
    beside.write_text("of a run that is not over")
    with whole_file(tmp_path / "a.txt", force=True) as path:
        path.write_text("whole")
    assert names(tmp_path) == [beside.name, "a.txt"]


def test_names_that_no_disk_takes_are_refused_in_words(tmp_path):
    for bad in (tmp_path / ("a" * 300), tmp_path / "absent" / "a.txt", tmp_path / "nul\0" / "a"):
        with pytest.raises(StorageError):
            require_free(bad, force=False)
    with pytest.raises(StorageError):
        require_writable(tmp_path / ("a" * 300))
