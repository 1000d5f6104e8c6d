"""Pages of `explore`, used as a person uses them: in Chromium, from the disk, without a network."""

import json
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
import nn.scalar
from autograd import Tensor, Value, affine
from autograd.draw import describe, draw, explore, page
from autograd.draw.captions import captions, plain
from autograd.draw.figures import number as written
from autograd.draw.folding import leaves_and_returns
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
    assert browser.text("h1") == "loss = 162"
    data = describe(loss).as_json()
    assert len(browser.all(".box")) == len(data["nodes"])
    for i, node in enumerate(data["nodes"]):
        browser.click(f"#n{i}")
        assert browser.numbers(".value") == pytest.approx(node["value"]["data"], rel=5e-4)
        gradient = node["gradient"]["data"] if node["gradient"] else []
        assert browser.numbers(".sum") == pytest.approx(gradient, rel=5e-4)
        assert ("No gradient flows here" in browser.text("#cards")) == (not gradient)
        if node["name"]:
            assert node["name"] in browser.text("#cards h2")
    browser.click(f"#n{place(data, 'W')}")
    assert browser.numbers(".sum") == [18, 36, 36, 72, 0, 0]
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
        value = str(int(data["nodes"][i]["value"]["data"][0]))
        assert "known" not in browser.classes(f"#n{i}")
        assert value not in browser.text(f"#n{i}")
        browser.press(Key.RIGHT)
        assert browser.step == done
        assert {"known", "now"} <= set(browser.classes(f"#n{i}"))
        assert len(browser.all(".feeding")) == len(data["nodes"][i]["edges"])
        assert value in browser.text(f"#n{i}")
        assert browser.text("#says") == f"{data['nodes'][i]['written']} = {value}"
    browser.press(Key.RIGHT)
    assert browser.text("#says") == "The seed → p: 1"
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
        for place_of_it in ("#says", "#callout", ".message .product"):
            assert product in browser.text(place_of_it)
        assert len(browser.all(".lit")) == 1
        assert f"∂ {so_far[edge['from']]:g}" in browser.text(f"#n{edge['from']}")
    assert so_far[x] == 39
    browser.press(Key.RIGHT)
    last = len(operations) + 1 + len(data["backward"]) + 1
    assert browser.text("#link") == f"step {last} of {last}"
    assert browser.all(".lit, .now") == []
    browser.press(Key.RIGHT)
    assert browser.step == last
    browser.press(Key.HOME, Key.LEFT)
    assert browser.step == 0
    assert browser.all(".box em:not(:empty)") == []
    browser.press(Key.END)
    assert browser.step == last


def test_a_gradient_is_listed_as_the_sum_of_its_messages(browser: Browser) -> None:
    data = describe(polynomial()).as_json()
    x = place(data, "x")
    opened(browser, polynomial())
    browser.click(f"#n{x}")
    assert "This gradient is the sum of 3 messages" in browser.text("#cards")
    messages = [number(row.split("→")[-1]) for row in browser.texts("#cards li")]
    assert sum(messages) == 39
    assert browser.numbers(".sum") == [39]
    browser.click("#cards li button")  # the first: go to its step
    assert "3 messages, 1 so far" in browser.text("#cards")
    assert browser.text("#cards").count("not yet") == 2
    assert browser.numbers(".sum") == messages[:1]


def test_arrays_add_up_before_the_eyes_and_to_the_engine_s_gradient(browser: Browser) -> None:
    x = Tensor([[1.0, -2.0], [3.0, 0.5]], requires_grad=True, name="x")
    root = (np.exp(x) + x * x + 2.0 * x).sum()
    data = describe(root).as_json()
    opened(browser, root, f"#step={len(data['nodes'])}")
    total = np.zeros(4)
    i = place(data, "x")
    while browser.step < len(data["nodes"]) + len(data["backward"]):
        browser.press(Key.RIGHT)
        arrived = [e for e in data["backward"] if data["edges"][e]["from"] == i]
        browser.click(f"#n{i}")
        done = sum("not yet" not in row for row in browser.texts("#cards li"))
        total = sum((np.array(data["edges"][e]["message"]["data"]) for e in arrived[:done]), 0.0)
        assert browser.numbers(".sum") == pytest.approx(
            list(np.ravel(total))[: 4 * bool(done)], rel=5e-4
        )
    root.backward()
    assert x.grad is not None
    assert browser.numbers(".sum") == pytest.approx(x.grad.ravel().tolist(), rel=5e-4)


@pytest.mark.parametrize("size", [3, 64, 65])
def test_every_sum_on_the_way_to_a_gradient_is_known(size: int) -> None:
    x = Tensor(np.linspace(-1.0, 1.0, size), requires_grad=True, name="x")
    shown = captions(describe((2.0 * x + 3.0 * x + 4.0 * x + np.exp(x)).sum()).as_json())
    sums = [shown["edges"][e]["sum"] for e in shown["sent"] if shown["edges"][e]["from"] == 0]
    texts = [shown["numbers"][i]["text"] for i in sums]
    largest = [text.rpartition(" ")[2].strip("]") for text in texts]
    assert largest == ["2.718", "6.718", "9.718", "11.72"]  # e, and 4, 3 and 2 more


