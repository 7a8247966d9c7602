from config.client_commands import ClientCommand


class Command(ClientCommand):
    """``sealform publish``, with the server in this process."""
