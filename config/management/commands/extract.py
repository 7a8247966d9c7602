import httpx

from apps.cli import extract_command
from config import inprocess


class Command(extract_command.Command):
    def local(self) -> httpx.BaseTransport:
        return inprocess.transport()
