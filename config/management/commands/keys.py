from config.client_commands import ClientCommand


class Command(ClientCommand):
    """``sealform keys``, with the server in this process."""
