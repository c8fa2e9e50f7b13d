// A team shares its threads: one claims, hands over with a note, puts off; several threads are done with at once;
// tags and priorities are seen by all. By mouse, and then by keyboard alone. Settings as for the main job.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { AGENTS, eventually, launch, NARROW, Person, story, URL_BASE, WIDE } from './harness.mjs';
import { button, composer, row, settingsPage, signIn, timeline } from './parts.mjs';

const run = String(Date.now()).slice(-7);
const numbers = [1, 2, 3].map((n) => `+1202555${String((Number(run.slice(-4)) + n) % 10_000).padStart(4, '0')}`);
const refund = `Refund ${run.slice(-4)}`;
let browser;
let ann;
let ben;
let sam;

const step = story();
const dialog = (person) => person.page.getByRole('dialog');
const status = (person) => person.page.getByLabel('Status', { exact: true });
const priority = (person) => person.page.getByLabel('Priority', { exact: true });
const bulk = (person) => person.page.getByTestId('bulk');
const tag = (where, name) => where.getByTestId('tag').filter({ hasText: name });

async function open(person, number) {
  await row(person, number).first().click();
  await person.sees(composer(person), 'the composer');
}

before(async () => {
  assert.ok(AGENTS.length >= 3, 'TANDEM_E2E_AGENTS needs a supervisor as the third login');
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

step('who may manages tags, in colours that can be read', async () => {
  ann = await Person.at(browser, 'ann', '/');
  await signIn(ann, AGENTS[0]);
  await button(ann, 'Settings').click();
  await ann.sees(button(ann, 'Add one of my own'), 'the settings that everybody has');
  assert.equal(await button(ann, 'Tags').count(), 0, 'an agent manages no tags');
  await button(ann, 'Leave the settings').click();
  sam = await Person.at(browser, 'sam', '/');
  await signIn(sam, AGENTS[2]);
  await button(sam, 'Settings').click();
  await settingsPage(sam, 'Tags');
  const colors = ['gray', 'red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'pink', 'brown'];
  for (const [n, color] of colors.entries()) {
    await button(sam, 'Add a tag').click();
    const form = sam.page.getByRole('form', { name: 'Add a tag' });
    await form.getByLabel('Name', { exact: true }).fill(n === 2 ? refund : `${color} ${run.slice(-4)}`);
    await form.getByLabel(color, { exact: true }).check();
    if (n === 2) await sam.examine('tag-form');
    await form.getByRole('button', { name: 'Add', exact: true }).click();
    await sam.seesNo(form, 'the form');
  }
  await sam.sees(tag(sam.page, refund), 'the tag');
  await button(sam, 'Add a tag').click();
  const again = sam.page.getByRole('form', { name: 'Add a tag' });
  await again.getByLabel('Name', { exact: true }).fill(refund.toUpperCase());
  sam.tolerant = true;
  await again.getByRole('button', { name: 'Add', exact: true }).click();
  await sam.sees(again.getByRole('alert').filter({ hasText: 'has this name already' }), 'that the name is taken');
  sam.tolerant = false;
  await again.getByRole('button', { name: 'Cancel', exact: true }).click();
  await sam.examine('tags-settings');
  await button(sam, 'Leave the settings').click();
});

step('customers write', async () => {
  ben = await Person.at(browser, 'ben', '/');
  await signIn(ben, AGENTS[1]);
  const { channels } = await (await fetch(`${URL_BASE}/sandbox/api/channels`)).json();
  const channel = channels.find((one) => one.kind === 'sms').id;
  for (const number of numbers) {
    const body = JSON.stringify({ from: number, text: `Where is my parcel ${number}?`, id: crypto.randomUUID() });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${URL_BASE}/sandbox/api/channels/${channel}/messages`, { method: 'POST', headers, body });
    assert.equal(answer.status, 202);
    await ben.sees(row(ben, number), 'the new thread');
  }
});

step('one claims, and hands over with a note', async () => {
  await open(ann, numbers[0]);
  const me = await ann.page.getByLabel('Assignee').locator('option', { hasText: '(you)' }).getAttribute('value');
  await ann.page.getByLabel('Assignee').selectOption(me);
  await ben.sees(row(ben, numbers[0]).getByText('Assigned to Ann'), 'that Ann has it');
  await button(ann, 'Transfer').click();
  await dialog(ann).getByRole('combobox').selectOption({ label: 'Ben' });
  await dialog(ann).getByLabel(/^Note for them/).fill(`She wants the invoice ${run}`);
  await ann.examine('transfer');
  await dialog(ann).getByRole('button', { name: 'Transfer', exact: true }).click();
  await ann.seesNo(dialog(ann), 'the dialog');
  await ben.sees(row(ben, numbers[0]).getByText('Assigned to You'), 'that he has it');
  await open(ben, numbers[0]);
  await ben.sees(ben.page.getByTestId('note').filter({ hasText: `She wants the invoice ${run}` }), 'the note');
  assert.equal(await ben.page.getByTestId('note').count(), 1, 'the note shows once');
});

step('he puts it off; priority and tags are on it for all', async () => {
  await status(ben).selectOption({ label: 'Pending until tomorrow 9:00' });
  await ann.sees(row(ann, numbers[0]).getByTestId('until'), 'until when it is put off');
  await priority(ben).selectOption('urgent');
  await ann.sees(row(ann, numbers[0]).getByText('Urgent'), 'the priority');
  await button(ben, 'Tags').click();
  await dialog(ben).getByLabel(refund).click();
  await ben.sees(dialog(ben).locator('input:checked'), 'that it is on');
  await ben.examine('tags');
  await button(ben, 'Done').click();
  await ann.sees(tag(row(ann, numbers[0]), refund), 'the tag in the row');
  await ann.sees(tag(ann.page.locator('.thread-head'), refund), 'the tag above the thread');
  await ann.sees(timeline(ann).getByText('set the priority to urgent'), 'it in the timeline');
  await ann.sees(timeline(ann).getByText(`put on the tag “${refund}”`), 'the tag in the timeline');
  await ann.examine('labels');
  await ann.page.setViewportSize(NARROW);
  await ann.examine('labels-narrow-thread');
  await button(ann, 'Back to the list').click();
  await ann.examine('labels-narrow');
  await ann.page.setViewportSize(WIDE);
});

step('several at once: each succeeds or fails alone', async () => {
  for (const number of numbers.slice(0, 2)) {
    await row(ann, number).first().hover();
    await ann.page.getByLabel(`Select ${number}`).check();
  }
  await ann.sees(bulk(ann).getByText('2 selected'), 'how many are selected');
  await ann.examine('bulk');
  await bulk(ann).getByRole('button', { name: 'Status', exact: true }).click();
  await dialog(ann).getByRole('combobox').selectOption('escalated');
  await ann.examine('bulk-dialog');
  await button(ann, 'Apply').click();
  await ann.sees(ann.page.getByText('2 threads changed.'), 'what came of it');
  await ann.seesNo(bulk(ann), 'the selection');
  for (const number of numbers.slice(0, 2)) await ben.sees(row(ben, number).getByText('Escalated'), 'the status');
});

step('all of it by keyboard alone', async () => {
  const { keyboard } = ann.page;
  const press = async (...keys) => {
    for (const key of keys) await keyboard.press(key);
  };
  const choose = async (label) => {
    await ann.sees(dialog(ann), 'a dialog');
    // Typing the first letters chooses.
    await keyboard.type(label);
    await press('Tab', 'Tab', 'Enter');
    await ann.seesNo(dialog(ann), 'the dialog');
  };
  await press('Escape');
  // The one with the newest note is on top: the three of them, one by one and with Shift.
  await row(ann, numbers[0]).first().focus();
  await press('x');
  await ann.sees(bulk(ann).getByText('1 selected'), 'the first');
  await press('Shift+ArrowDown', 'Shift+ArrowDown');
  await ann.sees(bulk(ann).getByText('3 selected'), 'all three');
  await press('b', 'Tab', 'Tab', 'Enter');
  await choose('High');
  await ann.sees(ann.page.getByText('3 threads changed.'), 'what came of it');
  for (const number of numbers) await ben.sees(row(ben, number).getByText('High'), 'the priority');
  await row(ann, numbers[2]).first().focus();
  await press('x', 'Escape');
  await ann.seesNo(bulk(ann), 'the selection: Escape ends it');

  await press('Enter');
  await ann.sees(composer(ann), 'the thread');
  await press('p');
  await keyboard.type('Low');
  await ben.sees(row(ben, numbers[2]).getByText('Low'), 'the priority');
  await eventually('nothing is written in', async () => (await composer(ann).inputValue()) === '');
  await ann.page.evaluate(() => document.activeElement.blur());
  await press('l');
  await dialog(ann).getByLabel(refund).focus();
  await press('Space');
  await ann.sees(dialog(ann).locator('input:checked'), 'that it is on');
  await press('Escape');
  await ben.sees(tag(row(ben, numbers[2]), refund), 'the tag');
  await press('g');
  await ann.sees(dialog(ann), 'whom to give it to');
  await keyboard.type('Ben');
  await press('Tab');
  await keyboard.type(`Yours ${run}`);
  await press('Tab', 'Tab', 'Enter');
  await ben.sees(row(ben, numbers[2]).getByText('Assigned to You'), 'that it is his');
  await ben.sees(row(ben, numbers[2]).getByText(`Yours ${run}`), 'the note');
  await ann.seesNo(dialog(ann), 'the dialog');
  await press('u');
  await ann.seesNo(composer(ann), 'the thread');
  await ann.sees(row(ann, numbers[2]).getByText('Unread'), 'that it is unread');
});

step('a tag that is removed is on no thread', async () => {
  await button(sam, 'Settings').click();
  await settingsPage(sam, 'Tags');
  await button(sam, `Remove ${refund}`).click();
  await sam.seesNo(tag(sam.page.getByTestId('settings'), refund), 'the tag');
  await ann.seesNo(tag(row(ann, numbers[0]), refund), 'the tag in the row');
  for (const person of [ann, ben, sam]) assert.deepEqual(person.errors, []);
});
