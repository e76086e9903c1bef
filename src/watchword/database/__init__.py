"""What lasts: accounts, credentials, the session index, the audit log. One of two rooms that import SQLAlchemy."""
