"""The media library: pictures, films, recordings and documents, one library for all editions."""