def test_a_step_says_of_what_by_what_its_slope_is(browser: Browser) -> None:
    x = named(0.5, "x")
    opened(browser, x.tanh() * x, "#step=4")
    shown = []
    for _ in range(3):
        shown.append((browser.text(".message h2"), browser.text(".message p:not(.product)")))
        browser.press(Key.RIGHT)
    assert sorted(shown) == [
        ("f → x", "∂f/∂x, in one of its ways = z"),
        ("f → z", "∂f/∂z = x"),
        ("z → x", "∂z/∂x = 1 − tanh(x)²"),
    ]


def test_a_step_shows_the_arrays_that_it_is_about(browser: Browser) -> None:
    data = describe(two_three_one()).as_json()
    W = place(data, "W")
    (e,) = [e for e in data["backward"] if data["edges"][e]["from"] == W]
    edge = data["edges"][e]
    operations = sum(bool(node["edges"]) for node in data["nodes"])
    opened(browser, two_three_one(), f"#step={operations + 2 + data['backward'].index(e)}")
    shown = [number(text) for text in browser.texts(".message td")]
    g = data["nodes"][edge["to"]]["gradient"]["data"]
    assert shown == pytest.approx([*g, *edge["message"]["data"]])
    assert browser.text(".message .product") == f"{edge['written']} → 0 … 72"
    cells = "[...document.querySelectorAll('.message td')]"
    heat = browser.run(f"{cells}.map((td) => td.style.getPropertyValue('--heat'))")
    assert [float(share) for share in heat[-6:]] == pytest.approx([0.25, 0.5, 0.5, 1, 0, 0])


def test_a_message_is_told_in_symbols_with_one_g() -> None:
    x, w = Tensor(np.ones((9, 8))), Tensor(np.ones((7, 8)), requires_grad=True)
    data = captions(describe((np.exp(affine(x, w, np.zeros(7))) * 2.0).sum()).as_json())
    texts = {edge["text"].split(" →")[0] for edge in data["edges"] if "text" in edge}
    assert {"gᵀ @ x2", "g × 2"} <= texts


def test_a_masked_infinity_is_said_to_count_as_nothing(browser: Browser) -> None:
    x = Tensor([0.0, 4.0], requires_grad=True, name="x")
    root = np.where(x > 0, np.sqrt(x), 0.0).sum()
    for graph, is_masked in ((root, True), (np.sqrt(x).sum(), False)):
        data = describe(graph).as_json()
        operations = sum(bool(node["edges"]) for node in data["nodes"])
        (e,) = [e for e in data["backward"] if data["edges"][e]["from"] == place(data, "x")]
        opened(browser, graph, f"#step={operations + 2 + data['backward'].index(e)}")
        assert browser.text("h2").endswith("→ x x")
        assert ("0 × ∞ counts as 0" in browser.text(".message")) == is_masked


def test_buttons_slider_and_play(browser: Browser) -> None:
    opened(browser, polynomial(), "#step=0")
    browser.click("[value=ArrowRight]")
    browser.click("[value=ArrowRight]")
    browser.click("[value=ArrowLeft]")
    assert browser.step == 1
    browser.press(Key.END)
    last = browser.step
    assert browser.run("+at('slider').value") == last
    browser.click("#slider")  # in its middle
    assert 0 < browser.step < last
    browser.press(Key.SPACE)
    playing = browser.step
    wait(lambda: browser.step > playing)
    browser.press(Key.SPACE)
    assert browser.text("#play") == "Play"
    opened(browser, named(2.0, "x") * 3.0)  # which is shorter
    last = browser.step
    browser.click("#play")  # from the end: from the start
    assert browser.step < last
    assert browser.text("#play") == "Pause"
    wait(lambda: browser.text("#play") == "Play")
    assert browser.step == last


def test_the_address_names_the_step(browser: Browser) -> None:
    opened(browser, polynomial())
    assert browser.run("+at('slider').value") == browser.step == 14
    opened(browser, polynomial(), "#step=3")
    assert browser.step == 3
    browser.press(Key.RIGHT)
    browser.click("#link")
    wait(lambda: browser.driver.current_url.endswith("#step=4"))
    browser.driver.execute_script("location.hash = '#step=2'")
    wait(lambda: browser.step == 2)
    opened(browser, polynomial(), "#step=1000000")
    assert browser.text("#link") == "step 14 of 14"
    opened(browser, polynomial(), "#step=<b>")
    assert browser.step == 14


def test_a_pinned_card_stays(browser: Browser) -> None:
    data = describe(polynomial()).as_json()
    x = place(data, "x")
    opened(browser, polynomial())
    browser.click(f"#n{x}")
    browser.press("p")
    assert "pinned" in browser.classes(f"#n{x}")
    browser.press(Key.HOME, Key.RIGHT)
    assert len(browser.all("#cards section")) == 2
    assert "3 messages, 0 so far" in browser.text("#cards")
    browser.click("#cards section:last-child button")
    assert "pinned" not in browser.classes(f"#n{x}")


