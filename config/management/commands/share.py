from config.client_commands import ClientCommand


class Command(ClientCommand):
    """``sealform share``, with the server in this process."""
