// A colleague is mentioned by keyboard, hears it in another browser, opens it from the bell; a thread is muted; a
// note is edited, its history read, and it is deleted. Settings as for the main job; the fourth login is an
// administrator's.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { AGENTS, eventually, launch, NARROW, Person, sandbox, story, URL_BASE, WIDE } from './harness.mjs';
import { button, composer, row, signIn, timeline } from './parts.mjs';

const run = String(Date.now()).slice(-7);
const number = `+1404558${run.slice(-4)}`;
const team = `Night ${run}`;
let browser;
let ann;
let ben;
let sam;
let benName;

const step = story();

const bell = (person) => person.page.getByTestId('bell');
const count = (person) => person.page.getByTestId('bell-count');
const panel = (person) => person.page.getByTestId('notifications');
const told = (person) => panel(person).getByTestId('notification');
const list = (person) => person.page.getByTestId('mention-list');
const note = (person, words) => timeline(person).getByTestId('note').filter({ hasText: words });
const chips = (person, words) => note(person, words).getByTestId('mention');
const focused = (locator) => locator.evaluate((it) => it === document.activeElement);
const unread = (person, n) =>
  eventually(`${person.name} has ${n} unread`, async () => Number((await count(person).allTextContents())[0] ?? 0) === n);

/** Asks the API, as one of the people. */
async function api(login, method, path, body) {
  const headers = { 'content-type': 'application/json' };
  const signIn = await fetch(`${URL_BASE}/api/v1/sessions`, { method: 'POST', headers, body: JSON.stringify(login) });
  const { token } = await signIn.json();
  const init = { method, headers: { ...headers, authorization: `Bearer ${token}` }, ...(body && { body: JSON.stringify(body) }) };
  const answer = await fetch(`${URL_BASE}/api/v1${path}`, init);
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return answer.status === 204 ? null : answer.json();
}

/** Opens the thread and its note composer, by keyboard. */
async function write(person) {
  await row(person, number).first().click();
  await person.sees(composer(person), 'the composer');
  await timeline(person).focus();
  await person.page.keyboard.press('n');
  await eventually(`${person.name} writes a note`, () => focused(composer(person)));
}

before(async () => {
  assert.ok(AGENTS.length >= 4, 'TANDEM_E2E_AGENTS needs an administrator as the fourth login');
  browser = await launch();
  const me = await api(AGENTS[1], 'GET', '/me');
  benName = me.agent.name;
  await api(AGENTS[3], 'POST', '/admin/teams', { name: team, members: [me.agent.id] });
});

after(async () => {
  await browser?.close();
});

step('two desks see the thread', async () => {
  const { channels } = await sandbox('');
  const channel = channels.find((one) => one.kind === 'sms') ?? channels[0];
  await sandbox(`/${channel.id}/messages`, { from: number, text: `Who knows this? ${run}`, id: crypto.randomUUID() });
  [ann, ben] = await Promise.all(
    AGENTS.slice(0, 2).map(async (login, index) => {
      const person = await Person.at(browser, ['ann', 'ben'][index], '/');
      await signIn(person, login);
      await person.sees(row(person, number), 'the thread');
      await person.sees(bell(person), 'the bell');
      return person;
    }),
  );
  // What earlier journeys have left.
  await bell(ben).click();
  await panel(ben).waitFor();
  if (await button(ben, 'Mark all as read').isEnabled()) await button(ben, 'Mark all as read').click();
  await ben.page.keyboard.press('Escape');
  await unread(ben, 0);
});

step('Ann mentions Ben and his team by keyboard alone', async () => {
  await write(ann);
  await ann.page.keyboard.type('Ask @');
  await ann.sees(list(ann), 'the picker');
  assert.ok((await list(ann).getByRole('option').count()) > 1, 'everybody');
  await ann.examine('mention-picker');
  await ann.page.keyboard.press('ArrowDown');
  await ann.page.keyboard.press('ArrowUp');
  await ann.page.keyboard.press('Escape');
  await ann.seesNo(list(ann), 'the picker');
  assert.ok(await focused(composer(ann)), 'Escape closes the picker and nothing else');
  await ann.page.keyboard.type(benName.slice(0, 2).toLowerCase());
  await ann.sees(list(ann).getByRole('option', { name: benName }), 'Ben in the picker');
  await ann.page.keyboard.press('Enter');
  assert.equal(await composer(ann).inputValue(), `Ask @${benName} `);
  await ann.page.keyboard.type(`or @${team.slice(0, 5)}`);
  await ann.sees(list(ann).getByRole('option', { name: team }), 'the team in the picker');
  await ann.page.keyboard.press('Tab');
  await ann.page.keyboard.type(`about ${run}`);
  await ann.page.keyboard.press('Control+Enter');
  await ann.sees(note(ann, `about ${run}`), 'the note');
  assert.deepEqual(await chips(ann, `about ${run}`).allTextContents(), [`@${benName}`, `@${team}`]);
});

