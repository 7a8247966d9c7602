from config.client_commands import ClientCommand


class Command(ClientCommand):
    """``sealform whoami``, with the server in this process."""
