"""A project of many clips without their videos: the rows that a list reads, written straight into the catalogue.

Nobody waits for 100,000 fits; names, states, numbers, reasons, notes and decisions are as wild as in a real project.
"""

from __future__ import annotations

import json
import random
import uuid
from pathlib import Path

from neuface_core.evaluation.signal_kinds import KINDS
from neuface_core.evaluation.suspicion import Summary, Worst
from neuface_core.project import Project
from neuface_core.project.catalogue import clips, decisions, meta, views
from neuface_core.project.clip_rows import clip_id
from neuface_core.project.records import RejectReason

_NOW = "2026-01-01T12:00:00.000+00:00"
_PEOPLE = ("ada", "bob", "cleo", "dora")
_FEELINGS = ("anger", "calm", "joy", "surprise", "fear")


def make_large_project(path: Path, count: int, *, decided: float = 0.4, seed: int = 0) -> Path:
    """Write a project of `count` clips at `path`, a share `decided` of them judged by somebody.

    Of every hundred clips ninety have a fit, and every fit its summary, as after weeks of work.
    """
    draw = random.Random(seed)
    names = [f"{_PEOPLE[i % 4]}_{_FEELINGS[i % 5]}_{i:06d}" for i in range(count)]
    fitted = [draw.random() < 0.9 for _ in names]
    judged = [fit and draw.random() < decided for fit in fitted]
    rows = [_clip(draw, position, *facts) for position, facts in enumerate(zip(names, fitted, judged, strict=True))]
    events = [_event(row) for row in rows if row["verdict"]]
    with Project.create(path) as project, project._catalogue.writing() as connection:
        connection.execute(clips.insert(), rows)
        connection.execute(
            views.insert(),
            [
                {
                    "clip_id": row["id"],
                    "view": 0,
                    "path": f"videos/{row['name']}.mp4",
                    "name": row["name"],
                    "offset": 0,
                    "n_frames": row["n_frames"],
                    "width": 640,
                    "height": 360,
                    "track": 0,
                }
                for row in rows
            ],
        )
        if events:
            connection.execute(decisions.insert(), events)
        connection.execute(meta.delete().where(meta.c.key == "usual"))
    # The copy as text is completed by whoever opens it first: not part of what is measured.
    Project.open(path).close()
    return path


def _clip(draw: random.Random, position: int, name: str, fitted: bool, judged: bool) -> dict[str, object]:
    nme, jitter = draw.uniform(1, 6), draw.uniform(0.1, 2)
    metrics = {"nme_bbox": nme, "nme_bbox_encoder": nme + 1, "jitter_mm": jitter, "jitter_mm_encoder": 2 * jitter}
    metrics |= {"motion_retained": draw.uniform(0.8, 1), "iterations": 100.0, "seconds": 8.0}
    summary = Summary({kind.name: Worst(draw.random(), draw.gauss(0, 1), 10, 20) for kind in KINDS})
    suspicion = round(abs(draw.gauss(0, 3)), 3)
    verdict = "" if not judged else "accept" if draw.random() < 0.8 else "reject"
    run = f"20260101T120000000000-{position:06x}" if fitted else ""
    return {
        "id": clip_id(name),
        "position": position,
        "name": name,
        "fingerprint": f"{position:064x}",
        "n_frames": draw.randint(20, 900),
        "fps": 25.0,
        "width": 640,
        "height": 360,
        "added_utc": _NOW,
        "state": "to_review" if fitted else "waiting",
        "reason": "",
        "run": run,
        "metrics": json.dumps(metrics, sort_keys=True) if fitted else "{}",
        "seconds": 8.0 if fitted else None,
        "suspicion": suspicion if fitted else None,
        "suspect": f"jitter {suspicion:.1f} × the project's median, frames 41-58" if suspicion > 3 and fitted else "",
        "signals": summary.to_json() if fitted else "",
        "verdict": verdict,
        "verdict_run": run if verdict else "",
        "verdict_reason": draw.choice(list(RejectReason)).value if verdict == "reject" else "",
        "decided_by": "ada" if verdict else "",
        "decided_utc": _NOW if verdict else "",
        "note": "look at the left eye again" if position % 50 == 0 else "",
    }


def _event(row: dict[str, object]) -> dict[str, object]:
    return {
        "id": uuid.uuid5(uuid.NAMESPACE_OID, str(row["id"])).hex,
        "time": _NOW,
        "kind": "decide",
        "clip": row["name"],
        "run": row["verdict_run"],
        "verdict": row["verdict"],
        "reason": row["verdict_reason"],
        "note": row["note"],
        "reviewer": "ada",
        "target": "",
    }
