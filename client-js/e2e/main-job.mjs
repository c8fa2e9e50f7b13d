// The main job in a real browser: a customer texts, two agents see it, and however they race, the
// customer gets one answer. Needs a running server:
//   TANDEM_E2E_URL=http://127.0.0.1:8080
//   TANDEM_E2E_AGENTS=ann@demo.example:password,ben@demo.example:password[,supervisor:password]
//   TANDEM_E2E_SHOTS=folder        (pictures, if wanted)

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { AGENTS, eventually, launch, NARROW, Person, story, WIDE } from './harness.mjs';
import { button, composer, row, signIn, timeline } from './parts.mjs';

const run = String(Date.now()).slice(-7);
/** A third login, if given, is a supervisor. */
const supervisorLogin = AGENTS[2];
const number = `+1202555${run.slice(-4)}`;
let browser;
let ann;
let ben;
let phone;

const step = story();

before(async () => {
  assert.ok(AGENTS.length >= 2, 'TANDEM_E2E_AGENTS needs two logins: a@x:password,b@x:password');
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

const isFocused = (locator) => locator.evaluate((element) => element === document.activeElement);
const answers = () => phone.page.getByTestId('text-theirs');

async function textFromPhone(text) {
  await phone.page.getByLabel('Text message').fill(text);
  await phone.page.keyboard.press('Enter');
  await phone.sees(phone.page.getByTestId('text-mine').filter({ hasText: text }), 'its own text');
}

async function openThread(person) {
  await row(person, number).first().click();
  await person.sees(composer(person), 'the composer');
}

/** Writes something and leaves it lying: the text stays, the lock does not. */
async function leaveText(person, text) {
  await composer(person).fill(text);
  await composer(person).press('Escape');
  await person.page.keyboard.press('Escape');
  await person.seesNo(composer(person), 'the composer');
  await openThread(person);
  assert.equal(await composer(person).inputValue(), text, 'the text was kept while the thread was left');
}

step('agents sign in, a wrong password does not', async () => {
  const people = [];
  for (const [index, login] of AGENTS.slice(0, 2).entries()) {
    const person = await Person.at(browser, index === 0 ? 'ann' : 'ben', '/');
    if (index === 0) {
      await person.sees(person.page.getByLabel('E-mail'), 'the login');
      await person.examine('login');
      person.tolerant = true;
      await person.page.getByLabel('E-mail').fill(login.email);
      await person.page.getByLabel('Password').fill('not the password');
      await button(person, 'Sign in').click();
      await person.sees(person.page.getByRole('alert').filter({ hasText: 'do not belong together' }), 'the refusal');
      person.tolerant = false;
    }
    await signIn(person, login);
    await person.mark();
    people.push(person);
  }
  [ann, ben] = people;
  phone = await Person.at(browser, 'phone', '/sandbox');
  await phone.page.getByLabel('My number').fill(number);
  await phone.mark();
});

step('a text from the phone is in both desks at once', async () => {
  await textFromPhone(`Where is my parcel ${run}?`);
  for (const person of [ann, ben]) {
    await person.sees(row(person, `Where is my parcel ${run}?`), 'the new text in the list');
    await openThread(person);
    await person.sees(timeline(person).getByText(`Where is my parcel ${run}?`), 'the thread');
  }
  await textFromPhone(`<b>not bold ${run}</b> &amp; <img src=x onerror=alert(1)>`);
  await ann.sees(timeline(ann).getByText(`<b>not bold ${run}</b> &amp; <img src=x onerror=alert(1)>`), 'the text as it was typed');
  await eventually('the thread is read', async () => (await row(ann, run).first().getByText('Unread').count()) === 0);
});

step('one sees that the other is here, types, replies; and can ask for the reply', async () => {
  await ann.sees(ann.page.getByTestId('people').filter({ hasText: 'here' }), 'that ben is here');
  await composer(ann).pressSequentially('Let me look', { delay: 30 });
  await ben.sees(ben.page.getByTestId('people').filter({ hasText: 'is typing…' }), 'that ann types');
  await ben.sees(ben.page.getByTestId('lock-banner').filter({ hasText: 'is replying' }), 'that ann is replying');
  await ben.sees(row(ben, run).getByText('replying'), 'it in the list too');
  await ben.examine('locked');
  await button(ben, 'Request').click();
  await ann.sees(ann.page.getByTestId('lock-asked'), 'that ben asks');
  await ann.examine('asked');
  await button(ann, 'Hand over').click();
  await ben.seesNo(ben.page.getByTestId('lock-banner'), 'the banner');
  assert.equal(await composer(ann).inputValue(), 'Let me look', 'handing over keeps the text');
  await composer(ann).fill('');
});

step('two answers to the same turn: one reaches the phone, the other is kept', async () => {
  const texts = { ann: `Ann says ${run}: it is on its way`, ben: `Ben says ${run}: I will check` };
  await leaveText(ann, texts.ann);
  await leaveText(ben, texts.ben);
  await ben.seesNo(ben.page.getByTestId('lock-banner'), 'a lock');
  await ann.seesNo(ann.page.getByTestId('lock-banner'), 'a lock');
  await Promise.all([button(ann, 'Send').click(), button(ben, 'Send').click()]);

  const refused = (person) => person.page.getByTestId('collision').or(person.page.getByTestId('refused'));
  await eventually('one of the two is refused', async () => (await refused(ann).count()) + (await refused(ben).count()) === 1);
  const [winner, loser] = (await refused(ann).count()) === 0 ? [ann, ben] : [ben, ann];
  await phone.sees(answers().filter({ hasText: texts[winner.name] }), 'the answer');
  await loser.sees(refused(loser).filter({ hasText: texts[loser.name] }), 'its own text, kept');
  await loser.sees(loser.page.getByTestId('collision').filter({ hasText: texts[winner.name] }), 'what the colleague said');
  await winner.sees(winner.page.getByTestId('delivery').filter({ hasText: /Sent|Delivered|Read/ }), 'how far the reply is');
  await phone.page.waitForTimeout(1_500);
  assert.equal(await answers().count(), 1, 'the customer has one answer');
  assert.equal(await answers().filter({ hasText: texts[loser.name] }).count(), 0, 'the refused one did not go out');
  await loser.examine('collision');

  await button(loser, 'Send anyway').click();
  await phone.sees(answers().filter({ hasText: texts[loser.name] }), 'the second answer');
  await loser.seesNo(refused(loser), 'the panel');
  for (const person of [ann, ben]) {
    for (const text of Object.values(texts)) {
      await person.sees(timeline(person).getByText(text), 'both answers');
      assert.equal(await timeline(person).getByText(text).count(), 1, 'no answer shows twice');
    }
  }
  assert.equal(await answers().count(), 2);
});

step('a refused text can be edited', async () => {
  const texts = { ann: `Ann once more ${run}`, ben: `Ben once more ${run}` };
  await textFromPhone(`And when does it come ${run}?`);
  for (const person of [ann, ben]) await leaveText(person, texts[person.name]);
  await Promise.all([button(ann, 'Send').click(), button(ben, 'Send').click()]);
  const panel = (person) => person.page.getByTestId('collision');
  await eventually('one collides', async () => (await panel(ann).count()) + (await panel(ben).count()) === 1);
  const loser = (await panel(ann).count()) === 0 ? ben : ann;
  await button(loser, 'Edit').click();
  await eventually('the text is in the composer', async () => (await composer(loser).inputValue()) === texts[loser.name]);
  await composer(loser).fill('');
  await phone.page.waitForTimeout(1_000);
  assert.equal(await answers().count(), 3);
});

step('two quick replies of one agent both go out, in order', async () => {
  const before = await answers().count();
  await ann.page.evaluate(() => document.querySelector('[data-testid=composer]').focus());
  for (const text of [`Quick one ${run}`, `Quick two ${run}`]) {
    await ann.page.keyboard.insertText(text);
    await ann.page.keyboard.press('Enter');
  }
  await eventually('both are on the phone', async () => (await answers().count()) === before + 2);
  const texts = await answers().allInnerTexts();
  assert.ok(texts.at(-2).includes('Quick one') && texts.at(-1).includes('Quick two'), texts.join(' | '));
  assert.equal(await ann.page.getByTestId('collision').count(), 0, 'one does not collide with oneself');
});

step('a supervisor takes the reply over, and the text stays', async () => {
  if (!supervisorLogin) return;
  const sam = await Person.at(browser, 'sam', '/');
  await signIn(sam, supervisorLogin);
  await openThread(sam);
  await composer(ann).pressSequentially('Still thinking', { delay: 20 });
  await button(sam, 'Take over').click();
  await sam.page.getByLabel('Reason').fill('The customer is waiting');
  await sam.examine('take-over');
  await sam.page.getByRole('dialog').getByRole('button', { name: 'Take over' }).click();
  await ann.sees(ann.page.getByTestId('lock-banner').filter({ hasText: 'is replying' }), 'that it was taken over');
  await ann.sees(timeline(ann).getByText('took over the reply'), 'it in the timeline');
  assert.equal(await composer(ann).inputValue(), 'Still thinking');
  await composer(ann).press('Enter');
  await ann.sees(ann.page.getByTestId('refused').filter({ hasText: 'Still thinking' }), 'its text, refused and kept');
  await button(ann, 'Discard').click();
  assert.deepEqual(sam.errors, []);
  await sam.context.close();
  await ann.seesNo(ann.page.getByTestId('lock-banner'), 'the banner of somebody who left');
});

step('a note is for the team alone', async () => {
  await composer(ann).press('Escape');
  await ann.page.keyboard.press('n');
  await ann.sees(ann.page.getByLabel('Private note'), 'the note composer');
  await composer(ann).fill(`Customer is a regular ${run}`);
  await ann.examine('note');
  await composer(ann).press('Control+Enter');
  await ben.sees(ben.page.getByTestId('note').filter({ hasText: `Customer is a regular ${run}` }), 'the note');
  await phone.page.waitForTimeout(2_000);
  assert.equal(await phone.page.getByText('Customer is a regular').count(), 0, 'a note reached the phone');
});

step('assignment and status are shared', async () => {
  const me = await ann.page.getByLabel('Assignee').locator('option', { hasText: '(you)' }).getAttribute('value');
  await ann.page.getByLabel('Assignee').selectOption(me);
  await eventually('ben sees the owner', async () => (await ben.page.getByLabel('Assignee').inputValue()) === me);
  await composer(ann).press('Escape');
  await ann.page.keyboard.press('e');
  await eventually('ben sees it closed', async () => (await ben.page.getByLabel('Status', { exact: true }).inputValue()) === 'closed');
  await textFromPhone(`One more thing ${run}`);
  await eventually('it is open again', async () => (await ben.page.getByLabel('Status', { exact: true }).inputValue()) !== 'closed');
});

step('a desk that was offline catches up without reloading', async () => {
  ann.tolerant = true;
  await ann.context.setOffline(true);
  await ann.sees(ann.page.locator('[data-testid=connection]:not([data-state=connected])'), 'that it is not live');
  await textFromPhone(`Said while ann was away ${run}`);
  await ben.sees(timeline(ben).getByText(`Said while ann was away ${run}`), 'the text');
  assert.equal(await timeline(ann).getByText(`Said while ann was away ${run}`).count(), 0);
  await ann.sees(ann.page.getByText('Not live: this is how it was'), 'that the thread is not live');
  await ann.examine('offline');
  await ann.context.setOffline(false);
  await ann.sees(ann.page.locator('[data-testid=connection][data-state=connected]'), 'that it is live again');
  await ann.sees(timeline(ann).getByText(`Said while ann was away ${run}`), 'what was missed');
  assert.equal(await timeline(ann).getByText(`Said while ann was away ${run}`).count(), 1);
  ann.tolerant = false;
});

step('the list does not move under the pointer', async () => {
  const other = `+1202555${String((Number(run.slice(-4)) + 1) % 10_000).padStart(4, '0')}`;
  await phone.page.getByLabel('My number').fill(other);
  await textFromPhone(`A second customer ${run}`);
  const top = () => ann.page.getByTestId('thread-row').first().innerText();
  await eventually('the new thread is on top', async () => (await top()).includes(other));
  await row(ann, other).hover();
  await phone.page.getByLabel('My number').fill(number);
  await textFromPhone(`The first one again ${run}`);
  await ann.page.mouse.move(400, 90);
  await ann.sees(row(ann, number).getByText(`The first one again ${run}`), 'the new text in its row');
  assert.ok((await top()).includes(other), 'the row under the pointer stays where it is');
  await ann.page.mouse.move(1_000, 400);
  await eventually('the order is right once the pointer is away', async () => (await top()).includes(number));
});

step('it works by keyboard alone', async () => {
  const { page } = ann;
  await composer(ann).press('Escape');
  await page.keyboard.press('Escape');
  await ann.seesNo(composer(ann), 'the composer');
  await page.keyboard.press('j');
  await ann.sees(composer(ann), 'the first thread');
  await page.keyboard.press('r');
  await eventually('r goes to the reply', () => isFocused(composer(ann)));
  await page.keyboard.type('j');
  assert.equal(await composer(ann).inputValue(), 'j', 'shortcuts rest while one writes');
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await ann.sees(page.getByRole('dialog'), 'the help');
  await ann.examine('help');
  await page.keyboard.press('Enter');
  await ann.seesNo(page.getByRole('dialog'), 'the help');
  await page.keyboard.press('a');
  await eventually('a goes to the assignee', () => isFocused(page.getByLabel('Assignee')));
});

step('every screen is accessible, wide and narrow, light and dark', async () => {
  for (const [size, name] of [[WIDE, 'wide'], [{ width: 900, height: 760 }, 'middle'], [NARROW, 'narrow']]) {
    await ann.page.setViewportSize(size);
    await ann.examine(`thread-${name}`);
    if (name === 'middle') continue;
    await phone.page.setViewportSize(size);
    await phone.examine(`phone-${name}`);
  }
  await button(ann, 'Back to the list').click();
  await ann.examine('list-narrow');
  const { scroll, width } = await ann.page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, width: innerWidth }));
  assert.ok(scroll <= width, 'the narrow page does not scroll sideways');
});

step('nobody had to reload, and no page reported an error', async () => {
  for (const person of [ann, ben, phone]) {
    await person.wasNotReloaded();
    assert.deepEqual(person.errors, []);
  }
});

step('signing out ends the session in every tab', async () => {
  const tab = await ben.context.newPage();
  const second = new Person('ben-2', ben.context, tab);
  await tab.goto(ben.page.url());
  await second.sees(tab.locator('[data-testid=connection][data-state=connected]'), 'the desk without signing in again');
  second.tolerant = true;
  ben.tolerant = true;
  await button(ben, 'Sign out').click();
  await ben.sees(ben.page.getByLabel('Password'), 'the login');
  await second.sees(tab.getByText('Your session was ended'), 'why it is signed out');
  await ben.page.reload();
  await ben.sees(ben.page.getByLabel('Password'), 'the login still');
  await signIn(second, AGENTS[1]);
  await second.sees(timeline(second), 'the thread it was at');
});
