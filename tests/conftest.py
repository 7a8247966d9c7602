from hypothesis import settings

from tests.tools.drawing import STEADY

pytest_plugins = [
    "tests.tools.selection",
    "tests.tools.processor_time",
    "tests.tools.fixtures",
    "tests.tools.answering",
    "tests.fixtures",
    "tests.malicious.tally",
]

# `make nightly` asks for the other one: .ci/pytest.
settings.load_profile(STEADY)
