"""A project is opened by one writer, never by accident destroyed, and says plainly why it cannot be opened."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading

import pytest

from neuface_core.errors import ProjectError, ProjectLockedError
from neuface_core.project import ClipState, Project

HOLD = """
import sys, time
from neuface_core.project import Project
project = Project.open(sys.argv[1])
project.decide("clip0", "accept", reviewer="other")
project.set_state("clip2", "fitting")
print("open", flush=True)
time.sleep(60)
"""


@pytest.fixture
def held(make_project):
    """A project with a decision, open for writing in another process."""
    with make_project(clips=3, fitted=2) as project:
        path = project.path
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    yield path, process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_writer_is_told_who_holds_it_and_can_read(held):
    path, process = held
    with pytest.raises(ProjectLockedError, match=f"process {process.pid}.*read-only"):
        Project.open(path)
    with Project.open(path, read_only=True) as reader:
        assert reader.clip("clip0").state is ClipState.ACCEPTED
        assert reader.clip("clip2").state is ClipState.FITTING
        with pytest.raises(ProjectError, match="read-only"):
            reader.decide("clip1", "accept")
        with pytest.raises(ProjectError, match="read-only"):
            reader.save_fit("clip1", reader.load_fit("clip1"))


def test_a_killed_writer_leaves_no_lock_and_what_it_was_fitting_waits_again(held):
    path, process = held
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with Project.open(path, read_only=True) as reader:
        assert reader.clip("clip0").state is ClipState.ACCEPTED
    with Project.open(path) as project:
        assert project.clip("clip0").decided_by == "other"
        assert project.clip("clip2").state is ClipState.WAITING


def test_an_interrupted_second_fit_keeps_the_first(make_project):
    with make_project() as project:
        project.set_state("clip0", ClipState.FITTING)
        path = project.path
    with Project.open(path) as project:
        assert project.clip("clip0").state is ClipState.TO_REVIEW
        assert project.load_fit("clip0").metrics["nme_bbox"] == 1.25


def test_the_window_comes_back_as_it_was(make_project):
    with make_project() as project:
        project.set_view_state({"clip": "clip1", "frame": 7, "zoom": 2.5, "layers": ["mesh"]})
        path = project.path
    with Project.open(path, read_only=True) as project:
        assert project.view_state() == {"clip": "clip1", "frame": 7, "zoom": 2.5, "layers": ["mesh"]}


def test_settings_are_kept_and_a_comment_of_the_user_too(make_project):
    with make_project() as project:
        toml = project.path / "project.toml"
        toml.write_text("# of Kim\n" + toml.read_text())
        project.set_settings({"preset": "paper", "fit": {"iterations": 3, "device": None}})
        assert project.settings == {"preset": "paper", "fit": {"iterations": 3}}
        assert toml.read_text().startswith("# of Kim\n")


@pytest.mark.parametrize("damage", ["cut", "zeros", "text", "empty table"])
def test_a_damaged_catalogue_is_reported_and_left_alone(make_project, damage):
    with make_project() as project:
        path = project.path
    catalogue = path / "catalogue.sqlite"
    whole = catalogue.read_bytes()
    if damage == "cut":
        catalogue.write_bytes(whole[: len(whole) // 2])
    elif damage == "zeros":
        catalogue.write_bytes(whole[:4096] + bytes(len(whole) - 4096))
    elif damage == "text":
        catalogue.write_bytes(b"this is a letter to my aunt, and no database " * 100)
    else:
        database = sqlite3.connect(catalogue)
        database.executescript("DROP TABLE views")
        database.close()
    before = catalogue.read_bytes()

    def use(*, read_only: bool) -> None:
        with Project.open(path, read_only=read_only) as project:
            project.clips()

    for read_only in (False, True):
        with pytest.raises(ProjectError, match=r"damaged.*nothing was deleted") as caught:
            use(read_only=read_only)
        assert caught.value.path == catalogue
    assert catalogue.read_bytes() == before
    assert len(list(path.glob("runs/*/*.npz"))) == 3


def test_a_project_of_a_newer_version_is_not_touched(make_project):
    with make_project() as project:
        path = project.path
    database = sqlite3.connect(path / "catalogue.sqlite")
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(ProjectError, match="newer version"):
        Project.open(path)


@pytest.mark.parametrize("text", ["schema = = 1", "", "schema = 1\n", "schema = 99\n"])
def test_a_settings_file_that_makes_no_sense_is_an_error(make_project, text):
    with make_project() as project:
        path = project.path
    (path / "project.toml").write_text(text)
    with pytest.raises(ProjectError, match=r"project\.toml"):
        Project.open(path)
    assert (path / "project.toml").read_text() == text


def test_a_folder_with_other_things_never_becomes_a_project(tmp_path):
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(ProjectError, match="other files"):
        Project.open_or_create(tmp_path)
    with pytest.raises(ProjectError, match="no project"):
        Project.open(tmp_path)
    with pytest.raises(ProjectError):
        Project.open(tmp_path / "thesis.tex")
    with pytest.raises(ProjectError, match="cannot be made"):
        Project.create(tmp_path / "thesis.tex" / "p.neuface")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_closed_project_says_so(make_project):
    project = make_project()
    project.close()
    project.close()
    with pytest.raises(ProjectError, match="closed"):
        project.clips()


def test_stale_unfinished_files_are_removed_and_never_read(make_project, make_fit):
    with make_project() as project:
        path = project.path
        folder = next(path.glob("runs/clip0-*"))
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    litter = [path / f"project.toml.partial-{dead.stdout.strip()}", folder / f"x.npz.partial-{dead.stdout.strip()}"]
    for file in litter:
        file.write_bytes(b"half")
    with Project.open(path) as project:
        assert project.load_fit("clip0") is not None
        project.save_fit("clip0", make_fit())
    assert not any(file.exists() for file in litter)


def test_a_window_and_a_worker_share_a_project(make_project, make_fit):
    """Thread of the window decides and lists while the worker's saves fits."""
    errors: list[BaseException] = []
    with make_project() as project:

        def work() -> None:
            try:
                for seed in range(15):
                    project.set_state("clip2", ClipState.FITTING)
                    project.save_fit("clip2", make_fit(seed=seed))
            except BaseException as error:
                errors.append(error)

        worker = threading.Thread(target=work)
        worker.start()
        for number in range(30):
            project.decide("clip0", "accept" if number % 2 else "reject")
            assert len(project.clips()) == 3
        worker.join()
        assert errors == []
        assert len(project.history("clip0")) == 30
        assert project.load_fit("clip2").settings["seed"] == 14


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX permissions")
def test_a_project_on_a_read_only_disk_can_be_read(make_project):
    with make_project() as project:
        path = project.path
    path.chmod(0o555)
    try:
        with Project.open(path, read_only=True) as project:
            assert len(project.clips()) == 3
    finally:
        path.chmod(0o755)
