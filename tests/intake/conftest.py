from tests.intake.fixtures import *  # noqa: F403 - fixtures, for pytest to find
