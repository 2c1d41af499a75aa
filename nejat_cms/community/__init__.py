"""What readers write: comments under articles, and messages to an edition."""