def test_search_finds_and_unfolds(browser: Browser) -> None:
    data = modules(3, 30)
    opened(browser, data)
    hidden = place(data, "p217")
    assert not browser.all(f"#n{hidden}")
    browser.press("/", "P217")
    assert browser.text("#found") == "2 found"  # itself, and what has it as an argument
    browser.press(Key.ENTER)
    assert "chosen" in browser.classes(f"#n{hidden}")
    assert browser.text("#cards h2") == "p217"
    browser.press("p")  # the keys are for the picture again
    assert browser.texts("#cards button")[0] == "unpin"
    browser.press("p")
    browser.press("/", "no such thing")
    assert browser.text("#found") == "0 found"
    browser.press(Key.ESCAPE, Key.HOME)
    assert (browser.text("#found"), browser.step) == ("", 0)
    browser.press("/", "P217", Key.ENTER)
    browser.press("/", "p21")
    assert browser.text("#found") == "22 found"
    browser.press(Key.ENTER)  # the next after what is chosen
    assert browser.text("#cards h2") == "t217"
    assert browser.run("document.querySelector('.chosen').getBoundingClientRect().top") > 0


def test_zoom_and_pan(browser: Browser) -> None:
    def box() -> dict[str, float]:
        return browser.run("document.querySelector('.output').getBoundingClientRect().toJSON()")

    opened(browser, chain(60))
    before = box()["width"]
    browser.press("+", "+")
    assert box()["width"] == pytest.approx(before * 1.25**2, rel=0.02)
    top = browser.run("stage.scrollTop")
    assert top > 0  # where the output is
    drag = "stage.dispatchEvent(new PointerEvent('pointermove', {buttons: 1, movementY: 50}))"
    browser.run(drag)
    assert browser.run("stage.scrollTop") == top - 50
    browser.click("[value='0']")
    sheet, stage = (
        browser.run(f"{name}.getBoundingClientRect().height") for name in ("sheet", "stage")
    )
    assert sheet <= stage


# Modules -----------------------------------------------------------------------------------------


def test_modules_fold_and_unfold(browser: Browser) -> None:
    data = modules(2, 3)
    opened(browser, data)
    assert len(browser.all(".box")) == len(data["nodes"])
    assert len(browser.all(".frame")) == 9
    browser.click("#g1")  # the name of layers.0
    assert len(browser.all(".box")) == len(data["nodes"]) - 9 + 1
    assert browser.text("#g1 b") == "layers.0 · Layer"
    assert browser.text("#g1 span") == "9 nodes"
    assert browser.run("document.activeElement.id") == "g1"
    browser.press(Key.ENTER)
    assert len(browser.all(".box")) == len(data["nodes"])
    browser.click("[value=f]")
    assert len(browser.all(".box")) == 4
    assert browser.text("#g0 span") == "18 nodes"
    browser.press("u")
    assert len(browser.all(".box")) == len(data["nodes"])


def test_links_end_at_their_boxes_after_folding_too(browser: Browser) -> None:
    opened(browser, neurons(), size=(700, 620))  # so small that it is zoomed
    assert browser.run("scale") < 1
    for key in ("", "f", "u", "f", "u", Key.ENTER, Key.ENTER):
        if key == Key.ENTER:
            browser.run("document.querySelector('#g1').focus()")
        browser.press(key)
        assert (browser.run(LOOSE), key) == ([], key)


def test_a_page_in_a_frame_is_laid_out_when_it_comes_to_be_seen(browser: Browser) -> None:
    html = escape(page(describe(polynomial()).as_json()))
    browser.open(f'<iframe srcdoc="{html}" style="display: none; width: 900px; height: 600px">')
    browser.driver.switch_to.frame(browser.one("iframe"))
    try:
        browser.press(Key.HOME)
        browser.run("parent.document.querySelector('iframe').style.display = 'block'")
        wait(lambda: browser.run("sheet.offsetWidth > 0 && scale > 0"))
        assert browser.run(LOOSE) == []
        assert browser.run(OUT_OF_VIEW, ".box", 4) == []
    finally:
        browser.driver.switch_to.default_content()


def test_a_page_that_had_no_size_at_first_is_laid_out_when_it_has_one(browser: Browser) -> None:
    """As in a frame of a notebook, whose window then tells of no change of its size."""
    opened(browser, polynomial())
    main = "document.querySelector('main').style.display"
    browser.run(f"({main} = 'none', open())")
    frame = "requestAnimationFrame(() => requestAnimationFrame(arguments[0]))"
    browser.driver.execute_async_script(frame)
    assert not browser.run("scale > 0")
    browser.run(f"({main} = '')")
    wait(lambda: browser.run("scale > 0"))
    assert browser.run(LOOSE) == []


def test_large_graphs_open_folded_to_what_can_be_read(browser: Browser) -> None:
    data = modules(4, 25)
    assert len(data["nodes"]) > 300
    opened(browser, data)
    assert 5 < len(browser.all(".box")) <= 60
    assert browser.run("scale") >= 0.7
    assert browser.run("stage.scrollWidth <= stage.clientWidth")


