from config.client_commands import ClientCommand


class Command(ClientCommand):
    """``sealform recover``, with the server in this process."""
