"""One file or folder per capability; each is a line in the user's list of features."""
