"""The pages: server-rendered, French, readable without a script and with a keyboard alone.

They ask the gate what the API asks it, and show what it answers: no page reads the database.
"""
