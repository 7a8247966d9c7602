import httpx

from apps.cli import revoke_command
from config import inprocess


class Command(revoke_command.Command):
    def local(self) -> httpx.BaseTransport:
        return inprocess.transport()
