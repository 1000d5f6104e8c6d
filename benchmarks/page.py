"""The results as one self-contained page: who is ahead, a chart of the ratios, and a table.

page(report) takes what run.py writes as JSON.
"""

import math
from collections.abc import Iterator
from html import escape
from typing import Any

COLOURS = """
    #c2410c #4f6d9a #6b8f71 #8a6fa8 #a08a4f #6f8fa0 #b0607a #7d7d7d #4d9a8f #c9a227
""".split()  # ours is the first
BAR, GAP, LEFT, WIDTH = 11, 16, 270, 960


def page(report: dict[str, Any]) -> str:
    """HTML, complete."""
    machine = report["machine"]
    sections = []
    for threads in sorted({case["threads"] for case in report["cases"]}):
        chosen = [case for case in report["cases"] if case["threads"] == threads]
        title = "One thread, one core" if threads == 1 else f"{threads} threads on as many cores"
        sections.append(f"<h2>{title}</h2>{listed(standing(chosen))}{chart(chosen)}{table(chosen)}")
    if report.get("memory"):
        title, chosen = "Peak memory of a step, over that of hand-written NumPy", report["memory"]
        sections.append(f"<h2>{title}</h2>{MEMORY}{listed(standing(chosen))}{chart(chosen)}")
        sections.append(table(chosen, "MB"))
    if report.get("imports"):
        sections.append(f"<h2>Import, after that of NumPy</h2>{imports(report['imports'])}")
    if report["environments"]:
        sections.append(f"<h2>What was measured with</h2>{environments(report['environments'])}")
    quick = "<p class=warn>A quick run: too few rounds for these figures to be quoted.</p>"
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Benchmarks</title><style>{STYLE}</style>
<h1>Ratios to hand-written NumPy</h1>
{quick if report["quick"] else ""}
<p>1.0 is the same work by hand in NumPy, timed in turns with each implementation in one process,
after both were checked to compute the same numbers. Less is faster. ± is the distance of the
quartiles.</p>
<p>{escape(machine["processor"])}, {machine["cores"]} cores, {escape(machine["system"])}, Python
{machine["python"]}, {machine["date"]}; load at the start {machine["load"] or 0:.1f}.</p>
{"".join(sections)}
</html>
"""


def implementations(cases: list[dict[str, Any]]) -> list[str]:
    """Their names, in the order in which they first appear."""
    return list(dict.fromkeys(name for case in cases for name in case["results"]))


def standing(cases: list[dict[str, Any]]) -> list[str]:
    """In how many cases ours is ahead of each peer, and which are lost."""
    lines = []
    for peer in (name for name in implementations(cases) if not name.startswith("ours")):
        pairs = [
            (case["name"], case["results"]["ours"]["ratio"], case["results"][peer]["ratio"])
            for case in cases
            if all("ratio" in case["results"].get(name, {}) for name in ("ours", peer))
        ]
        lost = [f"{name} ({a:.2f} to {b:.2f})" for name, a, b in pairs if a >= b]
        line = f"Ahead of {peer} in {len(pairs) - len(lost)} of {len(pairs)} cases"
        lines.append(line + (f"; behind in {', '.join(lost)}" if lost else "") + ".")
    aimed = [case for case in cases if case["target"]]
    if aimed:
        lines.append(f"Within its target in {sum(map(within, aimed))} of {len(aimed)} cases.")
    return lines


def listed(lines: list[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def within(case: dict[str, Any]) -> bool:
    """Whether ours is as fast as it should be."""
    results = {"NumPy": {"ratio": 1.0}, **case["results"]}
    ours, other = (results.get(name, {}).get("ratio") for name in ("ours", case["against"]))
    return bool(ours and other and ours <= case["target"] * other)


def chart(cases: list[dict[str, Any]]) -> str:
    """A group of bars for each case, on a logarithmic scale: SVG."""
    names = implementations(cases)
    ratios = [r["ratio"] for case in cases for r in case["results"].values() if "ratio" in r]
    low, high = min([0.5, *ratios]) * 0.9, max([2, *ratios]) * 1.3

    def x(ratio: float) -> float:
        share = math.log(min(max(ratio, low), high) / low) / math.log(high / low)
        return LEFT + share * (WIDTH - LEFT - 50)

    marks = [first * 10**power for power in range(-3, 6) for first in (1, 2, 5)]
    marks = [mark for mark in marks if low <= mark <= high]
    height = 40 + sum(len(case["results"]) * BAR + GAP for case in cases)
    legend = 14 * ((len(names) - 1) // 6)  # what its further lines take
    box = f"0 {-legend} {WIDTH} {height + legend}"
    parts = [f'<svg viewBox="{box}" role="img" aria-label="Ratios as bars">']
    for mark in marks:
        kind = "one" if mark == 1 else "grid"
        parts.append(f'<path class="{kind}" d="M{x(mark):.1f} 30V{height}"/>')
        parts.append(f'<text class="mark" x="{x(mark):.1f}" y="24">{mark:g}</text>')
    for i, name in enumerate(names):
        at, line = LEFT + i % 6 * 110, 14 * (i // 6) - legend
        parts.append(f'<rect x="{at}" y="{line + 2}" width="9" height="9" fill="{COLOURS[i]}"/>')
        parts.append(f'<text x="{at + 13}" y="{line + 10}">{escape(name)}</text>')
    top = 36
    for case in cases:
        middle = top + len(case["results"]) * BAR / 2 + 4
        name = escape(case["name"])
        parts.append(f'<text class="case" x="{LEFT - 10}" y="{middle}">{name}</text>')
        for name, result in case["results"].items():
            parts.extend(bar(name, result, COLOURS[names.index(name)], top, x))
            top += BAR
        top += GAP
    return "".join(parts) + "</svg>"


def bar(name: str, result: dict[str, Any], colour: str, top: float, x: Any) -> Iterator[str]:
    """From 1.0 to the ratio, with a line as long as the spread; or a word, where it failed."""
    if "error" in result:
        yield f'<text x="{x(1) + 4:.1f}" y="{top + 9}">{escape(name)} failed</text>'
        return
    ratio, half = result["ratio"], result["spread"] / 2
    start, end = sorted((x(1), x(ratio)))
    words = f"{name}: {ratio:.2f} ± {result['spread']:.2f}"
    yield (
        f'<rect x="{start:.1f}" y="{top}" width="{max(end - start, 1):.1f}" height="{BAR - 2}" '
        f'fill="{colour}"><title>{escape(words)}</title></rect>'
        f'<path class="spread" d="M{x(ratio - half):.1f} {top + 4.5}H{x(ratio + half):.1f}"/>'
        f'<text x="{max(x(1), x(ratio + half)) + 4:.1f}" y="{top + 9}">{ratio:.2f}</text>'
    )


def table(cases: list[dict[str, Any]], unit: str = "µs") -> str:
    """The same in figures; the least of a case is bold."""
    names, reference = implementations(cases), {"µs": "reference_us", "MB": "reference_mb"}[unit]
    header = "".join(f"<th>{escape(word)}" for word in ["case", f"NumPy, {unit}", *names, "target"])
    rows = []
    for case in cases:
        results = case["results"]
        amounts = [r[reference] for r in results.values() if "ratio" in r]
        best = min((r["ratio"] for r in results.values() if "ratio" in r), default=None)
        cells = [f"<th>{escape(case['name'])}", f"<td>{amounts[0]:.0f}" if amounts else "<td>"]
        for name in names:
            result = results.get(name, {})
            if "ratio" in result:
                text = f"{result['ratio']:.2f} ± {result['spread']:.2f}"
                cells.append(f"<td>{f'<b>{text}</b>' if result['ratio'] == best else text}")
            else:
                why = escape(result.get("error", ""), quote=True)
                cells.append(f'<td title="{why}">{"failed" if why else "–"}')
        rows.append("<tr>" + "".join(cells) + f"<td>{target(case)}")
    return f"<table><tr>{header}{''.join(rows)}</table>"


def target(case: dict[str, Any]) -> str:
    """In words."""
    least = case["target"]
    if not least:
        return "–"
    if case["against"] == "NumPy":
        return f"{least:g}"
    share = f"1/{1 / least:.0f}" if least < 1 else f"{least:g}"
    return f"{share} of {escape(case['against'])}"


def imports(results: dict[str, Any]) -> str:
    """The time of each import, with what ours aims at."""
    rows = []
    for name, result in results.items():
        if "error" in result:
            rows.append(f"<tr><th>{escape(name)}<td colspan=3>{escape(result['error'])}")
            continue
        added, hand = result["added_ms"], result["numpy_ms"]
        rows.append(
            f"<tr><th>{escape(name)}<td>{added:.0f} ± {result['spread']:.0f}"
            f"<td>{1 + added / hand:.2f}<td>{result.get('target_ms', '–')}"
        )
    header = "<tr><th><th>ms more, ± range<th>over NumPy alone<th>target, ms"
    return f"<table>{header}{''.join(rows)}</table>"


def environments(found: dict[str, Any]) -> str:
    """Versions, BLAS and its kernels, for each environment."""
    lines = []
    for folder, each in found.items():
        versions = ", ".join(f"{name} {version}" for name, version in each["versions"].items())
        variables = "".join(f", {name}={value}" for name, value in each["variables"].items())
        blas = ", ".join(each["blas"]) or "unknown"
        lines.append(f"<li>{escape(f'{folder}: {versions}; BLAS: {blas}{variables}')}")
    return f"<ul>{''.join(lines)}</ul>"


MEMORY = """<p>The most that a process holds during some steps, over what it held before the weights
and the data were made; ± is the range of three processes.</p>"""
STYLE = """
:root { color-scheme: light dark; --soft: #8886; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72em; margin: 2em auto; padding: 0 1em }
svg { width: 100%; font-size: 11px } svg text { fill: currentColor }
svg .mark { text-anchor: middle; opacity: .7 } svg .case { text-anchor: end; font-size: 12px }
svg path { stroke: currentColor; stroke-width: 1 } svg .grid { stroke: var(--soft) }
svg .spread { stroke-width: 2; opacity: .5 }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px;
  display: block; overflow-x: auto }
th, td { text-align: right; white-space: nowrap; padding: .15em .5em;
  border-bottom: 1px solid var(--soft) }
th:first-child { text-align: left; font-weight: normal } .warn { color: #c2410c }
"""
