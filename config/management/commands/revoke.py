from config.client_commands import ClientCommand


class Command(ClientCommand):
    """``sealform revoke``, with the server in this process."""