def test_calls_that_share_parameters_fold(browser: Browser) -> None:
    for samples, widths, most in ((4, (4, 1), 30), (12, (6, 6, 1), 10)):
        model = nn.scalar.MLP(2, widths, rng=0)
        outputs = [model([float(i), 1.0]) for i in range(samples)]
        loss = sum(((y - 1.0) ** 2 for y in outputs[1:]), (outputs[0] - 1.0) ** 2)
        data = describe(loss).as_json()
        parameters = [node for node in data["nodes"] if node["role"] == "parameter"]
        kinds = {data["groups"][node["group"]]["type"] for node in parameters}
        assert (len(parameters), kinds) == (len(model.parameters()), {"parameters"})
        opened(browser, data)
        assert 10 < len(browser.all(".box")) <= 60
        browser.press("f")
        assert len(browser.all(".box")) <= most
        titles = browser.texts(".module b")
        assert {"MLP · parameters", "MLP × 12" if samples == 12 else "MLP"} <= set(titles)
    assert "MLP × 12" in draw(loss).source


@pytest.mark.parametrize("length", [70, 751])
def test_a_long_program_opens_near_its_end_with_runs_of_the_rest(length: int) -> None:
    data = captions(chain(length))
    folded = set(data["folded"])
    shown = [node for node in data["nodes"] if not folded & set(node["around"])]
    assert shown[-1] is data["nodes"][-1]
    boxes = {
        max(folded & set(node["around"]), key=node["around"].index)
        for node in data["nodes"]
        if node not in shown
    }
    assert 10 < len(shown) + len(boxes) <= 60
    assert all("…" in group["title"] for group in data["groups"])


def test_a_run_is_told_from_a_module_in_word_and_look(browser: Browser) -> None:
    opened(browser, chain(200))
    run = browser.one(".run")
    assert run.get_attribute("title") == "run of operations"
    assert re.fullmatch(r"run of \d+ nodes", browser.texts(".run span")[0])
    look = "getComputedStyle(document.querySelector(arguments[0])).border"
    of_run = browser.run(look, ".run")
    opened(browser, modules(4, 25))
    assert browser.one(".module").get_attribute("title") == "module"
    assert browser.run(look, ".module") != of_run


@given(st.integers(0, 10**6))
@settings(max_examples=5)
def test_runs_make_no_circle(seed: int) -> None:
    random = Random(seed)
    x = [named(1.0, f"x{i}") for i in range(20)]
    for _ in range(80):
        x.append(random.choice(x) * random.choice(x[-9:]) + random.choice([2.0, x[0]]))
    data = captions(describe(sum(x, Value(0.0))).as_json())
    for group in range(len(data["groups"])):
        inside = {i for i, node in enumerate(data["nodes"]) if group in node["around"]}
        ends = [(edge["from"], edge["to"]) for edge in data["edges"] if "to" in edge]
        assert not leaves_and_returns(inside, ends)


def test_equal_siblings_are_folded_together(browser: Browser) -> None:
    data = modules(4, 25)
    opened(browser, data)
    browser.press("f")
    browser.click("#g0")
    assert browser.texts(".module b") == [f"layers.{i} · Layer" for i in range(4)]
    browser.click(".module")  # layers.0
    assert browser.texts(".module b")[0] == "0 … 24 · Neuron × 25"
    assert browser.texts(".module span")[0] == "75 nodes"
    browser.click(".module")
    assert browser.texts(".module b").count("Neuron") == 0
    assert len(browser.all(".module")) == 25 + 3


def test_calls_that_would_make_a_circle_are_not_folded_together() -> None:
    def families(outside: int | None) -> list[str]:
        """Of equal calls one after the other, with an operation between each two."""
        data = modules(1, 25)  # x0, x1, then w, p and t of each neuron
        for i, node in enumerate(data["nodes"][2:-1]):
            if i % 3 == 2:
                node["group"] = outside
        for edge in data["edges"]:
            if edge["from"] == 1 and edge["to"] > 4:
                edge["from"] = edge["to"] - 2  # the t of the neuron before
        return [group["title"] for group in captions(data)["groups"] if "×" in group["title"]]

    data = modules(1, 25)
    assert [g["title"] for g in captions(data)["groups"] if "×" in g["title"]] == [
        "0 … 24 · Neuron × 25"
    ]
    assert families(1) == []


def test_a_folded_module_is_one_stop_for_the_keys(browser: Browser) -> None:
    data = modules(2, 3)
    opened(browser, data)
    browser.click("[value=f]")
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
    opened(browser, modules(2, 3))
    reached = set()
    for _ in range(60):
        browser.press(Key.TAB)
        focused = "document.activeElement"
        reached.add(browser.run(f"{focused}.id || {focused}.value || {focused}.textContent"))
    assert browser.run(
        "[...document.querySelectorAll('.box, .frame button, input, a')].map((it) => it.id)"
    )
    everything = "[...document.querySelectorAll('button, input, a')]"
    known = browser.run(f"{everything}.map((it) => it.id || it.value || it.textContent)")
    assert set(known) <= reached
    browser.run("document.querySelector('.output').focus()")
    browser.press(Key.HOME)
    browser.run("document.querySelector('.parameter').focus()")
    browser.press(Key.ENTER)
    assert browser.text("#cards h2") == "w00"
    browser.press(Key.SPACE)  # plays, wherever one is in the picture
    assert browser.text("#play") == "Pause"


