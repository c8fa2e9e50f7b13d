// Two nodes behave as one, seen from two desks: Ann comes by a front that sends her to node A while
// that is ready and else to B, Ben sits at node B. Needs Postgres (DATABASE_URL), Redis, the server:
//   TANDEM_E2E_SERVER=target/debug/tandem   TANDEM_E2E_AGENTS=as for the main job
//   TANDEM_TEST_REDIS=redis://…

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { AGENTS, eventually, launch, NARROW, Person, story, WIDE } from './harness.mjs';
import { button, composer, connected, people, row, signIn, timeline } from './parts.mjs';
import { freePort, Front, Node, Wire } from './nodes.mjs';

const run = String(Date.now()).slice(-7);
const number = `+1303555${run.slice(-4)}`;
/** How soon one desk shows what happens at the other. */
const SOON_MS = 1_000;
/** How soon a desk is live again after its node was killed. */
const BACK_MS = 3_000;
/** Beyond what a server waits before it shows a leave. */
const GRACE_MS = 4_500;
let browser;
let nodeA;
let nodeB;
let front;
let redis;
let ann;
let ben;
let channel;
let goneAt;

const step = story(() => {
  for (const node of [nodeA, nodeB]) console.error(`--- node ${node.name}\n${node.log.slice(-3_000)}`);
});


async function sandbox(path, body) {
  const init = body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(`${nodeB.url}/sandbox/api/channels${path}`, init);
  assert.ok(response.ok, `the sandbox answered ${response.status}`);
  return response.headers.get('content-type')?.includes('json') ? response.json() : null;
}

const text = (words, from = number) => sandbox(`/${channel}/messages`, { from, text: words, id: crypto.randomUUID() });

async function answers() {
  const { messages } = await sandbox(`/${channel}/phones/${encodeURIComponent(number)}`);
  return messages.filter((message) => !message.mine).map((message) => message.text);
}

/** Fails unless the person sees it soon. */
async function soon(person, locator, what) {
  const from = Date.now();
  await person.sees(locator, what);
  const took = Date.now() - from;
  assert.ok(took < SOON_MS, `${person.name} sees ${what} only after ${took} ms`);
  return took;
}

/** Writes down all that a place of the page has ever said from now on. */
async function watch(person, name, selector) {
  await person.page.evaluate(
    ([name, selector]) => {
      const said = [];
      const look = () => {
        const now = [...document.querySelectorAll(selector)].map((one) => `${one.textContent} ${one.dataset.state ?? ''}`).join(' | ');
        if (said.at(-1) !== now) said.push(now);
      };
      look();
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
      window.said = { ...window.said, [name]: said };
    },
    [name, selector],
  );
}

const said = (person, name) => person.page.evaluate((name) => window.said[name], name);

before(async () => {
  assert.ok(AGENTS.length >= 2, 'TANDEM_E2E_AGENTS needs two logins');
  const [a, b, f, r] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const url = new URL(process.env.TANDEM_TEST_REDIS);
  redis = new Wire(r, Number(url.port));
  url.port = String(r);
  const settings = {
    REDIS_URL: url.href,
    TANDEM_REDIS_PREFIX: `tandem-e2e-${run}`,
    TANDEM_ALLOWED_ORIGINS: [a, b, f].map((port) => `http://127.0.0.1:${port}`).join(','),
  };
  nodeA = new Node('A', a, settings);
  nodeB = new Node('B', b, settings);
  // One after the other: both would migrate.
  await redis.start();
  await nodeA.start();
  await nodeB.start();
  front = new Front(f, nodeA, nodeB);
  await front.start();
  browser = await launch();
  channel = (await sandbox('')).channels[0].id;
});

after(async () => {
  await browser?.close();
  front?.stop();
  await Promise.all([nodeA?.end('SIGKILL'), nodeB?.end('SIGKILL')]);
  redis?.stop();
});

step('two desks on two nodes see the same', async () => {
  [ann, ben] = await Promise.all([Person.at(browser, 'ann', '/', front.url), Person.at(browser, 'ben', '/', nodeB.url)]);
  await Promise.all([signIn(ann, AGENTS[0]), signIn(ben, AGENTS[1])]);
  await ann.mark();
  await ben.mark();
  await text(`Is anybody there ${run}?`);
  for (const person of [ann, ben]) await person.sees(row(person, `Is anybody there ${run}?`), 'the new text');
  await soon(ben, ben.page.locator('[data-testid=colleague][data-state=online]').filter({ hasText: 'Ann' }), 'that ann is online');
});

