// One customer writes by SMS, WhatsApp and RCS: one thread, a mark on each message, an answer on the
// channel that is chosen, receipts, and a refusal that only the customer lifts. Settings as for the
// main job.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { AGENTS, eventually, launch, NARROW, Person, sandbox, story, WIDE } from './harness.mjs';
import { button, composer, row, signIn, timeline } from './parts.mjs';

const run = String(Date.now()).slice(-7);
const number = `+1404555${run.slice(-4)}`;
let browser;
let ann;
let ben;
let channels;

const step = story();

const text = (kind, words) => sandbox(`/${channels[kind]}/messages`, { from: number, text: words, id: crypto.randomUUID() });
const phone = (kind) => `/${channels[kind]}/phones/${encodeURIComponent(number)}`;

async function answers(kind) {
  const { messages } = await sandbox(phone(kind));
  return messages.filter((message) => !message.mine).map((message) => message.text);
}

const bubble = (person, words) => person.page.locator('article.bubble').filter({ hasText: words });
const markOf = (person, words) => bubble(person, words).getByTestId('channel-mark');

before(async () => {
  assert.ok(AGENTS.length >= 2, 'TANDEM_E2E_AGENTS needs two logins');
  browser = await launch();
  const found = (await sandbox('')).channels;
  channels = Object.fromEntries(found.map((channel) => [channel.kind, channel.id]));
});

after(async () => {
  await browser?.close();
});

step('three channels are one thread, each message with its mark, in both desks', async () => {
  [ann, ben] = await Promise.all(
    AGENTS.slice(0, 2).map(async (login, index) => {
      const person = await Person.at(browser, index === 0 ? 'ann' : 'ben', '/');
      await signIn(person, login);
      return person;
    }),
  );
  await text('sms', `By SMS ${run}`);
  await text('whatsapp', `By WhatsApp ${run}`);
  await text('rcs', `By RCS ${run}`);
  for (const person of [ann, ben]) {
    await person.sees(row(person, `By RCS ${run}`), 'the newest text in the list');
    assert.equal(await row(person, number).count(), 1, 'it is one thread');
    await row(person, number).first().click();
    for (const [kind, name] of [['SMS', 'SMS'], ['WhatsApp', 'WhatsApp'], ['RCS', 'RCS']]) {
      await person.sees(markOf(person, `By ${kind} ${run}`).filter({ hasText: name }), `the mark of ${kind}`);
    }
  }
  await ann.examine('channels');
});

step('a reply goes by the last channel, or by the one that is chosen', async () => {
  await composer(ann).fill(`To RCS ${run}`);
  await composer(ann).press('Enter');
  await eventually('it is on the phone, by RCS', async () => (await answers('rcs')).includes(`To RCS ${run}`));
  await ann.page.getByTestId('send-by').selectOption(channels.whatsapp);
  await composer(ann).fill(`To WhatsApp ${run}`);
  await composer(ann).press('Enter');
  await eventually('it is on the phone, by WhatsApp', async () => (await answers('whatsapp')).includes(`To WhatsApp ${run}`));
  assert.deepEqual(await answers('rcs'), [`To RCS ${run}`], 'and nowhere else');
  assert.deepEqual(await answers('sms'), []);
  await ben.sees(markOf(ben, `To WhatsApp ${run}`).filter({ hasText: 'WhatsApp' }), 'the mark of the reply');
});

step('receipts move it on in both desks', async () => {
  const state = (person) => bubble(person, `To WhatsApp ${run}`).getByTestId('delivery');
  for (const person of [ann, ben]) await person.sees(state(person).filter({ hasText: 'Delivered' }), 'that it is delivered');
  await sandbox(`${phone('whatsapp')}/read`, {});
  for (const person of [ann, ben]) await person.sees(state(person).filter({ hasText: 'Read' }), 'that it is read');
});