def test_the_keyboard_stays_where_it_is_when_things_are_drawn_anew(browser: Browser) -> None:
    opened(browser, modules(2, 3))

    def pressed(selector: str, key: str) -> str:
        browser.run(f"document.querySelector({selector!r}).focus()")
        browser.press(key)
        return browser.run("document.activeElement.id")

    assert pressed("#cards button", Key.ENTER) == "n20p"
    assert browser.text("#n20p") == "unpin"
    assert pressed("#n3", "u") == "n3"
    assert pressed("#n3", "f") == "g0"  # which has folded it away
    assert pressed("#g0", Key.ENTER) == "g0"
    assert pressed("#play", "f") == "play"


def test_what_the_search_is_at_looks_unlike_what_else_it_found(browser: Browser) -> None:
    opened(browser, polynomial())
    browser.press("/", "=", Key.ENTER)
    style = "getComputedStyle(document.querySelector(arguments[0])).outline"
    assert browser.run(style, ".found.chosen") != browser.run(style, ".found:not(.chosen)")


def test_what_can_be_operated_has_a_name(browser: Browser) -> None:
    data = describe(polynomial()).as_json()
    opened(browser, polynomial())
    x = browser.one(f"#n{place(data, 'x')}")
    assert browser.text(f"#n{place(data, 'x')}").split() == ["x", "3", "∂", "39"]
    assert x.get_attribute("title") == "input"
    assert browser.one("#says").tag_name == "output"  # whose changes are read out
    operable = "[...document.querySelectorAll('button, input, a')]"
    named = "it.textContent.trim() || it.getAttribute('aria-label') || it.placeholder"
    assert browser.run(f"{operable}.filter((it) => !({named})).length") == 0


def test_roles_and_states_differ_without_colour(browser: Browser) -> None:
    data = describe(two_three_one()).as_json()
    operations = sum(bool(node["edges"]) for node in data["nodes"])
    opened(browser, data, f"#step={operations + 3}")

    def look(selector: str, *properties: str) -> str:
        style = f"getComputedStyle(document.querySelector('{selector}'))"
        return browser.run(f"arguments[0].map((name) => {style}[name]).join()", properties)

    outlines = ("borderRadius", "borderLeftWidth", "borderStyle")
    roles = ("input", "parameter", "constant", "operation", "output")
    assert len({look(f".{role}", *outlines) for role in roles}) == 5
    states = (".lit", ".silent", "path:not(.lit, .silent, .sent, .feeding)")
    assert len({look(state, "strokeWidth", "strokeDasharray") for state in states}) == 3


def test_light_and_dark(browser: Browser) -> None:
    def prefer(scheme: str) -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def colour(selector: str, what: str) -> list[float]:
        style = f"getComputedStyle(document.querySelector('{selector}')).{what}"
        return [float(x) for x in re.findall(r"[\d.]+", browser.run(style))]

    def contrast(selector: str) -> float:
        """By how much the text is lighter than what is behind it, in all three colours together."""
        *tint, alpha = [*colour(selector, "backgroundColor"), 1.0][:4]
        behind = colour(".operation", "backgroundColor")  # as that of the whole page
        below = [alpha * x + (1 - alpha) * y for x, y in zip(tint, behind)]
        return sum(colour(selector, "color")[:3]) - sum(below)

    opened(browser, two_three_one())
    try:
        for selector in (".input", ".parameter", ".operation", ".output"):
            prefer("light")
            assert contrast(selector) < -500
            prefer("dark")
            assert contrast(selector) > 500
    finally:
        prefer("light")


@pytest.mark.parametrize("size", [(1280, 800), (700, 620)])
def test_nothing_overlaps_and_no_text_is_cut(browser: Browser, size: tuple[int, int]) -> None:
    for data in (describe(two_three_one()).as_json(), modules(3, 4), modules(4, 25), chain(60)):
        opened(browser, data, size=size)
        assert browser.run(OVERLAPS) == []
        assert browser.run(CUT) == []
        assert not browser.run("document.documentElement.scrollWidth > innerWidth")


def test_no_link_passes_behind_a_box(browser: Browser) -> None:
    for data in (describe(two_three_one()).as_json(), modules(2, 3), chain(40)):
        opened(browser, data)
        assert browser.run(BEHIND, 1e9) == []
    u = w = Tensor(0.1 * np.eye(8), requires_grad=True)
    for _ in range(40):
        u = np.tanh(u @ w) + w
    opened(browser, u.sum())
    browser.press("u")
    assert len(browser.all(".box")) == 122
    assert browser.run(BEHIND, 2) == []  # of the longest links: it takes a while


def test_no_link_or_its_arrowhead_covers_a_frame_s_name(browser: Browser) -> None:
    for graph in (network(), neurons()):
        opened(browser, graph, size=(2400, 1600))  # so that all is in view
        assert browser.run(OVER_NAMES) == []


