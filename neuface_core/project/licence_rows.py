"""Under which licences the accepted clips of a project stand, read at once for a warning before they are passed on."""

from __future__ import annotations

import json

from sqlalchemy import select

from neuface_core.project.catalogue import Catalogue, clips

_ACCEPTING = ("accept", "accept-repaired")


def accepted_licences(catalogue: Catalogue) -> dict[str, dict[str, str]]:
    """Name of every accepted clip to the licences of the models behind its fit; empty where they were not kept."""
    accepted = clips.c.verdict.in_(_ACCEPTING) & (clips.c.verdict_run == clips.c.run) & (clips.c.state != "fitting")
    known: dict[str, dict[str, str]] = {"": {}}  # few different ones, however many clips
    found = {}
    with catalogue.reading() as connection:
        for name, stored in connection.execute(select(clips.c.name, clips.c.licences).where(accepted)):
            if stored not in known:
                known[stored] = dict(json.loads(stored))
            found[name] = known[stored]
    return found
