"""How much Hypothesis searches, by the option `--gradients`, which the project's plugin adds."""

import gc
import signal

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("fast", deadline=None, max_examples=10)
settings.register_profile(
    "ci",  # the same inputs on every run
    settings.get_profile("fast"),
    derandomize=True,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],  # a busy machine is no failure
)
settings.register_profile("deep", settings.get_profile("fast"), max_examples=500)


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile(config.getoption("gradients"))
    # A shell's job in the background ignores Ctrl-C, of which some tests are.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    # The garbage collector need not look at ten thousand tests each time: 8% of all the time.
    gc.collect()
    gc.freeze()
