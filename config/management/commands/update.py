from config.client_commands import ClientCommand


class Command(ClientCommand):
    """``sealform update``, with the server in this process."""
