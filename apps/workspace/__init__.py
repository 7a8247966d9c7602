"""The workspace: the client in a browser tab, as fixed files.

Read ``application`` (which files there are, and what each is answered with), then ``policies``
(what browsers are told). The server and the owner's own machine answer with the same.
"""
