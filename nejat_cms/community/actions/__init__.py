"""What is done with what readers write.

sending     a comment, a message: checked, and kept
letters     a message is mailed to its edition
defence     forms are good once, nobody sends too much, and what looks like spam is held
moderating  comments are approved, rejected, erased
messages    messages are answered, put aside, deleted
words       what an edition does not take
personal    all of one address: told, or erased
expiring    what was held as spam is forgotten
"""
