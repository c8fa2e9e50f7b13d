// Files in replies: chosen, pasted and dropped, seen by both desks and the customer's phone, refused in
// words where the channel does not take them, and kept. Settings as for the main job.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { AGENTS, eventually, launch, NARROW, Person, sandbox, story, WIDE } from './harness.mjs';
import { button, composer, row, signIn, timeline } from './parts.mjs';

const run = String(Date.now()).slice(-7);
const number = `+1404556${run.slice(-4)}`;
/** 160 by 100 pixels, all of one colour. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAKAAAABkCAIAAACO1KzYAAAAsUlEQVR42u3RAQkAAAgEsQ9hTtMZ0Boig0twS/XocbEAsAALsAALsAALMGABFmABFmABFmDAAizAAizAAizAAgxYgAVYgAVYgAUYsAALsAALsAALMGABFmABFmABFmABBizAAizAAizAAgxYgAVYgAVYgAUYsAuABViABViABViAAQuwAAuwAAuwAAMWYAEWYAEWYAEWYMACLMACLMACLMCABViABViABViAAQuwAOteC8vMs2ZyzU3PAAAAAElFTkSuQmCC',
  'base64',
);
let browser;
let ann;
let ben;
let channels;

const step = story();

const chips = (person) => person.page.getByTestId('upload');
const sent = (person) => timeline(person).getByTestId('message-out');
const pictures = (person) => sent(person).locator('img');

/** Gives a page files as a hand does that drops or pastes them. */
const give = (person, kind, name, type, bytes) =>
  composer(person).evaluate(
    (area, { kind, name, type, bytes }) => {
      const files = new DataTransfer();
      files.items.add(new File([new Uint8Array(bytes)], name, { type }));
      const event =
        kind === 'paste'
          ? new ClipboardEvent('paste', { clipboardData: files, bubbles: true, cancelable: true })
          : new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true });
      area.dispatchEvent(event);
    },
    { kind, name, type, bytes: [...bytes] },
  );

before(async () => {
  assert.ok(AGENTS.length >= 2, 'TANDEM_E2E_AGENTS needs two logins');
  browser = await launch();
  const found = (await sandbox('')).channels;
  channels = Object.fromEntries(found.map((channel) => [channel.kind, channel.id]));
});

after(async () => {
  await browser?.close();
});

step('files are chosen, pasted and dropped, and can be taken out again', async () => {
  [ann, ben] = await Promise.all(
    AGENTS.slice(0, 2).map(async (login, index) => {
      const person = await Person.at(browser, index === 0 ? 'ann' : 'ben', '/');
      await signIn(person, login);
      return person;
    }),
  );
  await sandbox(`/${channels.sms}/messages`, { from: number, text: `A photo? ${run}`, id: crypto.randomUUID() });
  for (const person of [ann, ben]) {
    await person.sees(row(person, `A photo? ${run}`), 'the text in the list');
    await row(person, number).first().click();
    await person.sees(composer(person), 'the composer');
  }
  const chosen = ann.page.waitForEvent('filechooser');
  await button(ann, 'Attach files').focus();
  await ann.page.keyboard.press('Enter');
  await (await chosen).setFiles([{ name: 'front.png', mimeType: 'image/png', buffer: PICTURE }]);
  await give(ann, 'paste', 'pasted.png', 'image/png', PICTURE);
  await give(ann, 'drop', 'a very long name of a file that nobody wants to read to its end.txt', 'text/plain', Buffer.from('Hello'));
  await eventually('all are there', async () => (await chips(ann).filter({ hasText: 'byte' }).count()) === 3);
  assert.ok(await button(ann, 'Send').isEnabled(), 'files alone can be sent');
  await ann.examine('files-chosen');
  await ann.page.setViewportSize(NARROW);
  await ann.examine('files-chosen-narrow');
  await ann.page.setViewportSize(WIDE);
  await button(ann, 'Remove a very long name of a file that nobody wants to read to its end.txt').focus();
  await ann.page.keyboard.press('Enter');
  await eventually('it is out', async () => (await chips(ann).count()) === 2);
  assert.ok(await composer(ann).evaluate((area) => area === document.activeElement), 'the focus is not lost');
});

step('they go with the reply, to both desks and to the phone', async () => {
  await composer(ann).fill(`Here you are ${run}`);
  await composer(ann).press('Enter');
  await eventually('the chips are gone', async () => (await chips(ann).count()) === 0);
  for (const person of [ann, ben]) {
    await eventually(`${person.name} sees two pictures`, async () => (await pictures(person).count()) === 2);
    const shown = await pictures(person).first().evaluate((image) => image.decode().then(() => image.naturalWidth));
    assert.equal(shown, 160);
  }
  await ben.examine('files-sent');
  const phone = await Person.at(browser, 'phone', '/sandbox');
  await phone.page.getByLabel('My number').fill(number);
  await phone.page.getByLabel('Text to').selectOption(channels.sms);
  await eventually('the phone shows them', async () => (await phone.page.getByTestId('picture').count()) === 2);
  const widths = await phone.page.getByTestId('picture').evaluateAll((images) => Promise.all(images.map((image) => image.decode().then(() => image.naturalWidth))));
  assert.deepEqual(widths, [160, 160]);
  await phone.examine('phone-pictures');
  assert.deepEqual(phone.errors, []);
  await phone.context.close();
});

step('what the channel does not take is refused in words, and kept', async () => {
  await give(ann, 'drop', 'archive.zip', 'application/zip', Buffer.from('PK\u0003\u0004 nothing', 'latin1'));
  await eventually('it is there', async () => (await chips(ann).filter({ hasText: 'byte' }).count()) === 1);
  await composer(ann).focus();
  await ann.page.keyboard.press('Enter');
  const panel = ann.page.getByTestId('refused');
  await ann.sees(panel.filter({ hasText: 'an MMS takes pictures' }), 'what is allowed');
  await ann.sees(panel.filter({ hasText: 'archive.zip' }), 'the file');
  await ann.examine('files-refused');
  await panel.getByRole('button', { name: 'Edit' }).click();
  await ann.sees(chips(ann).filter({ hasText: 'archive.zip' }), 'the file, given back');
  await button(ann, 'Remove archive.zip').click();
  await eventually('it is out', async () => (await chips(ann).count()) === 0);
});

step('nobody saw an error', () => {
  assert.deepEqual([...ann.errors, ...ben.errors], []);
});
