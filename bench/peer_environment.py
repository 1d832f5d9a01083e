"""The peers' own virtual environment: made once, kept as long as its requirements stay the same."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENTS = Path(__file__).parent / "peers" / "requirements.txt"


def take_peers(cache: Path) -> Path:
    """Give the Python of the peers' environment, installed now if ``cache`` does not have it yet."""
    text = f"{sys.version_info[:2]} {REQUIREMENTS.read_text(encoding='utf-8')}"
    folder = cache / f"peers-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if not ready.exists():
        print(f"installing the peers: {', '.join(requirements())}", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "--requirement", str(REQUIREMENTS)], check=True)
        ready.touch()
    return python


def requirements() -> list[str]:
    """List the peers with their pinned versions."""
    return REQUIREMENTS.read_text(encoding="utf-8").split()
