"""Forms to test with, as their owners would draft them."""
