"""Ten forms as sites write them, and what turns each into one that is sealed."""
