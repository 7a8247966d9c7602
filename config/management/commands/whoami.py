import httpx

from apps.cli import whoami_command
from config import inprocess


class Command(whoami_command.Command):
    def local(self) -> httpx.BaseTransport:
        return inprocess.transport()
