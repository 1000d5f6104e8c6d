"""How much Hypothesis searches, by the option `--gradients`, which the project's plugin adds."""

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("fast", deadline=None, max_examples=20)
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
