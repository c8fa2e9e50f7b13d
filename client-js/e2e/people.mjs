// An administrator sets people up: an agent, a role, a team; what is taken away goes from an open desk at once. Lists
// are narrowed by what threads are. Much of it by keyboard. Settings as for the main job.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { AGENTS, launch, NARROW, Person, sandbox, story, WIDE } from './harness.mjs';
import { button, composer, connected, row, settingsPage, signIn } from './parts.mjs';

const run = String(Date.now()).slice(-7);
const numbers = [11, 12].map((n) => `+1202555${String((Number(run.slice(-4)) + n) % 10_000).padStart(4, '0')}`);
const dora = { name: `Dora ${run}`, email: `dora${run}@demo.example` };
const helpers = `Helpers ${run}`;
const crew = `Crew ${run}`;
let browser;
let ada;
let ann;
let dee;

const step = story();
const setting = (kind, text) => ada.page.getByTestId(`setting-${kind}`).filter({ hasText: text });
const form = (name) => ada.page.getByRole('form', { name, exact: true });
const dialog = (person) => person.page.getByRole('dialog');
const press = async (person, ...keys) => {
  for (const key of keys) await person.page.keyboard.press(key);
};

const page = (name) => settingsPage(ada, name);

/** Does what is refused, and expects to be told so. */
async function refused(doing, where, what) {
  ada.tolerant = true;
  await doing();
  await ada.sees(where, what);
  ada.tolerant = false;
}

