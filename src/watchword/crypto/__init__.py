"""Keys, sealing and single-use tokens. The only room that imports `cryptography`."""
