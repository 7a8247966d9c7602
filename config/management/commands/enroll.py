from config.client_commands import ClientCommand


class Command(ClientCommand):
    """``sealform enroll``, with the server in this process."""
