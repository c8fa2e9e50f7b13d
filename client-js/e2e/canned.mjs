// Canned replies: a supervisor writes one, an agent finds it after a slash and sends it, a change waits for
// somebody else's approval. By keyboard alone where agents write. Settings as for the main job.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { AGENTS, eventually, launch, NARROW, Person, sandbox, story, stayedInside, WIDE } from './harness.mjs';
import { button, composer, row, signIn } from './parts.mjs';

const run = String(Date.now()).slice(-7);
const number = `+1404559${run.slice(-4)}`;
const code = `refund${run.slice(-4)}`;
const title = `Refund ${run.slice(-4)}`;
const draft = `Not for the customer yet ${run}`;
const note = `She asks every week ${run}`;
let browser;
let ada;
let ann;
let sam;
let channel;

const step = story();
const form = (person, name) => person.page.getByRole('form', { name, exact: true });
const setting = (person, text) => person.page.getByTestId('setting-canned').filter({ hasText: text });
const menu = (person) => person.page.getByTestId('canned-menu');
const option = (person, text) => person.page.getByTestId('canned-option').filter({ hasText: text });
const chosen = (person) => person.page.locator('[data-testid=canned-option][aria-selected=true]');
const preview = (person) => person.page.getByTestId('canned-preview');
const text = (person) => composer(person).inputValue();

async function phoneShows(words) {
  await eventually(`the phone shows ${words}`, async () => {
    const { messages } = await sandbox(`/${channel.id}/phones/${encodeURIComponent(number)}`);
    return messages.some((one) => !one.mine && one.text === words);
  });
}

before(async () => {
  assert.ok(AGENTS.length >= 4, 'TANDEM_E2E_AGENTS needs an agent, a supervisor and the administrator');
  browser = await launch();
  const found = (await sandbox('')).channels;
  channel = found.find((one) => one.kind === 'sms') ?? found[0];
});

after(async () => {
  await browser?.close();
});

step('a supervisor writes one, and is told what is wrong while they do', async () => {
  const login = (name) => AGENTS.find((one) => one.email.startsWith(`${name}@`));
  [ann, sam, ada] = await Promise.all(
    ['ann', 'sam', 'ada'].map(async (name) => {
      const person = await Person.at(browser, name, '/');
      await signIn(person, login(name));
      return person;
    }),
  );
  await button(sam, 'Settings').click();
  const add = sam.page.getByRole('button', { name: /^Add one for / });
  await add.click();
  const it = sam.page.getByRole('form', { name: /^Add one for / });
  await it.getByLabel('Title', { exact: true }).fill(title);
  await it.getByLabel('Short code').fill(code);
  await it.getByLabel('Folder').fill('Orders / Money');
  await it.getByLabel('Text in en', { exact: true }).fill('Hi {{contact.nam}}, your money is on its way.');
  await sam.sees(it.getByTestId('canned-fault').filter({ hasText: 'no variable is named `contact.nam`' }), 'the unknown variable');
  await sam.examine('canned-fault');
  await it.getByLabel('Text in en', { exact: true }).fill('');
  // The keyboard puts a variable in, too.
  await it.getByLabel('Text in en', { exact: true }).pressSequentially('Hi ');
  await it.getByRole('button', { name: 'contact.name', exact: true }).focus();
  await sam.page.keyboard.press('Enter');
  await it.getByLabel('Text in en', { exact: true }).pressSequentially(', your money is on its way. {{agent.name}}');
  await sam.seesNo(it.getByTestId('canned-fault').filter({ hasText: 'variable' }), 'the fault');
  await button(sam, 'Add a language').click();
  await it.getByLabel('Language', { exact: true }).nth(1).fill('de');
  await it.getByLabel('Text in de', { exact: true }).fill('Guten Tag {{contact.name|}}, Ihr Geld ist unterwegs.');
  await sam.examine('canned-form');
  await sam.page.setViewportSize(NARROW);
  await sam.examine('canned-form-narrow');
  await sam.page.setViewportSize(WIDE);
  await it.getByRole('button', { name: 'Add', exact: true }).click();
  await sam.seesNo(it, 'the form');
  await sam.sees(setting(sam, title), 'the canned reply');
  assert.equal(await add.count(), 1);
});

