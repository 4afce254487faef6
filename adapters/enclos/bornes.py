"""What a child may take, set by itself before it reads anything."""

import resource


def borner(memoire: int, calcul_s: int) -> None:
    """Bytes of address space, libraries included, and seconds of processor; no file to write, no core left."""
    for ressource, borne in (
        (resource.RLIMIT_AS, memoire),
        (resource.RLIMIT_CPU, calcul_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(ressource, (borne, borne))
