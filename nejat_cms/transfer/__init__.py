"""What goes in and out of the house in bulk: for now the demo content."""
