import httpx

from apps.cli import publish_command
from config import inprocess


class Command(publish_command.Command):
    def local(self) -> httpx.BaseTransport:
        return inprocess.transport()
