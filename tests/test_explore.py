"""Pages of `explore`, used as a person uses them: in Chromium, from the disk, without a network."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Tensor, Value
from autograd.draw import describe, explore, page
from browser import Browser, Key, number, start, wait
from graphs import Json, chain, modules, named, place, polynomial, tangled, two_three_one
from test_draw import HOSTILE


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One browser for all tests, since a start takes a second."""
    driver = start()
    yield driver
    driver.quit()


@pytest.fixture
def browser(chromium: Any, tmp_path: Path) -> Iterator[Browser]:
    browser = Browser(chromium, tmp_path)
    browser.complaints()  # those of the test before, which has failed for them
    yield browser
    assert browser.complaints() == []


def opened(browser: Browser, graph: Json | Value | Tensor, *more: Any, **options: Any) -> None:
    """Open the page of a graph, or of a description as JSON."""
    data = graph if isinstance(graph, dict) else describe(graph).as_json()
    browser.open(page(data), *more, **options)


# What it shows -----------------------------------------------------------------------------------


def test_every_number_on_the_page_is_the_engine_s(browser: Browser) -> None:
    loss = two_three_one()
    opened(browser, loss)
    loss.backward()
    assert browser.text("#title") == "loss = 162"
    data = describe(loss).as_json()
    assert len(browser.all("#stage .item")) == len(data["nodes"])
    for i, node in enumerate(data["nodes"]):
        browser.click(f"#n{i}")
        assert browser.numbers(".value") == pytest.approx(node["value"]["data"], rel=5e-4)
        gradient = node["gradient"]["data"] if node["gradient"] else []
        assert browser.numbers(".total") == pytest.approx(gradient, rel=5e-4)
        assert ("No gradient flows here" in browser.text("#panel")) == (not gradient)
        if node["name"]:
            assert node["name"] in browser.text("#panel h2")
    browser.click(f"#n{place(data, 'W')}")
    assert browser.numbers(".total") == [18, 36, 36, 72, 0, 0]
    assert "18" in browser.text(f"#n{place(data, 'bout')}")


def test_the_steps_tell_the_forward_and_the_backward_pass(browser: Browser) -> None:
    root = polynomial()
    data = describe(root).as_json()
    x, p = place(data, "x"), data["root"]
    opened(browser, root)
    browser.press(Key.HOME)
    assert browser.step == 0
    operations = [i for i, node in enumerate(data["nodes"]) if node["edges"]]
    for done, i in enumerate(operations, 1):
        assert "known" not in browser.classes(f"#n{i}")
        browser.press(Key.RIGHT)
        assert browser.step == done
        assert {"known", "now", "forward"} <= set(browser.classes(f"#n{i}"))
        assert len(browser.all(".link.feeding")) == len(data["nodes"][i]["edges"])
        assert str(int(data["nodes"][i]["value"]["data"][0])) in browser.text("#narration")
    browser.press(Key.RIGHT)
    assert "gradient with respect to itself is 1" in browser.text("#narration")
    assert "∂ 1" in browser.text(f"#n{p}")
    so_far: dict[int, float] = {}
    for e in data["backward"]:
        edge = data["edges"][e]
        g, local, message = (
            it["data"][0]
            for it in (data["nodes"][edge["to"]]["gradient"], edge["factor"], edge["message"])
        )
        so_far[edge["from"]] = so_far.get(edge["from"], 0) + message
        browser.press(Key.RIGHT)
        product = f"{g:g} × {local:g} → {message:g}"
        assert product in browser.text("#narration")
        assert product in browser.text("#callout")
        assert product in browser.text(".card.message")
        assert len(browser.all(".link.lit")) == 1
        assert f"∂ {so_far[edge['from']]:g}" in browser.text(f"#n{edge['from']}")
    assert so_far[x] == 39
    assert (
        browser.text("#link")
        == f"step {len(operations) + 1 + len(data['backward'])} of {browser.step}"
    )
    last = browser.step
    browser.press(Key.RIGHT)
    assert browser.step == last
    browser.press(Key.HOME, Key.LEFT)
    assert browser.step == 0
    assert browser.all("#stage .gradient text:not(:empty)") == []
    browser.press(Key.END)
    assert browser.step == last