before(async () => {
  assert.ok(AGENTS.some((login) => login.email.startsWith('ada@')), 'TANDEM_E2E_AGENTS needs the administrator');
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

step('an agent is added, with a password to hand over', async () => {
  ada = await Person.at(browser, 'ada', '/');
  await signIn(ada, AGENTS.find((login) => login.email.startsWith('ada@')));
  await ada.mark();
  await button(ada, 'Settings').click();
  await page('People');
  await ada.sees(setting('agent', 'ada@demo.example').getByText('(you)'), 'herself');
  await button(ada, 'Add a person').focus();
  await press(ada, 'Enter');
  await ada.sees(form('Add a person').locator('input[name=name]:focus'), 'that she can write at once');
  await ada.page.keyboard.type(dora.name);
  await press(ada, 'Tab');
  await ada.page.keyboard.type('ANN@demo.example');
  dora.password = await form('Add a person').getByLabel('Password', { exact: true }).inputValue();
  assert.match(dora.password, /^[a-z0-9]{4}(-[a-z0-9]{4}){4}$/);
  const email = form('Add a person').getByLabel('E-mail', { exact: true });
  await refused(() => press(ada, 'Enter'), form('Add a person').getByText('somebody has this address already').first(), 'that it is taken');
  assert.equal(await email.getAttribute('aria-invalid'), 'true', 'beside its field');
  await ada.examine('people-form');
  await email.fill(dora.email);
  await press(ada, 'Enter');
  await ada.sees(setting('agent', dora.email), 'the new agent');
  await ada.examine('people');
});

step('the last administrator stays one', async () => {
  await button(ada, 'Change Ada').click();
  const change = form('Change Ada');
  await change.getByLabel('In the organisation').selectOption('agent');
  const why = change.locator('.field').filter({ has: ada.page.locator('select[name=role]') }).getByText('the last administrator');
  await refused(() => change.getByRole('button', { name: 'Save' }).click(), why, 'why not, beside the field');
  await ada.examine('people-last-admin');
  await change.getByRole('button', { name: 'Cancel' }).click();
});

step('a role is made by keyboard, as a copy with less', async () => {
  await page('Roles');
  await ada.sees(setting('role', 'Supervisor').getByText('built in'), 'the built-in roles');
  await setting('role', 'Supervisor').getByText(/^Allows \d+ things$/).click();
  await ada.sees(setting('role', 'Supervisor').getByText('Take the reply lock from its holder.'), 'what one allows');
  await ada.examine('roles');
  await button(ada, 'Add a role').focus();
  await press(ada, 'Enter');
  await ada.page.keyboard.type(helpers);
  await press(ada, 'Tab');
  await ada.page.keyboard.type('Agent');
  const tick = (about) => form('Add a role').getByLabel(about);
  assert.ok(await tick('Give a thread to anybody, whoever has it.').isChecked(), 'it begins as the copy');
  assert.ok(!(await tick('Make and change tags.').isChecked()));
  await tick(/^See the addresses and attributes of customers/).focus();
  await press(ada, 'Space');
  await ada.examine('roles-form');
  await press(ada, 'Enter');
  await ada.sees(setting('role', helpers).getByText('nobody has it'), 'the role');
});

step('the agent signs in, and is nowhere yet; then it is a member with that role', async () => {
  dee = await Person.at(browser, 'dee', '/');
  await dee.page.getByLabel('E-mail').fill(dora.email);
  await dee.page.getByLabel('Password').fill(dora.password);
  await button(dee, 'Sign in').click();
  await dee.sees(dee.page.getByText('You are not a member of any inbox yet.'), 'that there is no inbox for her');
  await dee.mark();
  const { channels } = await sandbox('');
  const { id } = channels.find((one) => one.kind === 'sms');
  for (const number of numbers) await sandbox(`/${id}/messages`, { from: number, text: `Hello from ${number}`, id: crypto.randomUUID() });

  await page('Members');
  await button(ada, 'Add a member').click();
  await form('Add a member').getByLabel('Who').selectOption({ label: dora.name });
  await form('Add a member').getByLabel('Role here').selectOption({ label: helpers });
  await ada.examine('members-form');
  await form('Add a member').getByRole('button', { name: 'Add', exact: true }).click();
  const member = setting('member', dora.name);
  await ada.sees(member.getByText('Addresses of customers are masked.'), 'what she will see');
  await ada.examine('members');
  await dee.sees(connected(dee), 'the desk');
  await dee.sees(row(dee, `Hello from ${numbers[0]}`), 'the threads, without loading the page anew');
  await row(dee, `Hello from ${numbers[0]}`).first().click();
  await dee.sees(composer(dee), 'the composer');
  assert.equal(await dee.page.locator('.thread-head').getByText(numbers[0]).count(), 0, 'the number is masked');
  await dee.sees(button(dee, 'Transfer'), 'what the role allows');
  await dee.examine('people-masked');
});

step('what is taken away goes at once', async () => {
  await page('Roles');
  await refused(
    () => button(ada, `Remove ${helpers}`).click(),
    ada.page.getByText('members have this role; give them another one first'),
    'why it cannot be removed',
  );
  await button(ada, `Change ${helpers}`).click();
  await form(`Change ${helpers}`).getByLabel('Give a thread to anybody, whoever has it.').uncheck();
  await form(`Change ${helpers}`).getByRole('button', { name: 'Save' }).click();
  await ada.sees(setting('role', helpers).getByText('one member has it'), 'who has it');
  await dee.seesNo(button(dee, 'Transfer'), 'what was taken away');
  await dee.sees(composer(dee), 'the thread all the same');
  await page('Members');
  // What is out of her sight is asked for once more, and is not there: an error in her browser's log.
  dee.tolerant = true;
  await button(ada, `Change ${dora.name}`).click();
  await form(`Change ${dora.name}`).getByLabel('Sees', { exact: true }).selectOption('assigned');
  await form(`Change ${dora.name}`).getByRole('button', { name: 'Save' }).click();
  await dee.seesNo(row(dee, `Hello from ${numbers[1]}`), 'a thread that is not hers');
  await ada.sees(setting('member', dora.name).getByText(helpers), 'that her role is as it was');
  await button(ada, `Change ${dora.name}`).click();
  await form(`Change ${dora.name}`).getByLabel('Sees', { exact: true }).selectOption('team');
  await form(`Change ${dora.name}`).getByRole('button', { name: 'Save' }).click();
  await ada.sees(setting('member', dora.name).getByText('those of their teams'), 'what she sees now');
});

step('a team is made, and a thread is given to it', async () => {
  await page('Teams');
  await button(ada, 'Add a team').focus();
  await press(ada, 'Enter');
  await ada.page.keyboard.type(crew);
  await form('Add a team').getByLabel(dora.name).focus();
  await press(ada, 'Space');
  await ada.examine('teams-form');
  await press(ada, 'Enter');
  await ada.sees(setting('team', crew).getByText(dora.name), 'the team');
  await ada.examine('teams');
  ann = await Person.at(browser, 'ann', '/');
  await signIn(ann, AGENTS[0]);
  await row(ann, numbers[1]).first().click();
  await ann.sees(composer(ann), 'the thread');
  await button(ann, 'Transfer').click();
  await dialog(ann).getByRole('combobox').selectOption({ label: crew });
  await dialog(ann).getByRole('button', { name: 'Transfer', exact: true }).click();
  await ann.seesNo(dialog(ann), 'the dialog');
  await dee.sees(row(dee, `Hello from ${numbers[1]}`), "the team's thread");
  await dee.page.getByRole('button', { name: /^My teams/ }).click();
  await dee.sees(row(dee, `Hello from ${numbers[1]}`).getByText(crew), 'it among those of her teams');
  assert.equal(await row(dee, numbers[1]).locator('.row-name').getByText(numbers[1]).count(), 0, 'the number is masked here, too');
  await dee.sees(dee.page.getByRole('heading', { name: 'My teams, active' }), 'what the list is');
  await dee.examine('list-teams');
  dee.tolerant = false;
  await refused(() => button(ada, `Remove ${crew}`).click(), ada.page.getByText('the team has threads; give them to somebody else first'), 'why the team stays');
});

step('the list is narrowed by keyboard, stays true, and is remembered', async () => {
  await press(ann, 'Escape', 'f');
  const filter = ann.page.getByTestId('filter');
  await ann.sees(filter.locator('input:focus'), 'the first choice');
  await press(ann, 'Space', 'Tab', 'Space');
  await ann.sees(filter.getByRole('button', { name: 'No longer filter by priority High' }), 'what it is narrowed by');
  await ann.seesNo(row(ann, numbers[0]), 'a thread of normal priority');
  await ann.examine('filter');
  await press(ann, 'Escape');
  await ann.seesNo(filter.getByRole('group'), 'the choices');
  await ann.sees(filter.locator('.filter-button:focus'), 'the button that opens them again');
  // By somebody else: it comes, and it goes.
  await ada.page.getByRole('button', { name: 'Leave the settings' }).click();
  await row(ada, numbers[0]).first().click();
  await ada.page.getByLabel('Priority', { exact: true }).selectOption('urgent');
  await ann.sees(row(ann, numbers[0]), 'the thread that became urgent');
  await ann.page.reload();
  await ann.sees(row(ann, numbers[0]), 'it again');
  await ann.seesNo(row(ann, numbers[1]), 'the others');
  await ada.page.getByLabel('Priority', { exact: true }).selectOption('low');
  await ann.seesNo(row(ann, numbers[0]), 'the thread that is urgent no longer');
  await ann.page.setViewportSize(NARROW);
  await ann.examine('filter-narrow');
  await ann.page.setViewportSize(WIDE);
  await filter.getByRole('button', { name: 'Clear' }).click();
  await ann.sees(row(ann, numbers[0]), 'all threads');
});

step('the rules of an inbox are set', async () => {
  await button(ada, 'Settings').click();
  await page('Rules');
  await button(ada, 'Change the statuses').click();
  const pending = form('Change the statuses').getByRole('group', { name: 'Pending may become' });
  await pending.getByLabel('Escalated').uncheck();
  await ada.examine('rules-form');
  await form('Change the statuses').getByRole('button', { name: 'Save' }).click();
  await ada.sees(setting('statuses', 'After pending: open, closed.'), 'the rule');
  await button(ada, 'Change the review').click();
  const review = form('Change the review');
  await review.getByLabel('Reviewer').check();
  await review.getByLabel(/^Words/).fill(`refund ${run}\n\nlawyer`);
  await review.getByRole('button', { name: 'Save' }).click();
  await ada.sees(setting('review', `Replies with refund ${run}, lawyer have to be approved first.`), 'the words');
  await ada.examine('rules');
  await button(ada, 'Change the review').click();
  await review.getByLabel('Reviewer').uncheck();
  await review.getByLabel(/^Words/).fill('');
  await review.getByRole('button', { name: 'Save' }).click();
  await ada.sees(setting('review', 'No reply has to be approved first.'), 'that nothing has');
  await button(ada, 'Change the statuses').click();
  await pending.getByLabel('Escalated').check();
  await form('Change the statuses').getByRole('button', { name: 'Save' }).click();
  await ada.sees(setting('statuses', 'Any status may follow any other.'), 'that all is as it was');
});

step('a program gets a token, works with it, and loses it', async () => {
  await page('Sessions and tokens');
  await ada.sees(setting('session', 'this one').first(), 'her own session');
  await button(ada, 'Make a token').focus();
  await press(ada, 'Enter');
  const form = ada.page.getByRole('form', { name: 'Make a token', exact: true });
  await ada.sees(form.locator('input[name=name]:focus'), 'that she can write at once');
  await ada.page.keyboard.type(`Till ${run}`);
  await form.getByLabel(/^agents\.manage/).check();
  await press(ada, 'Enter');
  const made = ada.page.getByTestId('token-made');
  const token = await made.locator('code').innerText();
  assert.match(token, /^tdt_[0-9a-f]{64}$/);
  await ada.sees(setting('token', `Till ${run}`).getByText('threads.read, agents.manage'), 'its scopes');
  await ada.examine('access');
  const ask = (path) => fetch(new URL(path, ada.page.url()), { headers: { authorization: `Bearer ${token}` } });
  assert.equal((await ask('/api/v1/admin/agents')).status, 200);
  assert.equal((await ask('/api/v1/admin/teams')).status, 403);
  await button(ada, `Revoke Till ${run}`).click();
  await setting('token', `Till ${run}`).waitFor({ state: 'detached' });
  assert.equal((await ask('/api/v1/admin/agents')).status, 401);
});

step('every page can be used on a phone', async () => {
  await ada.page.setViewportSize(NARROW);
  for (const name of ['Inboxes', 'Members', 'Roles', 'Rules', 'People', 'Teams', 'Sessions and tokens']) {
    await page(name);
    await ada.examine(`narrow-${name.toLowerCase().replaceAll(' ', '-')}`);
    const wide = await ada.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
    assert.ok(wide, `nothing of ${name} sticks out`);
  }
  await ada.page.setViewportSize(WIDE);
});

step('who is disabled is out', async () => {
  await page('People');
  await dee.wasNotReloaded();
  await button(ada, `Change ${dora.name}`).click();
  await form(`Change ${dora.name}`).getByLabel('Disabled').check();
  dee.tolerant = true;
  await form(`Change ${dora.name}`).getByRole('button', { name: 'Save' }).click();
  await ada.sees(setting('agent', dora.name).getByText('Disabled', { exact: true }), 'that she is disabled');
  await dee.sees(dee.page.getByLabel('Password'), 'that she has to sign in');
  await ada.wasNotReloaded();
  for (const person of [ada, ann, dee]) assert.deepEqual(person.errors, []);
});
