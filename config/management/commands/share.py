import httpx

from apps.cli import share_command
from config import inprocess


class Command(share_command.Command):
    def local(self) -> httpx.BaseTransport:
        return inprocess.transport()