step('a text says how many parts it takes, where that matters', async () => {
  await ann.page.getByTestId('send-by').selectOption(channels.sms);
  await composer(ann).fill('A'.repeat(161));
  await ann.sees(ann.page.getByTestId('segments').filter({ hasText: '2 SMS parts' }), 'two parts');
  await ann.examine('segments');
  await ann.page.getByTestId('send-by').selectOption(channels.rcs);
  await ann.seesNo(ann.page.getByTestId('segments'), 'parts');
  await composer(ann).fill('');
});

step('a template is chosen, filled and sent with the keyboard alone', async () => {
  await ann.page.getByTestId('send-by').selectOption(channels.whatsapp);
  await ann.page.getByTestId('choose-template').focus();
  await ann.page.keyboard.press('Enter');
  const dialog = ann.page.getByTestId('templates');
  const choice = dialog.getByRole('button', { name: /Parcel sent/ });
  await ann.sees(choice, 'a template');
  assert.ok(await dialog.getByRole('button', { name: /Not yet/ }).isDisabled(), 'one that is not approved cannot be sent');
  await ann.examine('templates');
  await choice.focus();
  await ann.page.keyboard.press('Enter');
  await ann.page.keyboard.type('Ann');
  await ann.page.keyboard.press('Tab');
  await ann.page.keyboard.type(`day ${run}`);
  await ann.sees(dialog.getByTestId('template-preview').filter({ hasText: `Hello Ann, your parcel comes on day ${run}.` }), 'what the customer reads');
  await ann.examine('template-filled');
  await ann.page.keyboard.press('Enter');
  const words = `Hello Ann, your parcel comes on day ${run}.`;
  await eventually('it is on the phone', async () => (await answers('whatsapp')).includes(words));
  await ben.sees(bubble(ben, words), 'it in the other desk');
});

step('who says stop gets nothing more that way until he lifts it', async () => {
  // Ann's own replies are known to her at once; another's would have to be on screen for a moment.
  await text('sms', 'STOP');
  await ann.sees(timeline(ann).getByText('STOP', { exact: true }), 'the word');
  const obstacle = ann.page.getByTestId('obstacle');
  await ann.page.getByTestId('send-by').selectOption(channels.sms);
  await ann.sees(obstacle.filter({ hasText: 'does not want messages this way' }), 'that it is refused');
  await ann.sees(timeline(ann).getByText(/wants no more messages by SMS/), 'that it is on record');
  await ann.examine('refused-by-customer');
  await composer(ann).fill(`One more ${run}`);
  await composer(ann).press('Enter');
  await ann.sees(ann.page.getByTestId('refused').filter({ hasText: `One more ${run}` }), 'the text, kept');
  assert.deepEqual(await answers('sms'), [], 'nothing went out');
  await button(ann, 'Discard').click();
  await ann.page.getByTestId('send-by').selectOption(channels.whatsapp);
  await ann.seesNo(obstacle, 'an obstacle on another channel');
  await text('sms', 'START');
  await ann.page.getByTestId('send-by').selectOption(channels.sms);
  await ann.seesNo(obstacle, 'the obstacle');
  await composer(ann).fill(`Welcome back ${run}`);
  await composer(ann).press('Enter');
  await eventually('it is on the phone', async () => (await answers('sms')).includes(`Welcome back ${run}`));
});