def test_a_graph_opens_in_full_view_with_room_for_outlines(browser: Browser) -> None:
    for graph, size in (
        (network(), (1100, 700)),
        (neurons(), (1100, 700)),
        (neurons(), (1600, 900)),
    ):
        opened(browser, graph, size=size)
        assert browser.run(OUT_OF_VIEW, ".box", 4) == []


def test_each_step_comes_into_view(browser: Browser) -> None:
    opened(browser, neurons(), size=(1100, 700))
    browser.press("u", "+", "+", "+", "+", "+", "+")
    assert browser.run("stage.scrollWidth > 2 * stage.clientWidth")
    for step in range(0, browser.step, 12):
        browser.run(f"goTo({step})")
        assert browser.run(OUT_OF_VIEW, ".now", 0) == []


def test_while_a_message_travels_the_arrow_points_to_what_receives_it(browser: Browser) -> None:
    data = describe(two_three_one()).as_json()
    opened(browser, data)
    for _ in data["backward"]:
        browser.press(Key.LEFT)
        (x, y), (left, width, bottom) = browser.run(ARROW)
        assert (x, y) == pytest.approx((left + width / 2, bottom), abs=1)
    browser.press(Key.HOME)  # all of them point on again
    ends = browser.run("links.map(({ element }) => element.getAttribute('d').slice(-13))")
    assert set(ends) == {"m-3-6l3 6l3-6"}


def test_bars_can_be_seen_and_numbers_are_on_one_line(browser: Browser) -> None:
    x = Tensor(np.linspace(-1, 1, 300).reshape(30, 10), requires_grad=True, name="x")
    row = Tensor(np.linspace(-0.0123456, 0.1, 10), requires_grad=True, name="row")
    opened(browser, (x * row).sum())
    browser.click("#n0")
    size = "[...document.querySelectorAll(arguments[0])].map((it) => it[arguments[1]])"
    assert min(browser.run(size, ".bars i", "offsetWidth")) > 2
    browser.click("#n1")
    assert max(browser.run(size, "td", "offsetHeight")) < 30


def test_the_label_of_a_message_covers_nothing(browser: Browser) -> None:
    for data in (describe(two_three_one()).as_json(), modules(2, 3), chain(30)):
        opened(browser, data)
        assert browser.run(COVERED) == []


def test_any_graph_can_be_laid_out_folded_and_stepped_through(browser: Browser) -> None:
    for seed in range(4):
        opened(browser, tangled(Random(seed)))
        for what in ("0", "[...folded].forEach(click)", "groups.slice(0, 2).forEach(click)"):
            browser.run(what.replace("click", "(group) => at(group.id)?.click()"))
            assert (browser.run(OVERLAPS), browser.run(CUT), seed) == ([], [], seed)
        browser.run("steps.forEach((_, step) => step % 5 || goTo(step))")
        browser.run("foldAll(groups)")
        browser.press(*[Key.LEFT] * 5, Key.HOME, *[Key.RIGHT] * 5)


def network() -> Tensor:
    x, t = Tensor([1.0, 2.0], name="x"), Tensor([3.0], name="t")
    loss = nn.half_mse(nn.MLP(2, [3, 1], rng=0)(x), t)
    loss.name = "loss"
    return loss


def neurons() -> Value:
    root = nn.scalar.MLP(2, [4, 4, 1], rng=0)([Value(1.0), Value(-2.0)])
    assert isinstance(root, Value)
    return root


LOOSE = """links.filter(({ element, from, to }) => {
  const numbers = element.getAttribute("d").match(/[\\d.]+/g).map(Number);
  const { offsetLeft, offsetWidth, offsetTop, offsetHeight } = from.element;
  const isAt = Math.abs(offsetLeft + offsetWidth / 2 - numbers[0]) < 1;
  return !(isAt && offsetWidth && Math.abs(offsetTop + offsetHeight - numbers[1]) < 1);
}).map(({ from, to }) => [from.id, to.id])"""

OVER_NAMES = """(() => {
  document.querySelectorAll("path").forEach((path) => (path.style.pointerEvents = "stroke"));
  return [...document.querySelectorAll(".frame > button")].filter((name) => {
    const { left, top, width, height } = name.getBoundingClientRect();
    const isOwn = (_, i) =>
      document.elementFromPoint(left + (width * (i + 0.5)) / 200, top + height / 2) === name;
    const isTip = ({ element }) => {
      const { x, y } = element.getPointAtLength(element.getTotalLength()).matrixTransform(
        element.getScreenCTM(),
      );
      return left < x && x < left + width && top < y && y < top + height;
    };
    return !Array.from({ length: 200 }, isOwn).every(Boolean) || links.some(isTip);
  }).map((name) => name.textContent);
})()"""

OUT_OF_VIEW = """((selector, room) => {
  const view = stage.getBoundingClientRect();
  return [...document.querySelectorAll(selector)].filter((box) => {
    const { left, right, top, bottom } = box.getBoundingClientRect();
    const isBeside = left - room < view.left || right + room > view.right;
    return isBeside || top - room < view.top || bottom + room > view.bottom;
  }).map((box) => box.textContent);
})(arguments[0], arguments[1])"""