def test_a_gradient_is_listed_as_the_sum_of_its_messages(browser: Browser) -> None:
    data = describe(polynomial()).as_json()
    x = place(data, "x")
    opened(browser, polynomial())
    browser.click(f"#n{x}")
    assert "This gradient is the sum of 3 messages:" in browser.text("#panel")
    rows = browser.texts("#panel button[data-key^=sent]")
    messages = [number(row.split("→")[-1]) for row in rows]
    assert sum(messages) == 39
    assert browser.numbers(".total") == [39]
    browser.click("#panel button[data-key^=sent]")  # the first: go to its step
    assert "1 of them so far" in browser.text("#panel")
    assert browser.text("#panel").count("not yet") == 2
    assert browser.numbers(".total") == messages[:1]


def test_buttons_slider_and_play(browser: Browser) -> None:
    opened(browser, polynomial())
    browser.click("#first")
    browser.click("#forward")
    browser.click("#forward")
    browser.click("#back")
    assert browser.step == 1
    browser.click("#last")
    last = browser.step
    browser.click("#slider")  # in its middle
    assert 0 < browser.step < last
    browser.press(Key.SPACE)
    playing = browser.step
    wait(lambda: browser.step > playing)
    browser.press(Key.SPACE)
    assert browser.one("#play").get_attribute("aria-label") == "play (space)"
    browser.press(Key.END)
    browser.click("#play")  # from the end: from the start
    assert browser.step < last
    assert browser.one("#play").get_attribute("aria-label") == "pause (space)"


def test_the_address_names_the_step(browser: Browser) -> None:
    opened(browser, polynomial(), "#step=3")
    assert browser.step == 3
    browser.press(Key.RIGHT)
    wait(lambda: browser.driver.current_url.endswith("#step=4"))
    assert browser.one("#link").get_attribute("href").endswith("#step=4")
    browser.driver.execute_script("location.hash = '#step=2'")
    wait(lambda: browser.step == 2)
    opened(browser, polynomial(), "#step=1000000")
    assert browser.text("#link") == "step 13 of 13"
    opened(browser, polynomial(), "#step=<b>")
    assert browser.step == 13


def test_a_pinned_card_stays(browser: Browser) -> None:
    data = describe(polynomial()).as_json()
    x = place(data, "x")
    opened(browser, polynomial())
    browser.click(f"#n{x}")
    browser.press("p")
    assert "pinned" in browser.classes(f"#n{x}")
    browser.press(Key.HOME)
    assert len(browser.all("#panel .card")) == 2
    assert "none of them yet" in browser.text("#panel")
    browser.click(f"#panel button[data-key=pin-n{x}]")
    assert "pinned" not in browser.classes(f"#n{x}")


def test_search_finds_and_opens(browser: Browser) -> None:
    data = modules(3, 30)
    opened(browser, data)
    hidden = place(data, "p217")
    assert not browser.all(f"#n{hidden}")
    browser.press("/", "P217")
    assert "1 found" in browser.text("#found")
    browser.press(Key.ENTER)
    assert "chosen" in browser.classes(f"#n{hidden}")
    assert browser.text("#panel h2").startswith("p217")
    browser.press("/", "no such thing")  # in place of what was there
    assert browser.run("document.activeElement.id") == "search"
    assert browser.text("#found") == "nothing found"
    browser.press(Key.ESCAPE)
    assert browser.text("#found") == ""


# Modules -----------------------------------------------------------------------------------------


def test_modules_fold_and_unfold(browser: Browser) -> None:
    data = modules(2, 3)
    opened(browser, data)
    assert len(browser.all("#stage .item")) == len(data["nodes"])
    assert len(browser.all("#stage .box")) == 9
    browser.click("#f1")  # layers.0
    assert len(browser.all("#stage .item")) == len(data["nodes"]) - 9 + 1
    assert browser.text("#g1 .name") == "layers.0 · Layer"
    browser.click("#g1")
    assert "A module call of 9 nodes." in browser.text("#panel")
    browser.press(Key.ENTER)
    assert len(browser.all("#stage .item")) == len(data["nodes"])
    browser.click("#fold-all")
    assert len(browser.all("#stage .item")) == 4
    assert "18 nodes" in browser.text("#g0")
    browser.click("#unfold-all")
    assert len(browser.all("#stage .item")) == len(data["nodes"])


def test_large_graphs_open_folded_to_what_can_be_read(browser: Browser) -> None:
    data = modules(4, 25)
    assert len(data["nodes"]) > 300
    opened(browser, data)
    items = browser.run("picture.scene.items.length")
    assert 20 < items <= 60
    assert browser.run("picture.view.scale") >= 0.55


