"""Password hashing and what makes a password acceptable. The only room that imports argon2."""
