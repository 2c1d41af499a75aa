"""The rules of the media library: types of files, renditions, addresses, and what readers are shown of a file."""
