"""Who the partners are: role, territory, portfolio, habilitations, mandates, sessions."""
