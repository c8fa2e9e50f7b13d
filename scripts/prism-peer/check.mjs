// Posts what our adapters send to Prism, which has a provider's specification before it.
//
//   check.mjs twilio|meta BASE_URL requests.json
//
// Each has to be taken, and each spoiled one refused, or Prism looks at nothing.

import { readFileSync } from 'node:fs';

const [provider, base, file] = process.argv.slice(2);
const isTwilio = ({ target }) => target.startsWith('/2010-04-01/');
const requests = JSON.parse(readFileSync(file, 'utf8')).filter((it) => isTwilio(it) === (provider === 'twilio'));

async function send({ method, target, headers, body }) {
  const known = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== null));
  const answer = await fetch(base + target, { method, headers: known, body: method === 'GET' ? undefined : body });
  return { status: answer.status, said: await answer.text() };
}

/** The same without what it cannot do without. */
function spoiled(it) {
  if (it.method === 'GET') return { ...it, headers: { ...it.headers, authorization: null } };
  if (provider === 'twilio') return { ...it, body: it.body.replace(/(^|&)To=[^&]*/, '') };
  const { messaging_product: _, ...rest } = JSON.parse(it.body);
  return { ...it, body: JSON.stringify(rest) };
}

let wrong = 0;
for (const it of requests) {
  const taken = await send(it);
  const refused = await send(spoiled(it));
  if (taken.status >= 300 || refused.status < 400) {
    wrong += 1;
    console.error(`${it.method} ${it.target}\n  ${it.body}\n  ${taken.status} ${taken.said}\n  spoiled: ${refused.status}`);
  }
}
console.log(`${provider}: ${requests.length - wrong} of ${requests.length} requests are as the specification wants them`);
if (wrong > 0 || requests.length === 0) process.exit(1);
