"""How the tables came to be: one file per revision in `versions/`, oldest first. `upgrade.py` runs them.

There is no `env.py` and no `alembic.ini`: the library runs on the application's own connection.
"""
