"""A browser for tests of pages: Chromium without a window and without a network."""

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ["chromium", "chromium-browser"])), None)
DRIVER = shutil.which("chromedriver")
FLAGS = [
    *"headless=new no-sandbox disable-gpu disable-dev-shm-usage".split(),
    "force-prefers-reduced-motion",
    "host-resolver-rules=MAP * ~NOTFOUND",  # there is no network
]


# What is written in an element. That of a box, which may be out of the window and so not yet laid
# out, is put together from what is visible in it.
TEXT = """const TEXT = (it) => {
  if (!it.closest(".box")) return it.innerText ?? it.textContent;
  const shown = [it, ...it.querySelectorAll("*")].filter(
    (part) => getComputedStyle(part).visibility === "visible",
  );
  const texts = shown.flatMap((part) => [...part.childNodes].filter((node) => node.nodeType === 3));
  return texts.map((node) => node.data).join(" ");
};"""


class Key:
    """Keys without a character, as WebDriver names them."""

    TAB, ENTER, ESCAPE = "\ue004", "\ue007", "\ue00c"
    END, HOME, LEFT, UP, RIGHT, DOWN = "\ue010", "\ue011", "\ue012", "\ue013", "\ue014", "\ue015"
    SPACE = " "


def start() -> Any:
    """A driver of the browser; where there is none, the test is skipped."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("no Chromium with its driver here: apt install chromium chromium-driver")
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for argument in FLAGS:
        options.add_argument(f"--{argument}")
    return webdriver.Chrome(options=options, service=Service(DRIVER))


class Browser:
    """A page in the browser, and what a person can do with it and read on it."""

    def __init__(self, driver: Any, folder: Path) -> None:
        self.driver, self.folder = driver, folder

    def open(self, html: str, address: str = "", size: tuple[int, int] = (1280, 800)) -> None:
        """Load `html` from the disk, in a window of that size."""
        path = self.folder / "graph.html"
        path.write_text(html, encoding="utf-8")
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.driver.get("about:blank")  # so that an address with another # is loaded afresh
        self.driver.get(path.as_uri() + address)
        loaded = "location.protocol === 'file:' && document.readyState === 'complete'"
        wait(lambda: self.run(loaded))  # on a busy machine, `get` has returned before

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(f"{TEXT} return {script}", *arguments)

    def all(self, selector: str) -> list[Any]:
        return self.driver.find_elements("css selector", selector)

    def one(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    def texts(self, selector: str) -> list[str]:
        """What is written in each element, all at once: ten times as fast as one by one."""
        return self.run("[...document.querySelectorAll(arguments[0])].map(TEXT)", selector)

    def text(self, selector: str) -> str:
        return " ".join(self.texts(selector))

    def classes(self, selector: str) -> list[str]:
        text = self.run("document.querySelector(arguments[0]).getAttribute('class')", selector)
        return text.split()

    def click(self, selector: str) -> None:
        self.one(selector).click()

    def press(self, *keys: str) -> None:
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def numbers(self, selector: str) -> list[complex]:
        """The numbers of a heat map in the last card."""
        return [number(text) for text in self.texts(f"section:last-child {selector} td")]

    @property
    def step(self) -> int:
        found = re.fullmatch(r"step (\d+) of \d+", self.text("#link"))
        assert found
        return int(found[1])

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]


def number(text: str) -> complex:
    """A number as the page writes it."""
    return complex(text.replace("−", "-").replace("∞", "inf"))


def wait(done: Callable[[], bool]) -> None:
    """Return when it is done; fail if it never is."""
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)