ARROW = """(() => {
  const { edge } = steps[step];
  const [, x, y] = /M([\\d.]+) ([\\d.]+)l3-6l3 6$/.exec(edge.link.element.getAttribute("d"));
  const { offsetLeft, offsetWidth, offsetTop, offsetHeight } = seenAs(edge.from).element;
  return [[+x + 3, +y - 6], [offsetLeft, offsetWidth, offsetTop + offsetHeight]];
})()"""

OVERLAPS = """(() => {
  const place = (it) => it.getBoundingClientRect();
  const isInside = (a, b) =>
    a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom;
  const isApart = (a, b) =>
    a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
  const parts = [...boxes.keys()];
  const frames = [...new Set(parts.flatMap(({ around }) => around))];
  const all = [...parts, ...frames];
  const places = new Map(all.map((part) => [part, place(part.element)]));
  const isRight = (a, b) => {
    const [first, second] = [places.get(a), places.get(b)];
    if (a.around.includes(b)) return isInside(first, second);
    if (b.around.includes(a)) return isInside(second, first);
    return isApart(first, second);
  };
  const wrong = (a, i) => all.slice(0, i).filter((b) => !isRight(a, b));
  return all.flatMap((a, i) => wrong(a, i).map((b) => [a.id, b.id]));
})()"""

CUT = """[...document.querySelectorAll(".box, .frame")].flatMap((box) => {
  const outline = box.getBoundingClientRect();
  return [...box.children].filter((text) => {
    const { left, right, top, bottom, width } = text.getBoundingClientRect();
    const isBeside = left < outline.left || right > outline.right;
    return width && (isBeside || top < outline.top || bottom > outline.bottom);
  }).map((text) => text.textContent);
})"""

BEHIND = """((most) => {
const longest = links.toSorted((a, b) => b.way.length - a.way.length).slice(0, most);
return longest.flatMap(({ element, from, to }) => {
  const others = [...boxes.keys()].filter((box) => box !== from && box !== to);
  const length = element.getTotalLength();
  const pointAt = (_, i) => element.getPointAtLength((length * i) / 100);
  const points = Array.from({ length: 100 }, pointAt);
  const isIn = (p, { offsetLeft: x, offsetTop: y, offsetWidth: w, offsetHeight: h }) =>
    x < p.x && p.x < x + w && y < p.y && p.y < y + h;
  const behind = others.filter(({ element }) => points.some((point) => isIn(point, element)));
  return behind.map(({ id }) => [from.id, to.id, id]);
});
})(arguments[0])"""

