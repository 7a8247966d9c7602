"""How the admin writes days and times: as the protocol's own, and the command line's."""
