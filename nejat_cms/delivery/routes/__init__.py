"""What readers' frontends call, without a token: editions, articles, terms, archive, changes."""
