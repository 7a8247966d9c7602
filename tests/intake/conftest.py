from tests.browser.conftest import live_server  # noqa: F401 - as production serves
from tests.intake.fixtures import *  # noqa: F403 - fixtures, for pytest to find
from tests.intake.kinds import of_every_kind  # noqa: F401
