"""How it is put together and served: settings, wiring, server, local cluster."""
