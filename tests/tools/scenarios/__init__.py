"""What the vectors tell, one module a section of docs/protocol.md."""
