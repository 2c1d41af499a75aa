"""What was held as spam and not looked at is not kept for ever."""

from sqlalchemy import and_

from nejat_cms.community.actions.messages import erase_messages
from nejat_cms.community.actions.moderating import erase, hold_texts
from nejat_cms.community.models import Comment, ContactMessage
from nejat_cms.community.rules import SPAM_KEPT, CommentStatus, MessageStatus
from nejat_cms.db import atomic, utc_now
from nejat_cms.events import every


@every(hours=1)
@atomic
def forget_spam() -> None:
    """Erase comments and messages that were spam for 30 days; what is answered keeps its place, empty."""
    until = utc_now() - SPAM_KEPT
    overdue = and_(Comment.status == CommentStatus.SPAM, Comment.updated_at <= until)
    for variant_ids in hold_texts(overdue):
        erase(variant_ids, overdue)
    erase_messages(and_(ContactMessage.status == MessageStatus.SPAM, ContactMessage.updated_at <= until))
