"""One set of pages and JSON for every framework: dispatch, forms, forgery protection, headers, templates."""
