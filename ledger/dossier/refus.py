"""What the case does not allow."""


class ActeRefuse(Exception):
    """The domain refuses a contribution: a stable code, the field at fault, a French sentence with the remedy."""

    def __init__(self, code: str, champ: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.champ = champ
        self.message = message
