import httpx

from apps.cli import enroll_command
from config import inprocess


class Command(enroll_command.Command):
    def local(self) -> httpx.BaseTransport:
        return inprocess.transport()
