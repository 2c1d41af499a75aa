"""Changes to the media library.

receiving    a file that came: examined, its bytes kept, before any transaction
assets       what the library holds, and what is said about it
uploads      files that come in parts
uses         who shows what: written by content and delivery
renditions   pictures made from files, each once
collecting   bytes that nobody has any more
owning       whose the store is, so that nothing of another house's is collected
"""
