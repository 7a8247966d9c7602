import httpx

from apps.cli import shares_command
from config import inprocess


class Command(shares_command.Command):
    def local(self) -> httpx.BaseTransport:
        return inprocess.transport()
