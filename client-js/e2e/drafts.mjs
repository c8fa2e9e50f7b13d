// A draft that two write together and a third approves: carets with names, a change that voids the
// approval, one message at the customer. Settings as for the main job; the third login is a supervisor's.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { AGENTS, eventually, launch, NARROW, Person, sandbox, story, WIDE } from './harness.mjs';
import { button, composer, row, signIn, timeline } from './parts.mjs';

const run = String(Date.now()).slice(-7);
const number = `+1404557${run.slice(-4)}`;
let browser;
let ann;
let ben;
let sam;
let channel;

const step = story();

const area = (person) => person.page.getByTestId('draft-area');
const shared = (person) => person.page.getByTestId('shared-draft');
const review = (person) => person.page.getByTestId('draft-review');
const carets = (person) => person.page.getByTestId('draft-caret');
const text = (person) => area(person).inputValue();
const stands = (person, state) =>
  eventually(`${person.name} sees that it is ${state}`, async () => (await shared(person).getAttribute('data-state')) === state);
const shows = (person, words) => eventually(`${person.name} shows ${words}`, async () => (await text(person)) === words);
const stored = (person) =>
  eventually(`what ${person.name} wrote is stored`, async () => (await shared(person).getAttribute('data-saved')) === 'true');

/** Reaches a button as somebody without a mouse does. */
async function press(person, name) {
  await eventually(`${name} can be pressed`, () => button(person, name).isEnabled());
  await button(person, name).focus();
  await person.page.keyboard.press('Enter');
}

before(async () => {
  assert.ok(AGENTS.length >= 3, 'TANDEM_E2E_AGENTS needs three logins');
  browser = await launch();
  const found = (await sandbox('')).channels;
  channel = found.find((one) => one.kind === 'sms') ?? found[0];
});

after(async () => {
  await browser?.close();
});

step('three open the draft of one thread', async () => {
  [ann, ben, sam] = await Promise.all(
    AGENTS.slice(0, 3).map(async (login, index) => {
      const person = await Person.at(browser, ['ann', 'ben', 'sam'][index], '/');
      await signIn(person, login);
      return person;
    }),
  );
  await sandbox(`/${channel.id}/messages`, { from: number, text: `Money back? ${run}`, id: crypto.randomUUID() });
  for (const person of [ann, ben, sam]) {
    await person.sees(row(person, `Money back? ${run}`), 'the text in the list');
    await row(person, number).first().click();
    await person.sees(composer(person), 'the composer');
    await person.page.getByTestId('share-draft').focus();
    await person.page.keyboard.press('Enter');
    await person.sees(area(person), 'the shared draft');
    await eventually(`${person.name} writes at once`, () => area(person).evaluate((it) => it === document.activeElement));
  }
});

step('two write at the same time, and see each other', async () => {
  await area(ann).pressSequentially('We send it back 😀');
  await shows(ben, 'We send it back 😀');
  await ben.page.keyboard.press('Home');
  await Promise.all([area(ann).pressSequentially(' today.'), area(ben).pressSequentially('Sorry! ')]);
  for (const person of [ann, ben, sam]) await shows(person, 'Sorry! We send it back 😀 today.');
  assert.equal(await area(ben).evaluate((it) => it.selectionStart), 7, "Ben's caret stays where he writes");
  assert.equal(await area(ann).evaluate((it) => it.selectionStart), 32, "Ann's stays at the end");
  await eventually('two carets with names', async () => (await carets(sam).count()) >= 2);
  const names = (await carets(sam).allInnerTexts()).map((name) => name.trim().toLowerCase());
  assert.deepEqual([...new Set(names)].length, 2, names.join());
  await sam.examine('draft-carets');
  await sam.page.setViewportSize(NARROW);
  await sam.examine('draft-carets-narrow');
  await sam.page.setViewportSize(WIDE);
});

step('a third asks for changes, then approves; a change voids that', async () => {
  assert.equal(await button(ann, 'Approve').count(), 0, 'an author does not approve');
  await stored(ann);
  await press(ann, 'Request review');
  await stands(sam, 'requested');
  await press(sam, 'Ask for changes');
  await sam.page.keyboard.type('Say when.');
  await sam.page.keyboard.press('Enter');
  await stands(ben, 'changes_requested');
  await ben.sees(review(ben).filter({ hasText: 'Say when.' }), 'what shall be changed');
  await ben.examine('draft-changes');
  await area(ben).press('Control+End');
  await area(ben).pressSequentially(' At noon.');
  await shows(sam, 'Sorry! We send it back 😀 today. At noon.');
  await press(sam, 'Approve');
  await stands(ann, 'approved');
  await ann.examine('draft-approved');
  await area(ann).press('Control+End');
  await area(ann).pressSequentially('!');
  await stands(sam, 'writing');
  await ann.sees(timeline(ann).getByText('not approved any more'), 'that it is void');
  await press(sam, 'Approve');
  await stands(ben, 'approved');
});

step('it is sent once, and the draft is empty for all', async () => {
  await Promise.all([ann, ben].map(async (person) => {
    await eventually(`${person.name} can send`, () => button(person, 'Send draft').isEnabled());
    await area(person).focus();
  }));
  ben.tolerant = true;
  await Promise.all([area(ann).press('Control+Enter'), area(ben).press('Control+Enter')]);
  const said = 'Sorry! We send it back 😀 today. At noon.!';
  for (const person of [ann, ben, sam]) {
    await person.sees(timeline(person).getByTestId('message-out').filter({ hasText: said }), 'the reply');
    await shows(person, '');
  }
  await eventually('the customer has it', async () => {
    const phone = await sandbox(`/${channel.id}/phones/${encodeURIComponent(number)}`);
    return phone.messages.some((message) => !message.mine);
  });
  const phone = await sandbox(`/${channel.id}/phones/${encodeURIComponent(number)}`);
  assert.deepEqual(phone.messages.filter((message) => !message.mine).map((message) => message.text), [said]);
  await ann.examine('draft-sent');
});

step('nobody saw an error', () => {
  assert.deepEqual([...ann.errors, ...ben.errors, ...sam.errors], []);
});
