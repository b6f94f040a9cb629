"""The table of cells that drives the benchmark: every operation on every shape."""

from dataclasses import dataclass

# The names that the C programs know, and what each computes.
OPERATIONS = {
    "forward": "y",
    "forward_statistics": "y, mean, rstd",
    "backward": "dx, dweight, dbias",
    "backward_dx": "dx",
    "backward_dx_plain": "dx, no weight",
}

# Rows and features: from one row in the first-level cache to arrays that leave every cache, and the awkward ones.
SHAPES = (
    (1, 64),
    (1, 768),
    (16, 768),
    (128, 768),
    (512, 1024),
    (4096, 768),
    (2048, 4096),
    (16384, 1024),
    (32768, 256),
    (100000, 64),
    (8, 65536),
    (129, 771),
    (1, 1048576),
)


@dataclass(frozen=True)
class Cell:
    """One operation on one shape."""

    operation: str
    rows: int
    features: int

    @property
    def shape(self) -> str:
        """As it is written in tables and on the command line."""
        return f"{self.rows}x{self.features}"


CELLS = tuple(Cell(operation, *shape) for operation in OPERATIONS for shape in SHAPES)
