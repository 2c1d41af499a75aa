"""Changes to content, one verb a function: permission, version, rules, change, audit, event.

saving     create, replace and change variants; restore a revision
stages     submit, approve, return, publish, unpublish, archive, schedule
releases   put variants together that go out together; releasing: their going out
linking    join two articles, split one
trash      delete, restore, purge, prune
previews   open and close a door to a draft
terms      sections, tags, people
"""
