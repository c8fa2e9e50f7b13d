// Lets npm's `twilio` and `whatsapp-api-js` judge us; run by the tests, in a folder that has both.
//
//   peers.mjs sign < cases.json        signatures, as scripts/twilio_sdk_check.py
//   peers.mjs validate < cases.json    verdicts, likewise
//   peers.mjs read APP_SECRET < bodies.json    what is read in bodies, as scripts/pywa_check.py

import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const here = createRequire(`${process.cwd()}/`);
const load = (name) => import(pathToFileURL(here.resolve(name)).href);

/** Names that come more than once have a list, as web frameworks have it. */
function fields(pairs = []) {
  const all = {};
  for (const [name, value] of pairs) (all[name] ??= []).push(value);
  return Object.fromEntries(Object.entries(all).map(([name, list]) => [name, list.length > 1 ? list : list[0]]));
}

async function sign(cases) {
  const { getExpectedTwilioSignature } = here('twilio/lib/webhooks/webhooks');
  return cases.map((it) => getExpectedTwilioSignature(it.key, it.url, fields(it.params)));
}

async function validate(cases) {
  const { validateRequest, validateRequestWithBody } = here('twilio/lib/webhooks/webhooks');
  return cases.map((it) =>
    it.body === undefined || it.body === null
      ? validateRequest(it.key, it.signature, it.url, fields(it.params))
      : validateRequestWithBody(it.key, it.signature, it.url, it.body),
  );
}

async function read(bodies, secret) {
  const { WhatsAppAPI } = await load('whatsapp-api-js');
  const api = new WhatsAppAPI({ token: 't', appSecret: secret, webhookVerifyToken: 'v', v: 'v23.0' });
  let seen = null;
  api.on.message = ({ message, contact }) => {
    const inner = message[message.type] ?? {};
    seen = {
      kind: 'Message',
      id: message.id,
      type: message.type,
      text: message.type === 'text' ? inner.body : null,
      caption: inner.caption,
      at: Number(message.timestamp),
      number: contact.wa_id,
      user: contact.user_id,
      name: contact.profile?.name,
      emoji: inner.emoji,
      on: inner.message_id,
      file: message.type === 'contacts' ? null : inner.id,
      mime_type: inner.mime_type,
      answers: message.context?.id,
    };
  };
  api.on.status = ({ id, status, contact, error }) => {
    seen = { kind: 'MessageStatus', id, status, number: contact.wa_id, user: contact.user_id, error: error && String(error.code) };
  };
  const all = [];
  for (const body of bodies) {
    seen = null;
    const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
    try {
      await api.post(JSON.parse(body), body, signature);
      all.push(seen);
    } catch (fault) {
      all.push({ kind: 'fault', text: fault.constructor.name });
    }
  }
  return all;
}

const input = JSON.parse(readFileSync(0, 'utf8'));
const [task, secret] = process.argv.slice(2);
const answer = await { sign, validate, read }[task](input, secret);
process.stdout.write(JSON.stringify(answer));
