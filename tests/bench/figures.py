"""Writing down what was measured."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent.parent / "var" / "bench"


@dataclass
class Figures:
    """The figures of one benchmark, printed as they come and kept in `var/bench/<name>.json`."""

    name: str
    values: dict[str, dict[str, float | int]] = field(default_factory=dict)

    def keep(self, key: str, runs: Sequence[float], what: str) -> float:
        """Keep the median of `runs` with its spread."""
        median = statistics.median(runs)
        self.values[key] = {
            "value": round(median, 4),
            "min": round(min(runs), 4),
            "max": round(max(runs), 4),
            "runs": len(runs),
        }
        print(
            f"{key} = {median:.3f}  ({min(runs):.3f} to {max(runs):.3f}, {len(runs)} runs): {what}"
        )
        self.write()
        return median

    def note(self, text: str) -> None:
        """Print something that is no figure."""
        print(f"    {text}")

    def write(self) -> None:
        """Write what there is so far."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        path = FOLDER / f"{self.name}.json"
        path.write_text(json.dumps(self.values, indent=1, sort_keys=True) + "\n")


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie, by the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]
