"""Why something was refused, and why a session ended: stable codes with their words and HTTP status.

A reason is a state (`name_taken`), its message says the remedy. What must not be told to the person
(the true cause of a failed sign-in) is an event's `cause`, never a reason.
"""

from enum import StrEnum


class Reason(StrEnum):
    """A public reason for a refusal: `.status` for HTTP, `.message` for people."""

    status: int
    message: str

    def __new__(cls, code: str, status: int, message: str) -> "Reason":
        member = str.__new__(cls, code)
        member._value_ = code
        member.status = status
        member.message = message
        return member

    BAD_CREDENTIALS = (
        "bad_credentials",
        401,
        "The name or the password is not right. Check both and try again.",
    )
    SIGN_IN_REQUIRED = "sign_in_required", 401, "Please sign in to see this page."
    SESSION_EXPIRED = "session_expired", 401, "Your session has ended. Please sign in again."
    NAME_TAKEN = "name_taken", 409, "This name is taken. Choose another, or sign in if it is yours."
    NAME_UNUSABLE = (
        "name_unusable",
        422,
        "Use 1 to 64 letters, digits and . _ - + @, without spaces, from one alphabet.",
    )
    DISPLAY_NAME_UNUSABLE = "display_name_unusable", 422, "Use at most 100 ordinary characters on one line."
    PASSWORD_TOO_SHORT = (
        "password_too_short",
        422,
        "Use at least {minimum} characters; a few words make a good one.",
    )
    PASSWORD_TOO_LONG = "password_too_long", 422, "Use at most 1024 characters."
    PASSWORD_UNUSABLE = "password_unusable", 422, "Leave out control characters such as NUL."
    PASSWORD_IS_NAME = "password_is_name", 422, "Choose something other than your name."
    FIELD_MISSING = "field_missing", 400, "Please fill in this field."
    FIELD_TOO_LONG = "field_too_long", 400, "This is longer than the field allows."
    FIELD_NOT_TEXT = "field_not_text", 400, "This must be ordinary text."
    FIELD_REPEATED = "field_repeated", 400, "This field was sent more than once."
    MALFORMED_BODY = "malformed_body", 400, "The request could not be read. Send a form, or a JSON object."
    BODY_TOO_LARGE = "body_too_large", 400, "The request is larger than 64 KiB."
    UNSUPPORTED_MEDIA_TYPE = (
        "unsupported_media_type",
        415,
        "Send application/json with the header X-Watchword: 1, or a web form.",
    )
    CROSS_SITE = "cross_site", 403, "This request came from another site, so nothing was done."
    FORM_EXPIRED = (
        "form_expired",
        403,
        "This form had been open too long or in another session. Please send it again.",
    )
    INSECURE_CONNECTION = (
        "insecure_connection",
        403,
        "Signing in needs https. Open the same address with https.",
    )
    NOT_LOOPBACK = (
        "not_loopback",
        403,
        "The development profile answers this machine only. Set WATCHWORD_ENV=production and serve https.",
    )
    NOT_FOUND = "not_found", 404, "There is nothing here."
    METHOD_NOT_ALLOWED = "method_not_allowed", 405, "This address does not take that kind of request."
    BUSY = "busy", 503, "Many people are signing in right now. Please try again in a moment."
    OUTAGE = "outage", 503, "We cannot check that right now. Nothing was changed; please try again shortly."
    MISCONFIGURED = (
        "misconfigured",
        503,
        "This site is not set up yet. Its operator finds the reasons in the log.",
    )


class EndReason(StrEnum):
    """Why a session is over."""

    SIGNED_OUT = "signed_out"
    IDLE = "idle"
    ABSOLUTE = "absolute"
    SWITCHED_ACCOUNT = "switched_account"
    REVOKED = "revoked"
    EPOCH = "epoch"
    DISABLED = "disabled"