def test_a_folded_module_is_one_stop_for_the_keys(browser: Browser) -> None:
    data = modules(2, 3)
    opened(browser, data)
    browser.click("#fold-all")
    browser.press(Key.HOME, Key.RIGHT)
    assert browser.step == 12  # all that is in the module
    assert "known" in browser.classes("#g0")
    browser.press(Key.RIGHT, Key.RIGHT, Key.RIGHT)
    assert browser.text("#callout") == "3 messages"
    browser.press(Key.LEFT, Key.LEFT, Key.LEFT)
    assert browser.step == 12
    browser.press(Key.LEFT)
    assert browser.step == 0


# For everybody -----------------------------------------------------------------------------------


def test_everything_is_in_reach_of_the_keyboard(browser: Browser) -> None:
    data = modules(2, 3)
    opened(browser, data)
    for _ in range(30):
        browser.press(Key.TAB)
        if "item" in (browser.run("document.activeElement.getAttribute('class')") or ""):
            break
    root = data["root"]
    assert browser.run("document.activeElement.id") == f"n{root}"
    assert browser.run("getComputedStyle(document.activeElement.firstChild).strokeWidth") == "4px"
    back, on, before, after = (
        (Key.LEFT, Key.RIGHT, Key.UP, Key.DOWN)
        if browser.run("picture.sideways")
        else (Key.UP, Key.DOWN, Key.LEFT, Key.RIGHT)
    )
    browser.walk(back)
    chosen = browser.run("document.activeElement.id")
    assert chosen in {f"n{data['edges'][e]['from']}" for e in data["nodes"][root]["edges"]}
    assert browser.run("page.chosen.id") == int(chosen[1:])
    browser.walk(before)
    browser.walk(after)
    assert browser.run("document.activeElement.id") == chosen
    browser.press("g")  # folds its neuron
    assert browser.run("document.querySelectorAll('.item.group').length") == 1
    browser.walk(on)
    browser.press("?")
    assert browser.run("document.getElementById('help').open")
    browser.press(Key.ESCAPE)
    assert not browser.run("document.getElementById('help').open")


def test_items_say_what_they_are_to_those_who_do_not_see_them(browser: Browser) -> None:
    data = describe(polynomial()).as_json()
    opened(browser, polynomial())
    label = browser.one(f"#n{place(data, 'x')}").get_attribute("aria-label")
    assert label == "x, input, value 3, gradient 39, 3 of 3 messages"
    assert browser.one("#narration").get_attribute("aria-live") == "polite"
    operable = "document.querySelectorAll('button, input, a, [role=button], .scroll')"
    named = "it.textContent.trim() || it.getAttribute('aria-label')"
    assert browser.run(f"[...{operable}].filter((it) => !({named})).length") == 0


def test_light_and_dark(browser: Browser) -> None:
    def prefer(scheme: str) -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def lightness() -> int:
        colours = browser.run("getComputedStyle(document.body).backgroundColor")
        return sum(map(int, re.findall(r"\d+", colours)))

    prefer("light")
    opened(browser, polynomial())
    light = lightness()
    prefer("dark")
    dark = lightness()
    assert light > 600 > 150 > dark
    browser.click("#theme")
    assert lightness() == light
    browser.click("#theme")
    assert lightness() == dark
    prefer("light")


@pytest.mark.parametrize("size", [(1280, 800), (700, 620), (420, 700)])
def test_nothing_overlaps_and_no_text_is_cut(browser: Browser, size: tuple[int, int]) -> None:
    for data in (describe(two_three_one()).as_json(), modules(3, 4), chain(60)):
        opened(browser, data, size=size)
        for _ in range(2):
            browser.click("#turn")
            assert browser.run(OVERLAPS) == []
            assert browser.run(CUT) == []
        assert not browser.run("document.documentElement.scrollWidth > innerWidth")


def test_the_label_of_a_message_covers_nothing(browser: Browser) -> None:
    for data in (describe(two_three_one()).as_json(), modules(2, 3), chain(30)):
        opened(browser, data)
        for _ in range(2):
            browser.click("#turn")
            assert browser.run(COVERED) == []


def test_any_graph_can_be_laid_out_folded_and_stepped_through(browser: Browser) -> None:
    for seed in range(4):
        opened(browser, tangled(Random(seed)))
        for what in ("turn()", "turn()", "[...page.folded].forEach(toggleFold)"):
            browser.run(what)
            assert (browser.run(OVERLAPS), browser.run(CUT), seed) == ([], [], seed)
        browser.run("graph.steps.forEach((_, step) => step % 5 || goTo(step))")
        browser.run("foldAll(graph.groups)")
        browser.press(*[Key.LEFT] * 5, Key.HOME, *[Key.RIGHT] * 5)