step('an agent has their own, and writes no shared one', async () => {
  await button(ann, 'Settings').click();
  await ann.sees(setting(ann, title), 'what is shared');
  assert.equal(await ann.page.getByRole('button', { name: /^Add one for / }).count(), 0);
  await button(ann, 'Add one of my own').click();
  const it = form(ann, 'Add one of my own');
  await it.getByLabel('Title', { exact: true }).fill(`Mine ${run}`);
  await it.getByLabel('Short code').fill(`${code}-mine`);
  await it.getByLabel('Text in en', { exact: true }).fill('Bye!\n{{agent.name}}');
  await ann.page.keyboard.press('Tab');
  await it.getByRole('button', { name: 'Add', exact: true }).focus();
  await ann.page.keyboard.press('Enter');
  await ann.sees(setting(ann, `Mine ${run}`), 'her own');
  assert.equal(await setting(sam, `Mine ${run}`).count(), 0, 'nobody else sees it');
  await button(ann, 'Leave the settings').click();
});

step('after a slash it is found, and read before it is taken', async () => {
  await sandbox(`/${channel.id}/messages`, { from: number, text: `Where is my money? ${run}`, id: crypto.randomUUID() });
  await ann.sees(row(ann, number), 'the new thread');
  await row(ann, number).first().click();
  await composer(ann).focus();
  const { keyboard } = ann.page;
  await keyboard.type(`/${code.slice(0, 7)}`);
  await ann.sees(option(ann, title), 'the shared one');
  await ann.sees(option(ann, `Mine ${run}`), 'her own');
  await eventually('the first is chosen', async () => (await chosen(ann).count()) === 1);
  while (!(await chosen(ann).innerText()).includes(title)) await keyboard.press('ArrowDown');
  await ann.sees(preview(ann).filter({ hasText: 'You fill in: contact.name' }), 'what is not known');
  await ann.examine('canned-menu');
  await keyboard.press('ArrowRight');
  await ann.sees(preview(ann).filter({ hasText: 'Ihr Geld ist unterwegs' }), 'the other language');
  await keyboard.press('ArrowLeft');
  await ann.sees(preview(ann).filter({ hasText: 'your money is on its way' }), 'the first language');
  await ann.page.setViewportSize(NARROW);
  await ann.examine('canned-menu-narrow');
  await ann.page.setViewportSize(WIDE);
  await keyboard.press('Escape');
  await ann.seesNo(menu(ann), 'the menu');
  assert.equal(await text(ann), `/${code.slice(0, 7)}`, 'what was typed stays');
  await keyboard.type('x');
  assert.equal(await menu(ann).count(), 0, 'it was closed for this slash');
});

step('it is taken, what is missing is filled in, and it is sent', async () => {
  const { keyboard } = ann.page;
  await composer(ann).fill('');
  await keyboard.type(`/${code}`);
  await eventually('the one of exactly this code is the first', async () => (await chosen(ann).count()) === 1 && (await chosen(ann).innerText()).includes(title));
  await keyboard.press('Tab');
  await eventually('the text is there', async () => (await text(ann)).startsWith('Hi {{contact.name}}, your money'));
  await ann.seesNo(menu(ann), 'the menu');
  await ann.sees(ann.page.getByTestId('unfilled'), 'that something is missing');
  await keyboard.press('Enter');
  assert.ok((await text(ann)).includes('{{contact.name}}'), 'it does not go out like that');
  const marked = () => composer(ann).evaluate((it) => it.value.slice(it.selectionStart, it.selectionEnd));
  await eventually('what is missing is marked', async () => (await marked()) === '{{contact.name}}');
  await ann.examine('canned-gap');
  await keyboard.type('Ada');
  await keyboard.press('Enter');
  await phoneShows('Hi Ada, your money is on its way. Ann');
  // Somebody else's hands see that it was used.
  await sam.page.reload();
  await sam.sees(setting(sam, title).filter({ hasText: 'used once' }), 'that it was used');
});

