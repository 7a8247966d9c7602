from config.client_commands import ClientCommand


class Command(ClientCommand):
    """``sealform write``, with the server in this process."""
