from config.client_commands import ClientCommand


class Command(ClientCommand):
    """``sealform split``, with the server in this process."""
