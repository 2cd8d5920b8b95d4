"""A mail server on loopback that notes what it is sent, and behaves as the file MODE says at each mail: fast, slow (answers after 30 s)
or a number: that answer.

smtp_server.py FOLDER open|starttls|implicit [CERTIFICATE KEY]: the mode is read from FOLDER/mode; each mail is a line of JSON in
FOLDER/mails, taken apart by Python's own parser; each login is a line in FOLDER/logins; the port is in FOLDER/port once it listens.
With a certificate there is a login: user "treino", password "${LOGIN_PASSWORD}" of the environment, over TLS only.
"""
import asyncio
import email
import email.policy
import json
import os
import ssl
import sys
import threading
import time

from aiosmtpd.smtp import SMTP, AuthResult

folder, kind = sys.argv[1], sys.argv[2]


def end_with(parent):
    """A test that crashes leaves no server behind."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()


def mode():
    with open(os.path.join(folder, "mode")) as file:
        return file.read().strip()


def note(name, what):
    with open(os.path.join(folder, name), "a") as file:
        file.write(json.dumps(what) + "\n")


def parts_of(message):
    for part in message.walk():
        content = None if part.is_multipart() else part.get_payload(decode=True)
        yield {"type": part.get_content_type(), "filename": part.get_filename(), "id": part["Content-ID"],
               "disposition": part.get_content_disposition(), "size": len(content or b""),
               "text": content.decode() if content is not None and part.get_content_maintype() == "text" else "",
               "head": (content or b"")[:24].hex()}


class Handler:
    async def handle_DATA(self, server, session, envelope):
        now = mode()
        if now == "slow":
            await asyncio.sleep(30)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        note("mails", {"mode": now, "sender": envelope.mail_from, "receivers": envelope.rcpt_tos, "tls": session.ssl is not None or kind == "implicit",
                       "user": session.auth_data.decode() if session.authenticated else "",
                       "headers": {k.lower(): str(v) for k, v in message.items()},
                       "defects": [str(d) for part in message.walk() for d in part.defects], "parts": list(parts_of(message))})
        return "250 taken" if not now.isdigit() else now + " no"


def authenticate(server, session, envelope, mechanism, data):
    right = data.login == b"treino" and data.password == os.environ["LOGIN_PASSWORD"].encode()
    note("logins", right)
    return AuthResult(success=right, handled=False, auth_data=data.login)


context = None
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3], sys.argv[4])


def factory():
    options = {}
    if context:
        options = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": kind == "starttls"}
    if kind == "starttls":
        options.update(tls_context=context, require_starttls=True)
    return SMTP(Handler(), **options)


async def serve():
    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", 0, ssl=context if kind == "implicit" else None)
    with open(os.path.join(folder, "port.new"), "w") as file:
        file.write(str(server.sockets[0].getsockname()[1]))
    os.rename(os.path.join(folder, "port.new"), os.path.join(folder, "port"))
    await server.serve_forever()


asyncio.run(serve())
