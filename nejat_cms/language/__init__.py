"""Pure functions of text and time: no Flask, no database, no clock, no environment.

    tags        which language a tag means, which edition a reader wants, what CLDR says of it
    direction   left to right, or right to left
    clean       what every plain text goes through on its way in
    folding     when two spellings are the same to a reader
    slugs       the part of an address that a title becomes
    collation   the order a reader expects of a list of titles
    calendars   days, months and dates in the reader's calendar and digits
    zones       wall times, instants and RFC 3339
    checks      what an editor would mark in a text: letters, joiners, punctuation, digits
    addresses   e-mail addresses, and where their mail goes
    diff        what changed between two texts, invisible characters included
    errors      what they raise: `ValueError`s with stable facts, no messages for readers

ICU (`import icu`) is imported here and nowhere else. Text goes in and out as the
author wrote it; folded and sorted forms are made beside it, never in its place.
"""

import icu

# Where CLDR lacks something in a language, ICU would take the machine's own locale instead.
icu.Locale.setDefault(icu.Locale("en"))