step('viewing and typing cross the nodes within a second', async () => {
  await row(ann, number).click();
  await ann.sees(timeline(ann), 'the thread');
  await row(ben, number).click();
  const took = [await soon(ann, people(ann).filter({ hasText: 'Ben is here' }), 'that ben is here')];
  await composer(ann).pressSequentially('Let me', { delay: 20 });
  took.push(await soon(ben, people(ben).filter({ hasText: 'Ann is typing…' }), 'that ann types'));
  took.push(await soon(ben, ben.page.getByTestId('lock-banner').filter({ hasText: 'Ann' }), 'that ann is replying'));
  await sandbox(`/${channel}/typing`, { from: number });
  took.push(await soon(ann, ann.page.getByTestId('contact-typing'), 'that the customer types'));
  console.info(`seen across the nodes after ${took.join(', ')} ms`);
  await ann.examine('nodes-typing');
});

step('availability is chosen by keyboard and seen wherever agents are', async () => {
  const own = ann.page.getByTestId('own-availability');
  await own.focus();
  await ann.page.keyboard.press('Enter');
  await ann.sees(ann.page.getByRole('menu'), 'the menu');
  await ann.examine('availability-menu');
  await ann.page.keyboard.press('Escape');
  await ann.seesNo(ann.page.getByRole('menu'), 'the menu');
  assert.ok(await own.evaluate((element) => element === document.activeElement), 'the focus is back where it was');
  await ann.page.keyboard.press('ArrowDown');
  await ann.page.keyboard.press('ArrowDown');
  await ann.page.keyboard.press('Enter');
  await ann.seesNo(ann.page.getByRole('menu'), 'the menu');
  await soon(ann, ann.page.locator('[data-testid=own-availability][data-state=busy]'), 'its own choice');
  await soon(ben, ben.page.locator('[data-testid=colleague][data-state=busy]').filter({ hasText: 'Ann' }), 'that ann is busy');
  assert.equal(await ben.page.getByLabel('Assignee').locator('option', { hasText: 'Ann · Busy' }).count(), 1);
});

step('the team view tells what everybody does, live', async () => {
  await ben.page.getByTestId('timeline').focus();
  await ben.page.keyboard.press('t');
  const card = ben.page.getByTestId('team-card').filter({ hasText: 'Ann' });
  await composer(ann).pressSequentially(' see', { delay: 20 });
  await ben.sees(card.filter({ hasText: 'Busy' }).filter({ hasText: `Typing to${number}` }), 'what ann does');
  await ben.examine('team-wide');
  await ben.page.setViewportSize(NARROW);
  await ben.examine('team-narrow');
  await ben.page.setViewportSize(WIDE);
  await ben.page.keyboard.press('Escape');
  await ben.seesNo(ben.page.getByTestId('team'), 'the team');
  await ben.page.keyboard.press('t');
  await card.getByRole('button', { name: number }).click();
  await ben.sees(timeline(ben), 'the thread that ann is at');
  await composer(ann).fill('');
});

step('two answers from two nodes: one goes out', async () => {
  const texts = { ann: `Ann on A ${run}`, ben: `Ben on B ${run}` };
  for (const person of [ann, ben]) {
    await person.seesNo(person.page.getByTestId('lock-banner'), 'a lock');
    await composer(person).fill(texts[person.name]);
    if (person === ann) {
      // Leaving the thread gives the lock back, and keeps the text.
      await composer(ann).press('Escape');
      await ann.page.keyboard.press('Escape');
      await row(ann, number).click();
      await ann.sees(composer(ann), 'the composer');
    }
  }
  await Promise.all([button(ann, 'Send').click(), button(ben, 'Send').click()]);
  const refused = (person) => person.page.getByTestId('collision').or(person.page.getByTestId('refused'));
  await eventually('one of the two is refused', async () => (await refused(ann).count()) + (await refused(ben).count()) === 1);
  const loser = (await refused(ann).count()) === 1 ? ann : ben;
  const winner = loser === ann ? ben : ann;
  await eventually('the answer is on the phone', async () => (await answers()).length === 1);
  assert.deepEqual(await answers(), [texts[winner.name]]);
  await loser.sees(timeline(loser).getByText(texts[winner.name]), 'the answer of the other');
  await button(loser, 'Discard').click();
});

step('without Redis it says who may have left, and goes on', async () => {
  await ben.sees(people(ben).filter({ hasText: 'Ann is here' }), 'ann');
  redis.cut();
  await ben.sees(people(ben).filter({ hasText: 'Ann may have left' }), 'that nobody knows of ann');
  await ben.sees(ben.page.getByTestId('colleague').filter({ hasText: 'Ann' }).getByText('may have left'), 'it in the rail');
  await text(`Without Redis ${run}`);
  await ann.sees(timeline(ann).getByText(`Without Redis ${run}`), 'what came meanwhile');
  await ben.examine('nodes-stale');
  redis.mend();
  await ben.sees(people(ben).filter({ hasText: /^Ann is here$/ }), 'that ann is there after all');
});