step('Ben hears it at once, and opens it from the bell by keyboard', async () => {
  await unread(ben, 1);
  await ben.page.locator('body').click({ position: { x: 2, y: 2 } });
  await ben.page.keyboard.press('i');
  await ben.sees(panel(ben), 'the panel');
  await ben.sees(told(ben).filter({ hasText: `about ${run}` }), 'what was said');
  assert.match((await told(ben).first().textContent()) ?? '', /mentioned you/);
  await ben.examine('bell');
  await ben.page.setViewportSize(NARROW);
  await ben.examine('bell-narrow');
  await ben.page.setViewportSize(WIDE);
  await told(ben).first().focus();
  await ben.page.keyboard.press('Enter');
  await ben.seesNo(panel(ben), 'the panel');
  await ben.sees(note(ben, `about ${run}`), 'the note');
  assert.equal(await timeline(ben).locator('.mention.mine').count(), 2, 'himself and his team stand out');
  await unread(ben, 0);
  await ben.examine('mention-chips');
});

step('what is on screen counts as read, on his other desk, too', async () => {
  const other = await ben.context.newPage();
  await other.goto(URL_BASE);
  await other.getByTestId('bell').waitFor();
  await ben.page.bringToFront();
  await write(ann);
  await ann.page.keyboard.type(`@${benName} again ${run}`);
  await ann.page.keyboard.press('Control+Enter');
  await ben.sees(note(ben, `again ${run}`), 'the second note');
  await unread(ben, 0);
  await eventually('the other desk has none unread', async () => (await other.getByTestId('bell-count').count()) === 0);
  await other.close();
});

step('Ben mutes the thread: his team is not heard any more, he himself is', async () => {
  await timeline(ben).focus();
  await ben.page.keyboard.press('m');
  await eventually('it is muted', async () => (await button(ben, 'Mute').getAttribute('aria-pressed')) === 'true');
  await timeline(ben).focus();
  await ben.page.keyboard.press('Escape');
  await ben.seesNo(composer(ben), 'the thread');
  await write(ann);
  await ann.page.keyboard.type(`@${team} quietly ${run}`);
  await ann.page.keyboard.press('Control+Enter');
  await ann.sees(note(ann, `quietly ${run}`), 'the note');
  await ann.page.keyboard.type(`@${benName} loudly ${run}`);
  await ann.page.keyboard.press('Control+Enter');
  await unread(ben, 1);
  await bell(ben).click();
  await ben.sees(told(ben).filter({ hasText: `loudly ${run}` }), 'what calls him');
  assert.equal(await told(ben).filter({ hasText: `quietly ${run}` }).count(), 0);
  await button(ben, 'Mark all as read').click();
  await unread(ben, 0);
  await ben.page.keyboard.press('Escape');
  await row(ben, number).first().click();
  await ben.sees(composer(ben), 'the composer');
  await button(ben, 'Mute').click();
  await eventually('it is heard again', async () => (await button(ben, 'Mute').getAttribute('aria-pressed')) === 'false');
});

step('Ann edits her note; Ben sees it, and cannot edit it himself', async () => {
  const own = note(ann, `about ${run}`);
  assert.equal(await note(ben, `about ${run}`).getByRole('button').count(), 0, 'not his');
  await own.getByRole('button', { name: /^Edit/ }).focus();
  await ann.page.keyboard.press('Enter');
  const area = timeline(ann).getByLabel('Edit the note');
  await eventually('the text is being edited', () => focused(area));
  await ann.examine('note-edit');
  await ann.page.keyboard.type(', by noon');
  await ann.page.keyboard.press('Control+Enter');
  await ben.sees(note(ben, `about ${run}, by noon`), 'the edit');
  await ben.sees(note(ben, `by noon`).getByText('edited'), 'that it was edited');
  assert.deepEqual(await chips(ben, 'by noon').allTextContents(), [`@${benName}`, `@${team}`]);
  await note(ann, 'by noon').getByRole('button', { name: /^History/ }).click();
  const history = ann.page.getByTestId('note-history');
  await eventually('both versions', async () => (await history.locator('li').count()) === 2);
  await ann.examine('note-history');
  await ann.page.keyboard.press('Escape');
  await unread(ben, 0);
});

step('Ann deletes it: nobody is shown what it said, in the list either', async () => {
  await note(ann, `loudly ${run}`).getByRole('button', { name: /^Delete/ }).click();
  await ann.page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
  await ben.seesNo(note(ben, `loudly ${run}`), 'what it said');
  await ben.sees(timeline(ben).getByTestId('note').filter({ hasText: 'Deleted by' }), 'that it was deleted');
  await ben.sees(row(ben, number).getByText('Deleted note'), 'the list without its words');
  await ann.page.reload();
  await ann.sees(timeline(ann).getByTestId('note').filter({ hasText: 'Deleted by you' }), 'the same after a reload');
  await ann.examine('note-deleted');
  await ann.page.setViewportSize(NARROW);
  await ann.examine('notes-narrow');
  await ann.page.setViewportSize(WIDE);
});

step('a moderator may do the same', async () => {
  sam = await Person.at(browser, 'sam', '/');
  await signIn(sam, AGENTS[2]);
  await row(sam, number).first().click();
  await sam.sees(note(sam, 'by noon'), 'the note');
  await note(sam, 'by noon').getByRole('button', { name: /^Delete/ }).click();
  await sam.page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
  await ann.seesNo(note(ann, 'by noon'), 'the note');
});

step('nobody had an error', () => {
  assert.deepEqual([...ann.errors, ...ben.errors, ...sam.errors], []);
});
