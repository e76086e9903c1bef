"""The revisions. Each is frozen: it never imports `tables`, which moves on."""
