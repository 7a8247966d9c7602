from config.client_commands import ClientCommand


class Command(ClientCommand):
    """``sealform delete``, with the server in this process."""
