"""How Hypothesis draws: in `make check` and `make test` the same examples each time, so that a run
fails for what was changed alone; in `make nightly` at random, and ``TIMES`` as many.

tests/conftest.py loads STEADY for every run; .ci/pytest asks for NIGHTLY with
``--hypothesis-profile``. Neither knows a deadline: how fast a machine is fails nothing.
"""

from hypothesis import HealthCheck, settings

STEADY, NIGHTLY = "steady", "nightly"
TIMES = 5

_slow_is_no_failure = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(STEADY, _slow_is_no_failure, derandomize=True)
settings.register_profile(NIGHTLY, _slow_is_no_failure, derandomize=False)


def examples(number: int) -> settings:
    """Draw so many examples in each run, and ``TIMES`` as many in `make nightly`."""
    nightly = settings.get_current_profile_name() == NIGHTLY
    return settings(max_examples=number * TIMES if nightly else number)
