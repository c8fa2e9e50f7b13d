"""Serves SMTP for a test with one login, and keeps what it is given.

It says in a line of JSON where it is. Then it answers each line that it reads, a JSON list of a word and what
that needs, with another: `mails` is all that was taken, `refuse` a status and how often it answers with that
instead, `refused` how often it has. It ends with its input.
"""

import asyncio
import json
import sys
import threading

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

LOGIN = LoginPassword(b"tandem", b"correct horse")


class Handler:
    def __init__(self):
        self.mails, self.refuse, self.refused = [], [], 0

    async def handle_DATA(self, server, session, envelope):
        if self.refuse:
            self.refused += 1
            return f"{self.refuse.pop()} Not now"
        text = envelope.content.decode("utf-8")
        self.mails.append({"from": envelope.mail_from, "to": envelope.rcpt_tos, "text": text})
        return "250 Taken"


def login(server, session, envelope, mechanism, data):
    return AuthResult(success=data == LOGIN)


def main():
    handler = Handler()
    loop = asyncio.new_event_loop()

    def session():
        return SMTP(handler, authenticator=login, auth_require_tls=False, auth_required=True, loop=loop)

    serving = loop.create_server(session, "127.0.0.1", 0)
    port = loop.run_until_complete(serving).sockets[0].getsockname()[1]
    threading.Thread(target=loop.run_forever, daemon=True).start()
    say({"address": f"127.0.0.1:{port}"})
    for line in sys.stdin:
        word, *more = json.loads(line)
        if word == "refuse":
            status, times = more
            handler.refuse = [status] * times
            say(None)
        else:
            say(getattr(handler, word))


def say(what):
    print(json.dumps(what), flush=True)


main()
