"""Suspicion in the catalogue: what is kept of every fit, and how the clips are judged by each other.

A few hundred bytes a clip are stored with its run, so that a whole project is judged without opening a fit. What is
usual is kept too: in a project of many thousand clips a new fit changes it by nothing, and only the new one is judged.
What is usual is measured on the fits that were made here: tracks of other tools are judged by it, and do not change it.
"""

from __future__ import annotations

import json

from sqlalchemy import Connection, bindparam, func, select, update

from neuface_core.evaluation.suspicion import (
    LEAST_CLIPS,
    Summary,
    Suspicion,
    Usual,
    judge_summary,
    summarise,
    usual,
    usual_from_json,
    usual_to_json,
)
from neuface_core.fitting.fit import Fit, MultiViewFit
from neuface_core.fitting.signals import signals
from neuface_core.project.catalogue import clips, meta

_KEY = "usual"
_MEASURE_AGAIN = 1.05
"""When there are so many times as many fits as when it was measured what is usual, it is measured anew."""


def signals_json(fit: Fit | MultiViewFit) -> str:
    """What `judge` needs of a fit, for the column `signals`."""
    return summarise(signals(fit)).to_json()


def judge(connection: Connection, identifier: str) -> None:
    """Judge a clip that was just fitted; all of them, where what is usual may have moved."""
    count = connection.execute(select(func.count()).where(*_OURS)).scalar_one()
    measured = _stored(connection)
    if measured is None or measured.clips * _MEASURE_AGAIN <= count or measured.clips > count:
        judge_all(connection)
        return
    wanted = select(clips.c.signals).where(clips.c.id == identifier, *_FITTED)
    for text in connection.execute(wanted).scalars():
        _write(connection, {identifier: judge_summary(Summary.from_json(text), measured)})


def judge_all(connection: Connection) -> None:
    """Measure what is usual and judge every clip that has a fit by it."""
    fitted = select(clips.c.id, clips.c.signals, clips.c.system).where(*_FITTED)
    found = connection.execute(fitted).all()
    rows = {clip: Summary.from_json(text) for clip, text, _ in found}
    ours = [rows[clip] for clip, _, system in found if not system]
    figures = usual(ours)
    if len(ours) >= LEAST_CLIPS:
        document = json.dumps(usual_to_json(figures))
        connection.execute(meta.insert().prefix_with("OR REPLACE").values(key=_KEY, value=document))
    else:
        connection.execute(meta.delete().where(meta.c.key == _KEY))
    _write(connection, {clip: judge_summary(summary, figures) for clip, summary in rows.items()})


def read_usual(connection: Connection) -> Usual:
    """What is usual in the project, to judge the frames of a clip by."""
    measured = _stored(connection)
    return usual([]) if measured is None else measured


_FITTED = (clips.c.run != "", clips.c.signals != "")
_OURS = (*_FITTED, clips.c.system == "")


def _stored(connection: Connection) -> Usual | None:
    text = connection.execute(select(meta.c.value).where(meta.c.key == _KEY)).scalar()
    return usual_from_json(json.loads(text)) if text else None


def _write(connection: Connection, judged: dict[str, Suspicion]) -> None:
    if judged:
        connection.execute(
            update(clips).where(clips.c.id == bindparam("clip")),
            [{"clip": k, "suspicion": round(s.score, 3), "suspect": s.brief} for k, s in judged.items()],
        )
