"""What every test stands on: no network, settings of their own, and tiers that cannot vanish in silence."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
CLIPS = REPOSITORY.parent / "shared" / "clips"


@pytest.fixture(scope="session")
def clips_folder() -> Path:
    """Folder of the real clips that are not published; the test is skipped where it is absent."""
    if not CLIPS.is_dir():
        pytest.skip("the real clips are not on this machine (../shared/clips)")
    return CLIPS


@pytest.fixture(scope="session", autouse=True)
def _own_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Neither read nor change the settings of the person who runs the tests; model files are shared."""
    patch = pytest.MonkeyPatch()
    home = tmp_path_factory.mktemp("settings")
    patch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    patch.setenv("XDG_STATE_HOME", str(home / "state"))
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may reach out while it works: a connection to another machine fails the test that makes it."""
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            pytest.fail(f"a connection to {address!r} was opened; NeuFace Studio works without network")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", only_here)


# `make test` sets one of these for each tier: what it has set up itself must be there.
REQUIRING = ("NEUFACE_REQUIRE_GL", "NEUFACE_REQUIRE_MODELS")
# Words of the reasons that stay good ones: what a user's machine may lack and setup does not bring.
GOOD_REASONS = ("clips", "root", "weights", "CUDA", "smplx", "browser")


def _unwanted_skips(stats: dict[str, list[Any]]) -> list[str]:
    """Reasons of the skipped tests that should have run."""
    reasons = [report.longrepr[2] if isinstance(report.longrepr, tuple) else "" for report in stats.get("skipped", [])]
    return [reason for reason in reasons if not any(word in reason for word in GOOD_REASONS)]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write what the tier ran; where everything is required, a skipped test is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(session.config, "workerinput"):
        return
    stats = reporter.stats
    skips = _unwanted_skips(stats) if any(os.environ.get(name) == "1" for name in REQUIRING) else []
    if skips and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line(
            f"\nskipped although make test brings what is needed: {'; '.join(sorted(set(skips)))}", red=True
        )
    report = os.environ.get("NEUFACE_TIER_REPORT")
    if report:
        counts = {word: len(stats.get(word, [])) for word in ("passed", "failed", "error", "skipped", "xfailed")}
        shown = ", ".join(f"{count} {word}" for word, count in counts.items() if count or word == "passed")
        Path(report).write_text(f"tier {Path(report).name}: {shown}\n", encoding="utf-8")
