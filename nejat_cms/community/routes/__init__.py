"""Routes of what readers write: theirs, and the moderators'."""
