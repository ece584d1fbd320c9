"""`neuface decide`: accept or reject a clip without the window."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neuface_core.cli import terminal
from neuface_core.errors import NeuFaceError

if TYPE_CHECKING:
    from neuface_core.project import DecisionEvent
    from neuface_core.project.records import Verdict


def _words(event: DecisionEvent) -> str:
    of = "landmarks " if event.stage == "landmarks" else ""
    if event.kind == "skip":
        return "left for later"
    if event.verdict == "reject":
        return f"{of}rejected ({event.reason})"
    return f"{of}accepted{' after repair' if event.verdict == 'accept-repaired' else ''}"


def _taken_back(event: DecisionEvent) -> str:
    said = {"exclude": "frames left out", "marks": "marks", "tag": "tags", "note": "a note", "edit": "landmarks"}
    return said.get(event.kind) or _words(event)


class VerdictChoice(StrEnum):
    """What a person can decide."""

    ACCEPT = "accept"
    REJECT = "reject"
    SKIP = "skip"


def decide(
    project: Annotated[Path, typer.Argument(help="Folder of the project.")],
    clip: Annotated[str | None, typer.Argument(help="Name of the clip.")] = None,
    verdict: Annotated[VerdictChoice | None, typer.Argument(help="What you decide.")] = None,
    reason: Annotated[str, typer.Option(help="Why it is rejected, for example jitter or landmarks-wrong.")] = "",
    note: Annotated[str, typer.Option(help="Anything else worth keeping.")] = "",
    reviewer: Annotated[str, typer.Option(help="Who decides; by default your user name.")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Take the latest decision back.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the decision as JSON.")] = False,
) -> None:
    """Accept or reject a clip, or leave it for later; it is on disk when the command ends.

    Of a clip whose landmarks are to be verified before its fit, it is these that are judged.
    """
    from neuface_core.project import Project
    from neuface_core.project.decision_log import DecisionLog

    if undo and verdict is not None:
        raise typer.BadParameter("--undo takes no verdict")
    if not undo and (clip is None or verdict is None):
        raise typer.BadParameter("name a clip and say accept, reject or skip")
    if verdict is VerdictChoice.REJECT and not reason:
        raise typer.BadParameter("a rejection needs a --reason, so that others can learn from it")
    with Project.open(project) as opened:
        if undo:
            latest = DecisionLog(opened.history()).next_undo
            if clip is not None and latest is not None and latest.clip != clip:
                raise NeuFaceError(
                    f"The latest decision is about {latest.clip!r}, not {clip!r}; nothing was changed.",
                    remedy="Leave the name out to take it back, or decide anew.",
                )
            event = opened.undo(reviewer)
            if event is None:
                raise NeuFaceError("There is no decision to take back.", path=project)
            text = f"Taken back: {event.clip}, {_taken_back(latest or event)}."
        else:
            assert clip is not None
            assert verdict is not None
            if verdict is VerdictChoice.SKIP:
                event = opened.skip(clip, reviewer)
            else:
                said: Verdict = "accept" if verdict is VerdictChoice.ACCEPT else "reject"
                event = opened.decide(clip, said, reason=reason, note=note, reviewer=reviewer)
            text = f"{clip}: {_words(event)}."
        state = str(opened.clip(event.clip).state)
    if json:
        answer: dict[str, Any] = {"id": event.id, "kind": event.kind, "clip": event.clip, "state": state}
        terminal.print_json(answer | {"verdict": event.verdict, "reason": event.reason, "note": event.note})
    else:
        now = f" It is now {state.replace('_', ' ')}." if undo else ""
        terminal.output().print(text + now, markup=False, highlight=False, soft_wrap=True)
