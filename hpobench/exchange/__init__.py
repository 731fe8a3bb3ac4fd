"""Results from and for other programs; one module a format, none of which another imports."""
