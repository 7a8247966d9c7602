import httpx

from apps.cli import split_command
from config import inprocess


class Command(split_command.Command):
    def local(self) -> httpx.BaseTransport:
        return inprocess.transport()
