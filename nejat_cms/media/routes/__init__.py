"""The media library's routes: the library, uploads in parts, and the bytes themselves."""
