from config.client_commands import ClientCommand


class Command(ClientCommand):
    """``sealform extract``, with the server in this process."""
