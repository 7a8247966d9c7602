from config.client_commands import ClientCommand


class Command(ClientCommand):
    """``sealform hand-over``, with the server in this process."""