step('another number of the same customer becomes a part of the thread, and can be separated', async () => {
  const other = `+1404556${run.slice(-4)}`;
  await sandbox(`/${channels.sms}/messages`, { from: other, text: `My new phone ${run}`, id: crypto.randomUUID() });
  await ann.sees(row(ann, other), 'the stranger');
  await row(ben, other).first().click();
  await composer(ben).fill(`Half a reply ${run}`);
  await timeline(ann).focus();
  await ann.page.keyboard.press('c');
  const card = ann.page.getByTestId('contact-card');
  await ann.sees(card.getByText(number).first(), 'the addresses');
  await card.getByLabel('Name').fill(`Ada ${run}`);
  await card.getByLabel('Name').press('Enter');
  await ann.sees(row(ann, `Ada ${run}`), 'the name in the list');
  await ben.sees(row(ben, `Ada ${run}`), 'the name in the other desk');
  await card.getByRole('button', { name: 'Merge with…' }).click();
  await card.getByLabel('The same customer as').fill(other.slice(-7));
  await ann.examine('merge-choose');
  await card.getByTestId('candidate').first().click();
  await ann.page.keyboard.press('Enter');
  await ann.sees(card.getByTestId('merged').getByText(other), 'the merged contact');
  await ann.examine('contact-card');
  await ann.page.setViewportSize(NARROW);
  await ann.examine('contact-card-narrow');
  await ann.page.setViewportSize(WIDE);
  await ann.page.keyboard.press('Escape');
  await ann.sees(timeline(ann).getByText(`My new phone ${run}`), 'what the merged one said');
  await ann.sees(timeline(ann).getByText(/merged another contact into this one/), 'that it is on record');
  // Ben had the other thread open: he is taken along, and so is what he was writing.
  await ben.sees(timeline(ben).getByText(`Welcome back ${run}`), 'the whole thread');
  assert.equal(await composer(ben).inputValue(), `Half a reply ${run}`);
  await composer(ben).fill('');
  await ben.seesNo(row(ben, other), 'the merged thread in the list');
  await ann.page.getByTestId('contact').click();
  await card.getByRole('button', { name: `Separate ${other}` }).click();
  await ben.sees(row(ben, other), 'the stranger again');
  await ann.page.keyboard.press('Escape');
  await ann.seesNo(timeline(ann).getByText(`My new phone ${run}`), 'what the other one said');
});

step('what RCS brings to nobody goes by SMS and says so', async () => {
  await sandbox(`${phone('rcs')}/plays`, { plays: 'unreachable' });
  await ben.page.getByTestId('send-by').selectOption(channels.rcs);
  await composer(ben).fill(`Another way ${run}`);
  await composer(ben).press('Enter');
  await eventually('it is on the phone, by SMS', async () => (await answers('sms')).includes(`Another way ${run}`));
  const state = (person) => bubble(person, `Another way ${run}`).getByTestId('delivery');
  for (const person of [ann, ben]) await person.sees(state(person).filter({ hasText: 'Delivered as SMS' }), 'the way that it went');
  await ann.examine('sent-as-sms');
  await sandbox(`${phone('rcs')}/plays`, { plays: 'normal' });
});

step('a channel that its provider refuses is paused on every desk', async () => {
  await sandbox(`${phone('whatsapp')}/plays`, { plays: 'credentials' });
  await ben.page.getByTestId('send-by').selectOption(channels.whatsapp);
  await composer(ben).fill(`It waits ${run}`);
  await composer(ben).press('Enter');
  await ann.page.getByTestId('send-by').selectOption(channels.whatsapp);
  for (const person of [ann, ben]) {
    await person.sees(person.page.getByTestId('paused').filter({ hasText: 'WhatsApp is paused' }), 'that it is paused');
    const state = bubble(person, `It waits ${run}`).getByTestId('delivery');
    await person.sees(state.filter({ hasText: 'Queued' }), 'that the message waits');
  }
  await ann.examine('paused');
  // For whoever comes later: it goes again by itself, within a minute.
  await sandbox(`${phone('whatsapp')}/plays`, { plays: 'normal' });
});

step('all of it by keyboard, and on a narrow screen', async () => {
  await ann.page.setViewportSize(NARROW);
  await ann.sees(composer(ann), 'the composer');
  await ann.examine('channels-narrow');
  const select = ann.page.getByTestId('send-by');
  await select.focus();
  await ann.page.keyboard.press('w');
  await eventually('the letter has chosen WhatsApp', async () => (await select.inputValue()) === channels.whatsapp);
  await ann.page.setViewportSize(WIDE);
  assert.deepEqual([...ann.errors, ...ben.errors], [], 'no page reported an error');
});
