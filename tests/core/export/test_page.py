"""The HTML page needs nothing but itself, and its viewer shows the vertices of the fit."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from gltf_player import Player
from lively_fit import lively_fit, view_of
from made_up_flame import embeddings, flame_data, flame_entries

from neuface_core.export.clip_files import ViewToExport
from neuface_core.export.page.write import page_of
from neuface_core.heads.bundle import load_head
from neuface_core.heads.model import HeadModel
from neuface_core.jobs import run

TIMES = np.array([0, 0.04, 0.083, 0.12, 0.2, 0.21, 0.3, 0.35])
VIEWER = Path(__file__).parents[3] / "neuface_core" / "export" / "page" / "glb.js"


@pytest.fixture(scope="module")
def view() -> ViewToExport:
    head = load_head()
    about = {
        "note": "</script><b>bold</b>",
        "settings": {"neuface": {"seed": 3}},
        "reviewer": "kim",
        "state": "accepted",
    }
    return view_of(head, lively_fit(head, identity_moves=0.1), TIMES, about)


@pytest.fixture(scope="module")
def page(view: ViewToExport, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "clip.html"
    path.write_text(run(page_of(view))[0], encoding="utf-8")
    return path


def element(page: Path, name: str) -> str:
    found = re.search(rf'<script type="[^"]*" id="{name}">(.*?)</script>', page.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_page_asks_for_nothing_and_says_what_it_shows(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(r"(src|href)\s*=|https?://|@import|url\(|fetch\(", text.replace(element(page, "glb"), ""))
    assert "default-src 'none'" in text
    assert "CC0-1.0" in text
    assert "accepted by kim" in text
    assert "&quot;seed&quot;: 3" in text
    assert "<b>bold</b>" not in text, "a note is text, not part of the page"
    assert "{{" not in text


def test_the_head_in_the_page_is_the_glb_and_the_course_that_of_the_fit(
    page: Path, view: ViewToExport, tmp_path: Path
) -> None:
    (tmp_path / "clip.glb").write_bytes(base64.b64decode(element(page, "glb")))
    played = Player(tmp_path / "clip.glb").vertices(TIMES[3])[: view.head.n_vertices]
    np.testing.assert_allclose(played, view.vertices(np.array([3]))[0], atol=5e-5)
    course = json.loads(element(page, "clip"))
    assert course["valid"] == view.fit.valid.tolist()
    assert course["error"][1] is None
    np.testing.assert_allclose(course["times"], TIMES, atol=1e-6)


def played_by_the_viewer(data: bytes, times: list[float], folder: Path) -> np.ndarray:
    """Vertices (n, P, 3) that the page's own script computes."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no browser engine (node) on this machine")
    (folder / "clip.glb").write_bytes(data)
    script = (
        VIEWER.read_text(encoding="utf-8")
        + f"""
    const head = new Head(new Uint8Array(require("fs").readFileSync({json.dumps(str(folder / "clip.glb"))})));
    const at = (time) => {{ head.pose(Math.fround(time)); return Array.from(head.positions); }};
    const out = {json.dumps(times)}.map(at);
    console.log(JSON.stringify(out));
    """
    )
    done = subprocess.run([node, "-"], input=script, capture_output=True, text=True, check=True, timeout=120)
    return np.reshape(json.loads(done.stdout), (len(times), -1, 3))


def test_the_viewer_shows_the_vertices_of_the_fit(page: Path, view: ViewToExport, tmp_path: Path) -> None:
    rows = view.frames_with_mesh
    shown = played_by_the_viewer(base64.b64decode(element(page, "glb")), TIMES[rows].tolist(), tmp_path)
    apart = np.linalg.norm(shown[:, : view.head.n_vertices] - view.vertices(rows), axis=-1)
    assert apart.max() < 5e-5


def test_the_viewer_shows_flame_with_its_correctives(tmp_path: Path) -> None:
    entries = flame_entries()
    flame = HeadModel(flame_data(entries, embeddings(entries), n_shape=100, n_expression=50))
    view = view_of(flame, lively_fit(flame), TIMES)
    text = run(page_of(view))[0]
    (tmp_path / "flame.html").write_text(text, encoding="utf-8")
    shown = played_by_the_viewer(base64.b64decode(element(tmp_path / "flame.html", "glb")), [TIMES[4]], tmp_path)
    apart = np.linalg.norm(shown[0, : flame.n_vertices] - view.vertices(np.array([4]))[0], axis=-1)
    assert apart.max() < 5e-5


@pytest.mark.slow
def test_a_browser_draws_it(page: Path, tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no browser (Chromium) on this machine")
    from PIL import Image

    picture = tmp_path / "page.png"
    graphics = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    window = ["--headless=new", "--no-sandbox", "--window-size=1000,700", "--virtual-time-budget=5000"]
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    shot = [f"--screenshot={picture}", f"file://{page}#frame=3&still"]
    subprocess.run([chromium, *window, *graphics, profile, *shot], capture_output=True, check=True, timeout=200)
    stage = np.asarray(Image.open(picture).convert("L"), float)[:550, :650]
    middle, corner = stage[200:350, 250:400], stage[:50, :50]
    assert middle.mean() > corner.mean() + 40, "a bright head on a dark ground"
    assert corner.std() < 3
