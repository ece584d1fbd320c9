"""What the window asks: only what it cannot know and what could not be taken back."""

from __future__ import annotations

from collections.abc import Callable

from neuface_studio.grouping import Grouping
from neuface_studio.language import tr, tr_n
from neuface_studio.views.question_strip import Question
from neuface_studio.worker import Task

LEAVE = "leave"


def leave_question(task: Task, waiting: int, leave: str, on_leave: Callable[[], None]) -> Question:
    """Something still runs: stop it and leave, or keep working.

    Parameters
    ----------
    task, waiting
        What runs, and how many jobs stand in line behind it.
    leave
        Words of the button, for example "Stop and close".
    on_leave
        Called when the person wants that.
    """
    title = tr("A fit is running.") if task.kind == "fit" else tr("{job} is not done yet.", job=task.title)
    words = tr("Decisions are safe. What is stopped leaves no half file behind.")
    if task.kind == "fit":
        job = task.title
        if waiting:
            job = tr_n("{job}, and {n} more wait in line", "{job}, and {n} more waits in line", waiting, job=job)
        words = tr("{job}. Decisions are safe. A fit that is stopped starts anew; the next start offers it.", job=job)
    return Question(title, words, ((leave, on_leave),), tr("Keep working"), careful=True, name=LEAVE)


def views_question(count: int, answered: Callable[[Grouping], None]) -> Question:
    """Whether several videos are clips of their own, or one clip seen by several cameras.

    Parameters
    ----------
    count
        How many videos; 0 for a folder of takes that were seen by several cameras.
    answered
        Called with the choice, and not at all where nothing is to be added.
    """
    if count:
        title = tr("Do these {count} videos show one clip from {count} sides?", count=count)
        apart = tr("{count} clips", count=count)
    else:
        title = tr("Do the videos of this folder show the same takes from several sides?")
        apart = tr("A clip for every video")
    words = tr(
        "Views of one clip are fitted together: one face, seen by several cameras at the "
        "same moments. Where cameras did not start together, a views.toml beside the "
        "videos says by how many frames."
    )
    choices = (
        (apart, lambda: answered(Grouping.APART)),
        (tr("Views of one clip"), lambda: answered(Grouping.TOGETHER)),
    )
    return Question(title, words, choices, tr("Cancel"))
