"""`/v1/manage`: articles, variants and their history; sections, tags, people and kinds; the check of a text."""
