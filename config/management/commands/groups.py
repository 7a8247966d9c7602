from config.client_commands import ClientCommand


class Command(ClientCommand):
    """``sealform groups``, with the server in this process."""