OVERLAPS = """(() => {
  const all = [...picture.scene.items, ...picture.scene.boxes];
  const axes = [["x", "w"], ["y", "h"]];
  const low = (it, [axis, size]) => it[axis] - it[size] / 2;
  const high = (it, [axis, size]) => it[axis] + it[size] / 2;
  const precedes = (a, b, axis) => high(a, axis) <= low(b, axis);
  const apart = (a, b) => axes.some((axis) => precedes(a, b, axis) || precedes(b, a, axis));
  const inside = (a, box) =>
    axes.every((axis) => low(box, axis) <= low(a, axis) && high(a, axis) <= high(box, axis));
  const belongs = (it, box) => it.box && (it.box === box || belongs(it.box, box));
  const right = (a, b) =>
    belongs(a, b) ? inside(a, b) : belongs(b, a) ? inside(b, a) : apart(a, b);
  return all.flatMap((a, i) => all.slice(0, i).filter((b) => !right(a, b)).map((b) => [a.x, b.x]));
})()"""

CUT = """picture.scene.items.filter((item) => item.element).flatMap((item) => {
  const outline = item.element.firstChild.getBoundingClientRect();
  const texts = [...item.element.querySelectorAll("text")];
  return texts.filter((text) => {
    const { left, right, width } = text.getBoundingClientRect();
    return width && (left < outline.left || right > outline.right);
  }).map((text) => text.textContent);
})"""

COVERED = """graph.steps.flatMap(({ edge }, step) => {
  if (!edge) return [];
  goTo(step);
  const label = document.querySelector("#callout rect").getBoundingClientRect();
  const isCovered = ({ left, right, top, bottom }) =>
    left < label.right && label.left < right && top < label.bottom && label.top < bottom;
  const outlines = [...document.querySelectorAll("#stage .outline")];
  const covered = outlines.filter((outline) => isCovered(outline.getBoundingClientRect()));
  return covered.map((outline) => [step, outline.parentNode.id, label.width]);
})"""

# Every kind of graph -----------------------------------------------------------------------------


def test_numbers_of_every_kind(browser: Browser) -> None:
    rng = np.random.default_rng(0)
    z = Tensor([[1 + 2j, -0.5j]], requires_grad=True, name="z")
    opened(browser, (np.abs(z * (1 - 1j)) ** 2).sum())
    browser.click("#n0")
    assert browser.numbers(".value") == [1 + 2j, -0.5j]

    empty = Tensor(np.ones((0, 3)), requires_grad=True, name="empty")
    opened(browser, empty.sum())
    browser.click("#n0")
    assert "empty: shape (0, 3)" in browser.text("#panel .value")

    large = Tensor(rng.normal(size=(30, 40)), requires_grad=True, name="large")
    opened(browser, np.tanh(large).mean())
    browser.click("#n0")
    assert browser.all("#panel .value .histogram path")
    facts = browser.text("#panel .value dl").replace("−", "-").split()
    mean, deviation = (float(facts[facts.index(name) + 1]) for name in ("mean", "std"))
    assert mean == pytest.approx(large.data.mean(), rel=5e-4)
    assert deviation == pytest.approx(large.data.std(), rel=5e-4)

    odd = Tensor([np.nan, np.inf, -np.inf, 0.0, 1e-12, 123456.0], requires_grad=True)
    opened(browser, (odd * 1.0).sum())
    browser.click("#n0")
    assert browser.texts("#panel .value td") == [*["nan", "∞", "−∞", "0", "1e−12", "123456"]]


@pytest.mark.parametrize("size", [4, 100])
def test_what_is_not_finite_is_summed_up_and_crossed_out(browser: Browser, size: int) -> None:
    odd = np.zeros(size)
    odd[:3] = np.nan, np.inf, -np.inf
    x = Tensor(odd, requires_grad=True, name="x")
    opened(browser, (x * 1.0).sum())
    browser.click("#n2")
    assert f"({size},) from 0 to 0, 1 nan, 2 ∞" in " ".join(browser.texts(".rows li"))
    assert len(browser.all("#n0 .thumbnail .odd")) == (size == 4)
    alone = Tensor(np.full(size, np.nan), requires_grad=True)
    opened(browser, (alone * 1.0).sum())
    browser.click("#n2")
    assert f"({size},) {size} nan" in " ".join(browser.texts(".rows li"))