step('a node that is asked to go takes nobody away', async () => {
  await ann.sees(people(ann).filter({ hasText: 'Ben is here' }), 'ben');
  await ben.sees(people(ben).filter({ hasText: 'Ann is here' }), 'ann');
  await watch(ann, 'connection', '[data-testid=connection]');
  // Writing, with the lock that goes with it.
  await composer(ann).fill('Unfinished');
  await ben.sees(ben.page.getByTestId('lock-banner').filter({ hasText: 'Ann' }), 'that ann is replying');
  await ben.sees(people(ben).filter({ hasText: 'Ann is typing…' }), 'that ann types');
  await watch(ben, 'people', '[data-testid=people]');
  await watch(ben, 'lock', '[data-testid=lock-banner]');
  await watch(ben, 'colleagues', '[data-testid=colleague]');
  const ending = nodeA.end('SIGTERM');
  await text(`While A goes ${run}`);
  await ann.sees(timeline(ann).getByText(`While A goes ${run}`), 'what came meanwhile');
  await ending;
  goneAt = Date.now();
  await text(`After A went ${run}`);
  await ann.sees(timeline(ann).getByText(`After A went ${run}`), 'what came afterwards');
  assert.deepEqual((await said(ann, 'connection')).length, 1, 'ann was told of nothing');
});

step('a thread that is put off says until when, on both', async () => {
  await ann.page.getByLabel('Status', { exact: true }).selectOption({ label: 'Pending for 1 hour' });
  for (const person of [ann, ben]) {
    await person.sees(row(person, number).getByTestId('until'), 'until when, in the list');
    await person.sees(person.page.locator('.thread-head').getByTestId('until'), 'until when, above the thread');
  }
  await ann.page.getByLabel('Status', { exact: true }).selectOption({ label: 'Pending until…' });
  await ann.sees(ann.page.getByRole('dialog'), 'the question');
  await ann.examine('until');
  await button(ann, 'Cancel').click();
});

step('nobody saw it, nor a page that is loaded anew on the node that is back', async () => {
  await nodeA.start();
  for (const again of [false, true]) {
    if (again) await ann.page.reload();
    if (again) await ann.sees(timeline(ann).getByText(`After A went ${run}`), 'the thread');
    // A leave would be seen by then.
    await ben.page.waitForTimeout(GRACE_MS - (again ? 0 : Date.now() - goneAt));
    assert.deepEqual((await said(ben, 'people')).filter((one) => !one.includes('Ann')), [], 'ben saw nobody leave');
    assert.equal((await said(ben, 'colleagues')).length, 1, 'nor become anything else');
    if (again) continue;
    assert.equal((await said(ben, 'lock')).length, 1, 'nor the reply given up');
    await composer(ann).fill('');
    await ben.sees(people(ben).filter({ hasText: 'Ann is here' }), 'that ann types no more');
  }
  await ann.sees(connected(ann), 'that it is live');
});

step('a node that is killed: its desk is live on the other one within three seconds', async () => {
  await ann.mark();
  ann.tolerant = true;
  await composer(ann).pressSequentially('Half a sen', { delay: 10 });
  await nodeA.end('SIGKILL');
  const from = Date.now();
  await text(`Said as A died ${run}`);
  await ann.sees(timeline(ann).getByText(`Said as A died ${run}`), 'what was said as its node died');
  const took = Date.now() - from;
  console.info(`live again after ${took} ms`);
  assert.ok(took < BACK_MS, `it took ${took} ms`);
  await ann.sees(connected(ann), 'that it is live');
  await ann.wasNotReloaded();
  assert.equal(await composer(ann).inputValue(), 'Half a sen');
  assert.equal(await timeline(ann).getByText(`Said as A died ${run}`).count(), 1);
  await composer(ann).pressSequentially('tence', { delay: 20 });
  await soon(ben, people(ben).filter({ hasText: 'Ann is typing…' }), 'that ann types');
  await composer(ann).press('Enter');
  await ben.sees(timeline(ben).getByText('Half a sentence'), 'the reply');
  ann.tolerant = false;
});

step('both desks show the same in the end', async () => {
  const list = (person) =>
    person.page.getByTestId('thread-row').evaluateAll((rows) =>
      rows.map((one) => ['.row-name', '.row-preview bdi', '.chip'].map((part) => one.querySelector(part)?.textContent ?? '')),
    );
  await eventually('both lists are the same', async () => JSON.stringify(await list(ann)) === JSON.stringify(await list(ben)));
  const shown = (person) => timeline(person).locator('.text').allInnerTexts();
  assert.deepEqual(await shown(ann), await shown(ben));
  assert.deepEqual((await shown(ann)).filter((one) => one.includes('A died')).length, 1);
  await ben.wasNotReloaded();
  assert.deepEqual([...ann.errors, ...ben.errors], []);
});
