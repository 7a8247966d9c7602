from config.client_commands import ClientCommand


class Command(ClientCommand):
    """``sealform trust``, with the server in this process."""
