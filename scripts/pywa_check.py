"""Lets pywa, an independent library for the WhatsApp Cloud API, judge us; run by the tests.

    pywa_check.py read APP_SECRET < bodies.json
        Each body is a text. Prints what the library reads in each as JSON: `null` where it reads nothing.

    pywa_check.py api BASE_URL PHONE_NUMBER_ID ACCESS_TOKEN
        Drives the API at BASE_URL with the library's client; exits 1 at the first surprise.
"""

import hashlib
import hmac
import json
import logging
import sys

import httpx
from pywa import WhatsApp, handlers
from pywa.errors import WhatsAppError

# Both generations have these, and more.
KINDS = [
    "MessageHandler",
    "CallbackButtonHandler",
    "CallbackSelectionHandler",
    "MessageStatusHandler",
    "FlowCompletionHandler",
    "PhoneNumberChangeHandler",
    "IdentityChangeHandler",
    "UserMarketingPreferencesHandler",
    "TemplateStatusUpdateHandler",
    "EditedMessageHandler",
    "DeletedMessageHandler",
    "OutgoingMessageHandler",
]


def word(value):
    """What an enumeration says, or a text."""
    value = getattr(value, "value", value)
    return None if value is None else str(value)


def code_of(error):
    """The code of an error; the older generation has another name for it."""
    return getattr(error, "code", None) or getattr(error, "error_code", None)


def described(kind, update):
    def get(*names):
        found = (getattr(update, name, None) for name in names)
        return next((it for it in found if it is not None), None)

    user = get("from_user")
    seen = {
        "kind": kind.removesuffix("Handler"),
        "id": get("id"),
        "type": word(get("type")),
        "text": get("text", "title"),
        "caption": get("caption"),
        "at": int(at.timestamp()) if (at := get("timestamp")) else None,
        "number": getattr(user, "wa_id", None),
        "user": getattr(user, "bsuid", None),
        "name": getattr(user, "name", None),
        "status": word(get("status")),
        "of": get("original_message_id"),
    }
    reaction = get("reaction")
    if reaction is not None:
        seen |= {"emoji": reaction.emoji, "on": reaction.message_id}
    location = get("location")
    if location is not None:
        seen |= {"place": [location.latitude, location.longitude]}
    for medium in ("image", "video", "audio", "document", "sticker"):
        if (file := get(medium)) is not None:
            seen |= {"file": file.id, "mime_type": file.mime_type}
    reply = get("reply_to_message")
    seen |= {"answers": getattr(reply, "message_id", None)}
    error = get("error")
    seen |= {"error": word(code_of(error))}
    return seen


def read(secret):
    # The library logs what it cannot read, and says that it is good.
    logging.disable(logging.CRITICAL)
    seen = []
    client = WhatsApp(
        phone_id="1",
        token="t",
        server=None,
        verify_token="v",
        app_secret=secret,
        filter_updates=False,
        continue_handling=False,
        skip_duplicate_updates=False,
    )
    for kind in KINDS:
        if hasattr(handlers, kind):
            handler = getattr(handlers, kind)
            keep = lambda _, update, kind=kind: seen.append(described(kind, update))  # noqa: E731
            client.add_handlers(handler(keep))
    results = []
    for body in json.load(sys.stdin):
        seen.clear()
        raw = body.encode()
        signature = "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
        try:
            client.webhook_update_handler(raw, signature)
        except Exception as error:
            results.append({"kind": "fault", "text": repr(error)})
            continue
        results.append(seen[0] if seen else None)
    print(json.dumps(results))


def check(what, actual, expected):
    if actual != expected:
        raise SystemExit(f"{what}: expected {expected!r}, got {actual!r}")


def check_error(what, code, call):
    try:
        call()
    except WhatsAppError as error:
        check(what, code_of(error), code)
    else:
        raise SystemExit(f"{what}: expected error {code}, got none")


class Redirected(httpx.HTTPTransport):
    """Sends what is meant for graph.facebook.com to another address."""

    def __init__(self, base_url):
        super().__init__()
        self.base = httpx.URL(base_url)

    def handle_request(self, request):
        here = {"scheme": self.base.scheme, "host": self.base.host, "port": self.base.port}
        request.url = request.url.copy_with(**here)
        request.headers["host"] = f"{self.base.host}:{self.base.port}"
        return super().handle_request(request)


def client(base_url, phone_id, token):
    session = httpx.Client(transport=Redirected(base_url), trust_env=False)
    return WhatsApp(phone_id=phone_id, token=token, session=session, api_version="23.0")


def api(base_url, phone_id, token):
    whatsapp = client(base_url, phone_id, token)
    to, text = "12025550111", "Olá 👋"
    sent = [whatsapp.send_message(to=to, text=text, tracker=f"t{n}") for n in range(2)]
    check("ids", all(it.id.startswith("wamid.") for it in sent), True)
    check("each is another one", sent[0].id != sent[1].id, True)
    check("whom", sent[0].input, to)
    check_error("nobody", 131009, lambda: whatsapp.send_message(to="nobody", text=text))
    check_error("nothing", 131009, lambda: whatsapp.send_message(to=to, text=""))
    check_error("too much", 131009, lambda: whatsapp.send_message(to=to, text="x" * 4097))
    stranger = client(base_url, phone_id, "another token")
    check_error("token", 190, lambda: stranger.send_message(to=to, text=text))
    elsewhere = client(base_url, "1", token)
    check_error("number", 100, lambda: elsewhere.send_message(to=to, text=text))
    print("ok")


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "read":
        read(arguments[1])
    elif len(arguments) == 4 and arguments[0] == "api":
        api(*arguments[1:])
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
