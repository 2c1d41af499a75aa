"""A message to an edition is mailed to whoever answers for it."""

from typing import Any
from uuid import UUID

from nejat_cms.community.models import ContactMessage
from nejat_cms.community.rules import MessageStatus
from nejat_cms.db import db
from nejat_cms.editions.models import Edition
from nejat_cms.mail import Mail, letter, send_letter

LETTER = "community.message"


def mail_message(message: ContactMessage) -> None:
    """Promise the mail; the message is kept even where none is sent, or too much waits for this edition already."""
    edition = db.session.get_one(Edition, message.locale)
    if edition.contact_email is not None:
        send_letter(LETTER, edition.contact_email.casefold(), message=str(message.id))


@letter(LETTER)
def write_message(name: UUID, content: dict[str, Any]) -> Mail | None:
    """The mail of a message, to the address that the edition has now; none where the message was deleted meanwhile.

    The sender's words are the text and the subject, and her address is where answers go; nothing of hers is any
    other header.
    """
    message = db.session.get(ContactMessage, UUID(content["message"]))
    if message is None or message.status != MessageStatus.NEW:
        return None
    edition = db.session.get_one(Edition, message.locale)
    if edition.contact_email is None:
        return None
    subject = f"[{edition.title}] {message.subject}"
    text = f"{message.name} <{message.email}>\n\n{message.text}\n"
    return Mail(edition.contact_email, subject, text, message.locale, reply_to=message.email)
