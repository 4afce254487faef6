"""The API for partners: each route is a gated verb, its errors are French problem details (RFC 9457)."""
