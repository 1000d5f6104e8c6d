"""How Hypothesis searches: new inputs on every local run, the same inputs on every CI run."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("local", deadline=None, max_examples=50)
settings.register_profile(
    "ci",
    settings.get_profile("local"),
    derandomize=True,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],  # a busy machine is no failure
)
settings.register_profile("thorough", settings.get_profile("local"), max_examples=2000)
settings.load_profile("ci" if os.environ.get("CI") else "local")
