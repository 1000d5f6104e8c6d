"""README's chart and table: the headline cases, on one thread, from results of `make bench`.

    make bench; .venv/bin/python benchmarks/summary.py benchmarks/results/all.json

Of several files, the later ones have the last word on a case. Prints the table, in Markdown, and
how often ours is ahead of each peer; writes examples/pictures/speed.svg.
"""

import json
import sys
from pathlib import Path
from typing import Any

import page

PEERS = ["ours", "PyTorch", "JAX", "MyGrad", "HIPS autograd"]
HEADLINE = {  # case: what README calls it; the first are in the chart, the last in the table
    "2-3-1 b1 float64 SGD": "2-3-1, batch 1",
    "XOR 2-4-1 b4 float64 SGD": "XOR 2-4-1, 4",
    "64-32-10 b32 float64 SGD": "64-32-10, 32",
    "64-128-64-10 b64 float32 SGD": "64-128-64-10, 64",
    "784-256-128-10 b128 float32 SGD": "784-256-128-10, 128",
    "784-256-128-10 b128 float32 Adam": "the same, Adam",
    "attention T32 d64 b8 float32": "attention",
    "LSTM T16 H64 b32 float32": "LSTM",
    "conv 28×28 b32 float32": "convolutions",
    "program: 100 elements one by one": "100 elements one by one",
    "Hessian × vector: MLP 64-32-10 b32": "Hessian × vector",
    "Jacobian: two layers, 50 to 50": "Jacobian 50 × 50",
    "chain: 10 operations on 1,000,000 float64": "10 operations on 1e6 elements",
}
CHARTED, TABLED = 9, 6
STYLE = """
svg { font: 11px system-ui, sans-serif; background: #fff } .mark { text-anchor: middle }
.case { text-anchor: end; font-size: 13px } path { stroke: #111 } .grid { stroke: #ddd }
.spread { stroke-width: 2; opacity: .5 }
"""


def main() -> None:
    found: dict[str, Any] = {}
    for name in sys.argv[1:] or sys.exit(__doc__):
        report = json.loads(Path(name).read_text(encoding="utf-8"))
        found |= {case["name"]: case for case in report["cases"] if case["threads"] == 1}
    chosen = [{**found[name], "name": words} for name, words in HEADLINE.items() if name in found]
    print(table(chosen[-TABLED:]))
    print(*page.standing(list(found.values())), sep="\n")
    picture = page.chart(chosen[:CHARTED]).replace(
        "<svg ", '<svg xmlns="http://www.w3.org/2000/svg" width="960" ', 1
    )
    target = Path(__file__).resolve().parents[1] / "examples/pictures/speed.svg"
    target.write_text(picture.replace(">", f"><style>{STYLE}</style>", 1), encoding="utf-8")


def table(cases: list[dict[str, Any]]) -> str:
    """In Markdown; the least ratio of a case is bold."""
    lines = ["| |" + " | ".join(PEERS) + " |", "|---|" + "---|" * len(PEERS)]
    for case in cases:
        ratios = [case["results"].get(name, {}).get("ratio") for name in PEERS]
        best = min(ratio for ratio in ratios if ratio)
        cells = [
            "–" if ratio is None else f"**{words(ratio)}**" if ratio == best else words(ratio)
            for ratio in ratios
        ]
        lines.append(f"| {case['name']} | {' | '.join(cells)} |")
    return "\n".join(lines)


def words(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:,.0f}"


if __name__ == "__main__":
    main()
