from config.client_commands import ClientCommand


class Command(ClientCommand):
    """``sealform read``, with the server in this process."""