@pytest.mark.parametrize("x", [13.385001, 13.3849996, 1.0625, 1.0635, -2.0625, 0.00012345, 99995.5])
def test_numbers_are_rounded_as_python_rounds_them(browser: Browser, x: float) -> None:
    opened(browser, Tensor([x, 1.0], requires_grad=True) * 1.0)
    browser.click("#n0")
    shown = browser.texts("#panel .value td")[0].replace("−", "-")
    assert float(shown) == float(f"{x:.0f}" if abs(x) >= 1e3 else f"{x:.4g}")


def test_a_graph_of_one_node(browser: Browser) -> None:
    opened(browser, named(2.5, "alone"))
    assert browser.text("#title") == "alone = 2.5"
    browser.press(Key.HOME, Key.RIGHT)
    assert browser.text("#link") == "step 1 of 1"
    assert "gradient with respect to itself is 1" in browser.text("#narration")
    browser.press(Key.SPACE)


def test_three_thousand_nodes(browser: Browser) -> None:
    data = chain(3000)
    opened(browser, data)
    assert browser.run("picture.scene.items.length") == len(data["nodes"]) == 3000
    browser.press("f")
    assert len(browser.all("#stage .item")) == 3000
    browser.press(Key.HOME, Key.RIGHT, Key.RIGHT, Key.END, Key.LEFT)
    browser.press("/", "x", Key.ENTER)
    assert browser.text("#panel h2").startswith("x")


# Safety ------------------------------------------------------------------------------------------

ATTACKS = {
    **HOSTILE,
    "end of script": "</script><script>window.hacked = 1</script>",
    "image": "<img src=x onerror='window.hacked = 1'>",
    "comment": "<!-- <script>",
    "template": "${window.hacked = 1} $payload $$",
    "link": "javascript:window.hacked = 1",
}


def test_hostile_names_are_only_text(browser: Browser) -> None:
    root = Value(0.0)
    for name in ATTACKS.values():
        made = Value(2.0, (named(1.0, name),), name)
        made.name = name
        root = root + made
    root.name = ATTACKS["end of script"]
    opened(browser, root)
    assert browser.run("window.hacked") is None
    assert len(browser.all("script")) == 2
    assert browser.all("img") == []
    for name in ATTACKS.values():
        if name.isprintable():
            browser.run("reveal(graph.nodes.find((node) => node.name === arguments[0]))", name)
            assert browser.texts("#panel h2")[0].startswith(name[:15])
    browser.press("/", "window.hacked")
    assert "found" in browser.text("#found")
    browser.press(Key.ENTER, Key.HOME, *[Key.RIGHT] * 20)
    assert browser.run("window.hacked") is None


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_the_data_in_a_page_is_json_without_tags(names: list[str]) -> None:
    value = Value(1.0)
    for name in names:
        value = -value
        value.name = name
    html = page(describe(value).as_json())
    (text,) = re.findall(r'<script type="application/json" id="payload">([^<>&]*)</script>', html)
    assert [node["name"] for node in json.loads(text)["nodes"]] == [
        None,
        *(name or None for name in names),
    ]
    assert html.count("<script") == 2


def test_a_page_is_one_file_that_loads_nothing() -> None:
    html = page(describe(polynomial()).as_json())
    assert re.findall(r"\b(?:src|href)=\"[^#]|@import|url\(|\bfetch\(|XMLHttpRequest", html) == []
    addresses = re.findall(r"\w+://[^\"' ]*", html)
    assert all(address.startswith("http://www.w3.org/") for address in addresses)  # namespaces
    assert "default-src 'none'" in html
    assert "unsafe" not in html


def test_a_page_of_300_nodes_is_small() -> None:
    rng = np.random.default_rng(0)
    h = Tensor(rng.normal(size=(8, 8)), name="x")
    for _ in range(75):
        h = np.tanh(h @ Tensor(rng.normal(size=(8, 8)), requires_grad=True) + rng.normal(size=8))
    data = describe(h.sum()).as_json()
    assert len(data["nodes"]) >= 300
    assert len(page(data).encode()) < 500_000


# From Python -------------------------------------------------------------------------------------


def test_the_path_may_follow_the_root_or_be_a_keyword(tmp_path: Path) -> None:
    paths = [tmp_path / f"{i}.html" for i in range(3)]
    x = Tensor([1.0], requires_grad=True)
    assert explore(x * x, paths[0]) == explore(x * x, path=str(paths[0])) == paths[0]
    assert explore(lambda a, b: a * b, 2.0, 3.0, path=paths[2]) == paths[2]
    assert '"name":"a"' in paths[2].read_text()
    with pytest.raises(TypeError, match="only a Value or a Tensor has a graph to draw"):
        explore(1.0, path=paths[1])  # type: ignore[arg-type]
    assert not paths[1].exists()
