pytest_plugins = [
    "tests.tools.selection",
    "tests.tools.processor_time",
    "tests.tools.fixtures",
    "tests.tools.answering",
    "tests.fixtures",
    "tests.malicious.tally",
]
