"""The domain of content: pure functions and dataclasses that know neither Flask nor SQLAlchemy."""