step('in a shared draft, too', async () => {
  await ann.page.getByTestId('share-draft').click();
  const area = ann.page.getByTestId('draft-area');
  await ann.sees(area, 'the shared draft');
  await area.pressSequentially(`/${code}-m`);
  await ann.sees(option(ann, `Mine ${run}`), 'her own');
  await ann.page.keyboard.press('Enter');
  await eventually('the text is there', async () => (await area.inputValue()) === 'Bye!\nAnn');
  await area.fill(draft);
  await eventually('it is stored', async () => (await ann.page.getByTestId('shared-draft').getAttribute('data-saved')) === 'true');
  await button(ann, 'Note').click();
  await composer(ann).fill(note);
  await composer(ann).press('Control+Enter');
  await ann.sees(ann.page.getByTestId('timeline').getByText(note), 'the note');
});

step('a change waits for somebody else', async () => {
  await button(ada, 'Settings').click();
  await button(ada, 'Approval and language').click();
  const rule = form(ada, 'Approval and language');
  await rule.getByRole('checkbox').check();
  await rule.getByRole('button', { name: 'Save', exact: true }).click();
  await ada.seesNo(rule, 'the form');

  await button(sam, `Change ${title}`).click();
  const change = form(sam, `Change ${title}`);
  await change.getByLabel('Text in en', { exact: true }).fill('Hi {{contact.name|there}}, it takes three days.');
  await change.getByRole('button', { name: 'Save', exact: true }).click();
  await sam.sees(setting(sam, title).filter({ hasText: 'The change waits for approval' }), 'that it waits');
  assert.equal(await setting(sam, title).getByRole('button', { name: 'Approve' }).count(), 0, 'not by who wrote it');

  await ada.sees(setting(ada, title).filter({ hasText: 'The change waits for approval' }), 'that it waits');
  await setting(ada, title).getByRole('button', { name: /^Read/ }).click();
  await ada.sees(setting(ada, title).getByText('Until then: Hi {{contact.name}}, your money'), 'what is used until then');
  await ada.examine('canned-approval');

  await button(ann, 'Reply').click();
  await composer(ann).fill('');
  await ann.page.keyboard.type(`/${code}`);
  await ann.sees(preview(ann), 'a preview');
  while (!(await chosen(ann).innerText()).includes(title)) await ann.page.keyboard.press('ArrowDown');
  await ann.sees(preview(ann).filter({ hasText: 'your money is on its way' }), 'what was approved before');
  await button(ada, `Approve ${title}`).click();
  await ada.seesNo(setting(ada, title).getByText('waits for approval'), 'that it waits');
  await ann.sees(preview(ann).filter({ hasText: 'Hi there, it takes three days.' }), 'what is approved now');
  await ann.page.keyboard.press('Enter');
  await eventually('the text is there', async () => (await text(ann)) === 'Hi there, it takes three days.');
  await ann.page.keyboard.press('Enter');
  await phoneShows('Hi there, it takes three days.');
});

step('it is deleted, and nothing for the team alone has left', async () => {
  await button(sam, `Delete ${title}`).click();
  await sam.seesNo(setting(sam, title), 'it');
  await ada.seesNo(setting(ada, title), 'it');
  await button(ada, 'Approval and language').click();
  const rule = form(ada, 'Approval and language');
  await rule.getByRole('checkbox').uncheck();
  await rule.getByRole('button', { name: 'Save', exact: true }).click();
  await ada.seesNo(rule, 'the form');
  await stayedInside(channel.id, number, [draft, note], 'Hi Ada');
  for (const person of [ann, sam, ada]) assert.deepEqual(person.errors, []);
});
