// An administrator sets things up: an inbox, an account, a channel; sees a wrong signature explained,
// pauses a channel, and an agent is told why nothing goes out. Settings as for the main job.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { AGENTS, launch, NARROW, Person, story, URL_BASE, WIDE } from './harness.mjs';
import { button, composer, row, settingsPage, signIn } from './parts.mjs';

const run = String(Date.now()).slice(-7);
const number = `+1202555${run.slice(-4)}`;
const ourNumber = `+1404555${run.slice(-4)}`;
let browser;
let ada;
let ann;

const step = story();
const setting = (kind, text) => ada.page.getByTestId(`setting-${kind}`).filter({ hasText: text });
const form = (name) => ada.page.getByRole('form', { name, exact: true });

async function openSettings() {
  await button(ada, 'Settings').click();
  await settingsPage(ada, 'Inboxes');
}

before(async () => {
  assert.ok(AGENTS.some((login) => login.email.startsWith('ada@')), 'TANDEM_E2E_AGENTS needs the administrator');
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

step('only an administrator sets up inboxes and channels', async () => {
  ada = await Person.at(browser, 'ada', '/');
  await signIn(ada, AGENTS.find((login) => login.email.startsWith('ada@')));
  await ada.mark();
  ann = await Person.at(browser, 'ann', '/');
  await signIn(ann, AGENTS[0]);
  await button(ann, 'Settings').click();
  await ann.sees(button(ann, 'Add one of my own'), 'the settings that everybody has');
  assert.equal(await ann.page.getByRole('heading', { name: 'Channels', exact: true }).count(), 0);
  await button(ann, 'Leave the settings').click();
  await openSettings();
  await ada.examine('settings');
});

step('an account is added, and a wrong one is named', async () => {
  await settingsPage(ada, 'Accounts');
  await button(ada, 'Add an account').click();
  const account = form('Add an account');
  await account.getByLabel('Provider').selectOption({ label: 'Twilio' });
  await account.getByLabel('Name', { exact: true }).fill(`Twilio ${run}`);
  await account.getByLabel('Account SID').fill('AC1');
  await account.getByLabel(/^API address/).fill('http://127.0.0.1:9');
  await account.getByLabel('Auth token').fill('f0e1d2c3b4a5968778695a4b3c2d1e0f');
  ada.tolerant = true;
  await account.getByRole('button', { name: 'Add', exact: true }).click();
  await ada.sees(account.getByRole('alert').filter({ hasText: 'Account SID: must be AC' }), 'which field is wrong');
  assert.equal(await account.getByLabel('Account SID').getAttribute('aria-invalid'), 'true');
  await ada.examine('settings-form');
  ada.tolerant = false;
  await account.getByLabel('Account SID').fill(`AC${'0123456789abcdef'.repeat(2)}`);
  await account.getByRole('button', { name: 'Add', exact: true }).click();
  await ada.sees(setting('account', `Twilio ${run}`).filter({ hasText: '…1e0f' }), 'the account');
  await setting('account', `Twilio ${run}`).getByRole('button', { name: 'Test' }).click();
  await ada.sees(setting('account', 'It does not work'), 'that nobody answers there');
});

step('a secret is replaced, and the old one stays good for a while', async () => {
  const account = setting('account', `Twilio ${run}`);
  await account.getByRole('button', { name: /^Replace a secret/ }).click();
  await account.getByLabel('New secret').fill('00112233445566778899aabbccddeeff');
  await account.getByRole('button', { name: 'Replace', exact: true }).click();
  await ada.sees(account.filter({ hasText: '…eeff' }).filter({ hasText: 'still verifies until' }), 'both');
});

step('a channel is added; its webhook is shown, and why one was refused', async () => {
  await settingsPage(ada, 'Channels');
  await button(ada, 'Add a channel').click();
  const channel = form('Add a channel');
  await channel.getByLabel('Account').selectOption({ label: `Twilio ${run}` });
  await channel.getByLabel('Kind').selectOption('sms');
  await channel.getByLabel('Number or sender').fill(ourNumber);
  await channel.getByRole('button', { name: 'Add', exact: true }).click();
  const made = setting('channel', ourNumber);
  await ada.sees(made, 'the channel');
  const url = await made.locator('code').first().textContent();
  assert.ok(url.startsWith(`${URL_BASE}/webhooks/twilio/chn_`) && url.endsWith('/messages'), url);
  const headers = { 'x-twilio-signature': 'AAAA', 'content-type': 'application/x-www-form-urlencoded' };
  const refused = await fetch(url, { method: 'POST', headers, body: 'From=%2B1' });
  assert.equal(refused.status, 403);
  await button(ada, 'Leave the settings').click();
  await openSettings();
  await settingsPage(ada, 'Channels');
  await ada.sees(made.getByTestId('trouble').filter({ hasText: 'auth_token …eeff' }), 'what it was checked with');
  await made.scrollIntoViewIfNeeded();
  await ada.examine('settings-trouble');
});

step('an inbox is changed, and its mode stays as it was', async () => {
  await settingsPage(ada, 'Inboxes');
  await button(ada, 'Change Front desk').click();
  const inbox = form('Change Front desk');
  await inbox.getByLabel(/^Automatic reply/).fill(`We are back at nine ${run}.`);
  await inbox.getByRole('button', { name: 'Save' }).click();
  await ada.sees(setting('inbox', `We are back at nine ${run}.`), 'the automatic reply');
  await button(ada, 'Change Front desk').click();
  await inbox.getByLabel('Replying').selectOption('exclusive');
  await inbox.getByRole('button', { name: 'Save' }).click();
  await ada.sees(setting('inbox', 'Front desk').getByText('Only the assignee replies'), 'the mode');
  await button(ada, 'Change Front desk').click();
  assert.equal(await inbox.getByLabel('Replying').inputValue(), 'exclusive');
  await inbox.getByLabel('Replying').selectOption('team');
  await inbox.getByRole('button', { name: 'Save' }).click();
  await ada.sees(setting('inbox', 'Front desk').getByText('Anyone replies'), 'the mode as it was');
});

step('a paused channel is told where somebody writes', async () => {
  const sandbox = await (await fetch(`${URL_BASE}/sandbox/api/channels`)).json();
  const { id, address } = sandbox.channels.find((one) => one.kind === 'sms');
  const text = { from: number, text: `Hello ${run}`, id: run };
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(text) };
  assert.ok((await fetch(`${URL_BASE}/sandbox/api/channels/${id}/messages`, init)).ok);
  await row(ann, number).first().click();
  await ann.sees(ann.page.getByText(`We are back at nine ${run}.`).first(), 'what the inbox answered by itself');
  await settingsPage(ada, 'Channels');
  const channel = setting('channel', address).filter({ hasText: /^\s*SMS/ });
  await channel.getByRole('button', { name: 'Pause', exact: true }).click();
  await ada.sees(channel.getByText('An administrator has paused this channel'), 'that it is paused');
  await ann.sees(ann.page.getByTestId('paused').filter({ hasText: 'is paused' }), 'why nothing goes out');
  await ann.sees(composer(ann), 'the composer all the same');
  await ann.examine('paused');
  await channel.getByRole('button', { name: 'Resume', exact: true }).click();
  await ann.seesNo(ann.page.getByTestId('paused'), 'the notice');
  await settingsPage(ada, 'Inboxes');
  await button(ada, 'Change Front desk').click();
  const inbox = form('Change Front desk');
  await inbox.getByLabel(/^Automatic reply/).fill('');
  await inbox.getByRole('button', { name: 'Save' }).click();
  await ada.seesNo(setting('inbox', `We are back at nine ${run}.`), 'the automatic reply');
});

step('it can be used on a phone, and without a mouse', async () => {
  await ada.page.setViewportSize(NARROW);
  await ada.examine('settings-narrow');
  const wide = await ada.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
  assert.ok(wide, 'nothing sticks out');
  await ada.page.setViewportSize(WIDE);
  await button(ada, 'Add an inbox').focus();
  await ada.page.keyboard.press('Enter');
  await ada.sees(form('Add an inbox').locator('input[name=name]:focus'), 'that it can write at once');
  await ada.page.keyboard.type(`Repairs ${run}`);
  await ada.page.keyboard.press('Enter');
  await ada.sees(setting('inbox', `Repairs ${run}`), 'the inbox');
  await ada.sees(ada.page.getByLabel('Inbox', { exact: true }).first(), 'a choice of inboxes');
  await ada.wasNotReloaded();
  assert.deepEqual([...ada.errors, ...ann.errors], []);
});