COVERED = """steps.flatMap(({ edge }, step) => {
  if (!edge?.to) return [];
  goTo(step);
  const label = callout.getBoundingClientRect();
  const isCovered = ({ left, right, top, bottom }) =>
    left < label.right && label.left < right && top < label.bottom && label.top < bottom;
  const all = [...document.querySelectorAll(".box")];
  const covered = all.filter((box) => isCovered(box.getBoundingClientRect()));
  return covered.map((box) => [step, box.id, label.width]);
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
    assert browser.text(".value") == "empty"
    assert "(0, 3)" in browser.text("#n0")

    large = Tensor(rng.normal(size=(30, 40)), requires_grad=True, name="large")
    opened(browser, np.tanh(large).mean())
    browser.click("#n0")
    counts = np.histogram(large.data, 24)[0]
    heights = browser.run(
        "[...document.querySelectorAll('.value .bars i')].map((bar) => bar.offsetHeight)"
    )
    assert heights == pytest.approx((60 * counts / counts.max()).tolist(), abs=1)
    facts = browser.text(".value").replace("−", "-").replace(",", "").split()
    for name in ("mean", "std", "min", "max"):
        shown = float(facts[facts.index(name) + 1])
        assert shown == pytest.approx(getattr(large.data, name)(), rel=5e-4)

    odd = Tensor([np.nan, np.inf, -np.inf, 0.0, 1e-12, 123456.0], requires_grad=True)
    opened(browser, (odd * 1.0).sum())
    browser.click("#n0")
    assert browser.texts(".value td") == ["nan", "∞", "−∞", "0", "1e−12", "123456"]


@pytest.mark.parametrize("size", [2, 4, 64, 65])
def test_of_complex_numbers_a_range_is_one_of_absolute_values(size: int) -> None:
    rng = np.random.default_rng(0)
    z = Tensor(rng.normal(size=size) + 1j * rng.normal(size=size), requires_grad=True, name="z")
    shown = captions(describe((np.abs(z) ** 2).sum()).as_json())
    sent = next(
        edge["text"] for edge in shown["edges"] if shown["nodes"][edge["from"]] is z_of(shown)
    )
    for text in (shown["numbers"][z_of(shown)["value"]]["text"], sent.split("→ ")[1]):
        assert text.startswith("abs ") or (size == 2 and text.count("j") == 2)
    if size == 65:
        assert re.findall(r"abs \d+\.\d* … ", draw((np.abs(z) ** 2).sum()).source)
        assert "abs max " in shown["numbers"][z_of(shown)["value"]]["facts"]
    equal = Tensor(np.full(size, 3 + 4j), requires_grad=True, name="z")
    shown = captions(describe((equal * 1j).real.sum()).as_json())
    text = shown["numbers"][z_of(shown)["value"]]["text"]
    assert text == {2: "[3+4j 3+4j]", 65: "all abs 5"}.get(size, "all 3+4j")


def z_of(shown: Json) -> Json:
    return next(node for node in shown["nodes"] if node["name"] == "z")


@pytest.mark.parametrize("size", [4, 100])
def test_what_is_not_finite_is_counted(browser: Browser, size: int) -> None:
    odd = np.zeros(size)
    odd[:3] = np.nan, np.inf, -np.inf
    opened(browser, (Tensor(odd, requires_grad=True, name="x") * 1.0).sum())
    assert "0 … 0, 1 nan, 2 ∞" in browser.text("#n0")
    opened(browser, (Tensor(np.full(size, np.nan), requires_grad=True) * 1.0).sum())
    assert f"{size} nan" in browser.text("#n0")


@pytest.mark.parametrize("x", [13.385001, 13.3849996, 1.0625, 1.0635, -2.0625, 0.00012345, 99995.5])
def test_numbers_are_rounded_as_python_rounds_them(x: float) -> None:
    shown = written(x).replace("−", "-")
    assert float(shown) == float(f"{x:.0f}" if abs(x) >= 1e3 else f"{x:.4g}")


def test_a_graph_of_one_node(browser: Browser) -> None:
    opened(browser, named(2.5, "alone"))
    assert browser.text("h1") == "alone = 2.5"
    browser.press(Key.HOME, Key.RIGHT)
    assert browser.text("#link") == "step 1 of 2"
    assert browser.text("#says") == "The seed → alone: 1"
    browser.press(Key.SPACE)


def test_three_thousand_nodes(browser: Browser) -> None:
    data = chain(3000)
    opened(browser, data)
    assert len(browser.all(".box")) < 60
    browser.press("u")
    assert len(browser.all(".box")) == len(data["nodes"]) == 3000
    browser.press(Key.HOME, Key.RIGHT, Key.RIGHT, Key.END, Key.LEFT)
    browser.press("/", "x", Key.ENTER)
    assert browser.text("#cards h2") == "x"


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
            browser.run(
                "choose(nodes.find((node) => node.name.startsWith(arguments[0])))", name[:15]
            )
            assert browser.text("#cards h2").startswith(name[:15])
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
    (text,) = re.findall(r'<script type="application/json" id=payload>([^<>&]*)</script>', html)
    shown = [node["name"] for node in json.loads(text)["nodes"]]
    assert all(text.startswith(plain(name)[:31]) for text, name in zip(shown[1:], names))
    assert len(set(shown)) == len(shown)
    assert html.count("<script") == 2


def test_a_page_is_one_file_that_loads_nothing() -> None:
    html = page(describe(polynomial()).as_json())
    assert re.findall(r"\b(?:src|href)=\"[^#]|@import|url\(|\bfetch\(|XMLHttpRequest", html) == []
    addresses = re.findall(r"\w+://[^\"' ]*", html)
    assert all(address.startswith("http://www.w3.org/") for address in addresses)  # namespaces
    assert "default-src 'none'" in html
    assert "unsafe" not in html


def test_the_page_itself_is_small() -> None:
    html = page(describe(polynomial()).as_json())
    (payload,) = re.findall(r"id=payload>(.*?)</script>", html)
    size = len(html.encode()) - len(payload.encode())
    print(f"the page without its data: {size} bytes")
    assert size < 15_700


def test_a_page_of_300_nodes_is_small() -> None:
    rng = np.random.default_rng(0)
    h = Tensor(rng.normal(size=(8, 8)), name="x")
    for _ in range(75):
        h = np.tanh(h @ Tensor(rng.normal(size=(8, 8)), requires_grad=True) + rng.normal(size=8))
    u = w = Tensor(rng.normal(size=(8, 8)), requires_grad=True)
    for _ in range(100):
        u = np.tanh(u @ w) + w
    for root in (h.sum(), u.sum()):
        data = describe(root).as_json()
        assert len(data["nodes"]) >= 300
        assert len(page(data).encode()) < 500_000
    shown = captions(data)
    assert all("rows" in shown["numbers"][node["value"]] for node in shown["nodes"])
    assert any(array.get("bars") for array in shown["numbers"])  # of some messages


@pytest.mark.parametrize(("widths", "samples"), [([6, 6, 1], 12), ([12, 6, 1], 8), ([5, 1], 28)])
def test_a_page_of_300_neurons_and_weights_is_small(widths: list[int], samples: int) -> None:
    """Its edges are many: 1,500 of 300 nodes."""
    model = nn.scalar.MLP(2, widths, rng=0)
    points = np.random.default_rng(0).normal(size=(samples, 2)).tolist()
    loss = sum(((model(point) - 1.0) ** 2 for point in points), Value(0.0)) / samples
    data = describe(loss).as_json()
    assert len(data["nodes"]) >= 298
    assert len(page(data).encode()) < 400_000


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
