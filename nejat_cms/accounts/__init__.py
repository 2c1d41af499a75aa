"""Who works here: users, their grants and tokens, and the trail of what was done."""
