"""A clip to try the window on: rendered here, of a person who does not exist, then added and fitted as any other."""

from __future__ import annotations

from neuface_core.clips import search
from neuface_core.jobs import Job
from neuface_core.project import Project
from neuface_core.training.clips.clip_folder import ClipOrder, write_clip
from neuface_studio.language import tr
from neuface_studio.tasks import Added
from neuface_studio.worker import Task

NAME = "demo"
"""Of the project, and of the clip in it."""
ORDER = ClipOrder(seed=3, seconds=2.4, width=480, height=360)


def demo_task(project: Project) -> Task:
    """Render the clip into the folder of the project and add it; what a stopped run leaves is made anew."""
    return Task("demo", tr("Rendering the demo clip"), lambda: _render(project), owner=project)


def _render(project: Project) -> Job[Added]:
    folder = project.path / NAME
    yield from write_clip(ORDER, folder)
    return Added(tuple(project.add_clips(search([folder]).clips)), ())
