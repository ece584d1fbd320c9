"""What a fit of one clip is, as arrays that can be stored, drawn, scored and exported."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neuface_core.encoders.crops import CropTrack
from neuface_core.heads.params import HeadParams
from neuface_core.landmarks.track import LandmarkTrack


@dataclass(frozen=True)
class Fit:
    """Φ_w*(I) of one view of one clip, beside the encoder's own first answer Φ_w⁰(I).

    Frames without a face are kept, so that every array has F rows and row i is frame i of the video.

    Attributes
    ----------
    params, params_encoder : HeadParams of F rows, on the CPU
        After the optimisation, and before it (hold for "before").
    crops
        Where the encoder looked.
    landmarks
        What was fitted: the detections, with what a person corrected.
    projected, projected_encoder : (F, 68, 2) float32
        Projected model landmarks in pixels of the original frame; NaN where `valid` is False.
    valid : (F,) bool
        False where there is no mesh (no face near this frame).
    error, error_encoder : (F,) float32
        NME of the frame in percent of the box normaliser (`nme_bbox`); NaN where nothing was detected.
    metrics
        Numbers of the clip: nme_bbox, nme_bbox_encoder, nme_iod, nme_iod_encoder, jitter_mm, jitter_mm_encoder,
        msi_v, msi_l, msi_v_encoder, msi_l_encoder, motion_retained, shape_norm, seconds, iterations.
        NaN where a number has no meaning (jitter of a single frame).
    loss_history : (I,) float32
        Total loss of every iteration.
    settings
        JSON-ready settings of the run (models with hashes, config, seed, versions).
    head_id, encoder_id
        Identifiers of the models, as in their bundles, for example "open-head-2".
    confidence : (F,) float32, optional
        The encoder's own estimate of how probable it is that its first answer is right, in [0, 1]; NaN where there is
        no mesh. None where the encoder has none.
    detections, origin : LandmarkTrack and (F, 68) uint8, optional
        Where a person corrected landmarks: what the detector saw, and the `landmarks.corrections.Origin` of every point
        of `landmarks`. None where nobody did.
    """

    params: HeadParams
    params_encoder: HeadParams
    crops: CropTrack
    landmarks: LandmarkTrack
    projected: NDArray[np.float32]
    projected_encoder: NDArray[np.float32]
    valid: NDArray[np.bool_]
    error: NDArray[np.float32]
    error_encoder: NDArray[np.float32]
    metrics: dict[str, float]
    loss_history: NDArray[np.float32]
    head_id: str
    encoder_id: str
    settings: dict[str, object] = field(default_factory=dict)
    confidence: NDArray[np.float32] | None = None
    detections: LandmarkTrack | None = None
    origin: NDArray[np.uint8] | None = None

    @property
    def n_frames(self) -> int:
        return len(self.valid)

    @property
    def repaired(self) -> bool:
        """Whether a person corrected landmarks that it follows, or a stretch of it was fitted anew for that."""
        return bool(self.settings.get("refits")) or (self.origin is not None and bool(self.origin.any()))


@dataclass(frozen=True)
class MultiViewFit:
    """Φ_w*(I) of all views of one clip, fitted together.

    Attributes
    ----------
    views
        One fit a view, all over the F common moments of the clip.
    view_names
        One a view.
    view_weight : (F, V) float32
        What a view counted when the mesh of a moment was put together from all views; 0: it lost its vote, or has no
        mesh.
    cvd_mm, cvd_encoder_mm : (V, V) float64
        Cross-view vertex distance of every pair of views (`evaluation.mesh_distance.cvd_pairs_mm`), after and before.
    metrics
        Numbers of the clip: cvd_mm, cvd_mm_encoder, cvd_mm_loop (as the network answers, before the views settle on
        one face), unseen_share (of the vertices that no view with a vote sees), and every metric of the views as their
        mean; what counts the whole run (seconds, iterations) is not a mean.
    """

    views: tuple[Fit, ...]
    view_names: tuple[str, ...]
    view_weight: NDArray[np.float32]
    cvd_mm: NDArray[np.float64]
    cvd_encoder_mm: NDArray[np.float64]
    metrics: dict[str, float]

    @property
    def n_frames(self) -> int:
        return self.views[0].n_frames

    @property
    def n_views(self) -> int:
        return len(self.views)
