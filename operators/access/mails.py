"""The mails of access: Japanese first, English below."""

from datetime import datetime
from typing import Final

from maas.core.clock import JAPAN
from maas.core.mail import Mail

INVITATION: Final = (
    "九州MaaS 参加のご案内（{company}） / Invitation to Kyushu MaaS",
    """{company} ご担当者さま

九州MaaS協議会から、データ登録のご案内です。
次のリンクを開き、会社情報をご確認ください（{until} まで、一度だけ使えます）。

{link}

パスワードは要りません。お心当たりがなければ、このメールは破棄してください。

--

You are invited to bring the timetable of {company} to Kyushu MaaS.
Open the link above and confirm what is known of the company. It works once, until {until}.
If you did not expect this mail, ignore it.
""",
)
SIGN_IN: Final = (
    "九州MaaS ログイン用リンク / Your link to sign in",
    """次のリンクを開くとログインできます（30分以内、一度だけ使えます）。

{link}

お心当たりがなければ、このメールは破棄してください。

--

Open the link above to sign in. It works once, within 30 minutes.
If you did not ask for it, ignore this mail.
""",
)


def invitation_mail(to: str, company: str, link: str, until: datetime) -> Mail:
    """Return the mail that invites a person of a company."""
    day = until.astimezone(JAPAN).strftime("%Y-%m-%d %H:%M")
    name = "".join(mark if mark.isprintable() else " " for mark in company)
    subject, body = INVITATION
    return Mail(
        to,
        subject.replace("{company}", name),
        body.replace("{company}", name).replace("{link}", link).replace("{until}", day),
    )


def sign_in_mail(to: str, link: str) -> Mail:
    """Return the mail with a link to sign in with."""
    subject, body = SIGN_IN
    return Mail(to, subject, body.replace("{link}", link))
