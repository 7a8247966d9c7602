from config.client_commands import ClientCommand


class Command(ClientCommand):
    """``sealform shares``, with the server in this process."""
