"""Names for the coordinates of a vector, shared by the functions that take one."""


def names(dimension: int) -> list[str]:
    """x0, x1, ...; padded with zeros, so that a space, which sorts by name, keeps their order."""
    width = len(str(dimension - 1))
    return [f"x{i:0{width}d}" for i in range(dimension)]
