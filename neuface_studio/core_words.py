"""Short words of `neuface_core` that the window shows, marked here for translation: the core knows no languages.

Where they are shown they go through `tr`; a test compares them with what the core says. Its errors, the reasons of
failures and what is suspicious in a fit are whole sentences with values in them, and stay English (ADR 30).
"""

from __future__ import annotations

from neuface_studio.language import mark

WORDS = (
    # project.records.RejectReason
    mark("landmarks wrong"),
    mark("mesh wrong"),
    mark("jitter"),
    mark("occluded"),
    mark("blurred or too small"),
    mark("more than one face"),
    mark("not a face"),
    mark("other"),
    # landmarks.corrections.Origin
    mark("detector"),
    mark("dragged"),
    mark("nudged"),
    mark("mirrored from the other side"),
    mark("confirmed as it was"),
    mark("the detector's second guess"),
    mark("another face"),
    mark("interpolated between key frames"),
    # landmarks.ibug.GROUPS
    mark("jaw"),
    mark("right brow"),
    mark("left brow"),
    mark("nose"),
    mark("right eye"),
    mark("left eye"),
    mark("mouth"),
    # export.formats.FORMATS
    mark("animated head for Blender, Unity, Unreal and the web"),
    mark("a page that turns the head in a browser"),
    mark("video: original, overlay and mesh side by side"),
    mark("one OBJ a frame"),
    mark("one PLY a frame"),
    mark("one mesh and a point cache"),
    mark("tables of landmarks, errors and parameters"),
    mark("COCO-WholeBody: face keypoints and boxes"),
    mark("VHAP's tracked parameters (FLAME only)"),
    mark("NeuFace's params.npz, with the crop (FLAME only)"),
)
