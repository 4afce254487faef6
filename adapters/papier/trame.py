"""What goes between the service and the child that makes papers: an order, then a paper or why there is none."""

import struct
from typing import Final

LONGUEUR: Final = struct.Struct(">I")
"""Before each order: how many bytes it has."""
REPONSE: Final = struct.Struct(">cI")
"""Before each answer: what it is, and how many bytes it has."""
FAIT: Final = b"F"
"""The paper follows."""
REFUS: Final = b"R"
"""It is not to be made; the code of the reason follows."""
PANNE: Final = b"P"
"""It could not be made; nothing follows."""
