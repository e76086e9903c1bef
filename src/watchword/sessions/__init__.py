"""What a session is, whose it is and when it dies."""
