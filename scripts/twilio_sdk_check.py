"""Lets Twilio's own Python library judge us; run by the tests (`it_twilio`).

    twilio_sdk_check.py sign < cases.json
        Each case is {"url", "params": [[name, value], ...], "key", "algorithm"?} or, for a body
        that is no form, {"url", "body", "key"}. Prints the list of signatures as JSON.

    twilio_sdk_check.py validate < cases.json
        Each case is one of the above and "signature". Prints the list of verdicts as JSON.

    twilio_sdk_check.py api BASE_URL ACCOUNT_SID AUTH_TOKEN FROM
        Drives the API at BASE_URL with the official client; exits 1 at the first surprise.
"""

import datetime
import json
import re
import sys

from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client


class MultiDict(dict):
    """Repeated names, in the shape that the library knows from web frameworks."""

    def __init__(self, pairs):
        super().__init__()
        for name, value in pairs:
            self.setdefault(name, []).append(value)

    def getall(self, name):
        return self[name]


class Redirected(TwilioHttpClient):
    """Sends what is meant for api.twilio.com to another address."""

    def __init__(self, base_url):
        super().__init__(timeout=10)
        self.base_url = base_url

    def request(self, method, url, *args, **kwargs):
        url = url.replace("https://api.twilio.com", self.base_url)
        return super().request(method, url, *args, **kwargs)


def sign(case):
    params = MultiDict(case.get("params", []))
    validator = RequestValidator(case["key"])
    return validator.compute_signature(case["url"], params, case.get("algorithm"))


def validate(case):
    params = case["body"] if "body" in case else MultiDict(case["params"])
    validator = RequestValidator(case["key"])
    return validator.validate(case["url"], params, case["signature"], case.get("algorithm"))


def check(what, actual, expected):
    if actual != expected:
        raise SystemExit(f"{what}: expected {expected!r}, got {actual!r}")


def check_error(what, code, status, call):
    try:
        call()
    except TwilioRestException as error:
        check(what, (error.code, error.status), (code, status))
    else:
        raise SystemExit(f"{what}: expected error {code}, got none")


def api(base_url, account_sid, auth_token, sender):
    client = Client(account_sid, auth_token, http_client=Redirected(base_url))
    to = "+15558675310"
    text = "Olá 👋 a+b=c & 100%"
    made = client.messages.create(
        to=to, from_=sender, body=text, status_callback="https://inbox.example/twilio/status?msg=1"
    )
    check("sid", bool(re.fullmatch(r"(SM|MM)[0-9a-fA-F]{32}", made.sid)), True)
    check("created", (made.status, made.direction), ("queued", "outbound-api"))
    check("echo", (made.to, made.from_, made.body), (to, sender, text))
    check("account", made.account_sid, account_sid)
    check("strings", (made.num_media, made.num_segments), ("0", "1"))
    check("nulls", (made.error_code, made.error_message, made.date_sent), (None, None, None))
    check("date", isinstance(made.date_created, datetime.datetime), True)
    age = datetime.datetime.now(datetime.timezone.utc) - made.date_created
    check("clock", abs(age.total_seconds()) < 60, True)

    check("fetched", client.messages(made.sid).fetch().body, text)
    others = [client.messages.create(to=to, from_=sender, body=f"no. {n}").sid for n in range(4)]
    listed = client.messages.list(to=to, from_=sender, page_size=2)
    check("listed, newest first", [it.sid for it in listed], others[::-1] + [made.sid])
    check("limit", len(client.messages.list(to=to, limit=3, page_size=2)), 3)
    check("other number", client.messages.list(to="+15550000000"), [])
    tomorrow = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
    check("tomorrow", client.messages.list(to=to, date_sent_after=tomorrow), [])

    create = client.messages.create
    check_error("bad number", 21211, 400, lambda: create(to="+1555XXXX", from_=sender, body="x"))
    check_error("no text", 21602, 400, lambda: create(to=to, from_=sender))
    check_error("no sender", 21603, 400, lambda: create(to=to, body="x"))
    check_error("no recipient", 21604, 400, lambda: create(to="", from_=sender, body="x"))
    check_error("wrong sender", 21606, 400, lambda: create(to=to, from_="+15550009999", body="x"))
    check_error("long", 21617, 400, lambda: create(to=to, from_=sender, body="x" * 1601))
    check_error("no such", 20404, 404, lambda: client.messages("SM" + "0" * 32).fetch())
    stranger = Client(account_sid, "wrong", http_client=Redirected(base_url))
    check_error("token", 20003, 401, lambda: stranger.messages.create(to=to, from_=sender, body="x"))
    check_error("token, fetch", 20003, 401, lambda: stranger.messages(made.sid).fetch())
    print("ok")


def main(arguments):
    if arguments == ["sign"]:
        print(json.dumps([sign(case) for case in json.load(sys.stdin)]))
    elif arguments == ["validate"]:
        print(json.dumps([validate(case) for case in json.load(sys.stdin)]))
    elif len(arguments) == 5 and arguments[0] == "api":
        api(*arguments[1:])
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
