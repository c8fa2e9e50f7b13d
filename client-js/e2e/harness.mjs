// What the browser tests share: a browser, people with a page each, errors that nobody asked for,
// axe, screenshots.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import axe from 'axe-core';
import { chromium } from 'playwright-core';

export const URL_BASE = (process.env.TANDEM_E2E_URL ?? 'http://127.0.0.1:8080').replace(/\/$/, '');
export const AGENTS = (process.env.TANDEM_E2E_AGENTS ?? '')
  .split(',')
  .filter((login) => login.includes(':'))
  .map((login) => ({ email: login.slice(0, login.indexOf(':')), password: login.slice(login.indexOf(':') + 1) }));

const SHOTS = process.env.TANDEM_E2E_SHOTS;
export const WIDE = { width: 1360, height: 840 };
export const NARROW = { width: 390, height: 780 };
const WAIT_MS = Number(process.env.TANDEM_E2E_WAIT_MS ?? 15_000);

export function launch() {
  return chromium.launch({
    executablePath: process.env.TANDEM_E2E_BROWSER ?? '/usr/bin/chromium',
    args: [
      '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
  });
}

/**
 * Makes steps of one story, each of which needs those before it: after a failure the rest is left out.
 * `failed` may say more about the first one.
 */
export function story(failed = () => {}) {
  let broken = false;
  return (name, body) =>
    test(name, async (context) => {
      if (broken) return context.skip('an earlier step failed');
      try {
        await body();
      } catch (error) {
        broken = true;
        failed();
        throw error;
      }
    });
}

/** A person at a page of their own, with all errors that the page reported. */
export class Person {
  constructor(name, context, page) {
    this.name = name;
    this.context = context;
    this.page = page;
    this.errors = [];
    /** Set while errors are expected, for instance without a network. */
    this.tolerant = false;
    const note = (text) => {
      if (!this.tolerant) this.errors.push(`${name}: ${text}`);
    };
    page.on('console', (message) => message.type() === 'error' && note(`console: ${message.text()}`));
    page.on('pageerror', (error) => note(`page: ${error.message}`));
  }

  static async at(browser, name, path, base = URL_BASE) {
    const context = await browser.newContext({ viewport: WIDE, colorScheme: 'light', reducedMotion: 'reduce' });
    const page = await context.newPage();
    page.setDefaultTimeout(WAIT_MS);
    const person = new Person(name, context, page);
    await page.goto(base + path);
    return person;
  }

  /** Says so now, so that a page that was loaded anew can be told. */
  async mark() {
    await this.page.evaluate(() => {
      window.sameVisit = true;
    });
  }

  async wasNotReloaded() {
    assert.equal(await this.page.evaluate(() => window.sameVisit === true), true, `${this.name}'s page was loaded anew`);
  }

  async sees(locator, what) {
    try {
      await locator.first().waitFor({ state: 'visible' });
    } catch {
      await this.shot(`failed-${this.name}`);
      throw new assert.AssertionError({ message: `${this.name} does not see ${what}` });
    }
  }

  async seesNo(locator, what) {
    try {
      await locator.first().waitFor({ state: 'hidden' });
    } catch {
      await this.shot(`failed-${this.name}`);
      throw new assert.AssertionError({ message: `${this.name} still sees ${what}` });
    }
  }

  async shot(name) {
    if (!SHOTS) return;
    mkdirSync(SHOTS, { recursive: true });
    await this.page.screenshot({ path: join(SHOTS, `${name}.png`) });
  }

  /** Looks at the screen with axe and takes its picture, light and dark. */
  async examine(screen) {
    const found = [];
    for (const colorScheme of ['light', 'dark']) {
      await this.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await this.shot(`${screen}-${colorScheme}`);
      if (!(await this.page.evaluate(() => 'axe' in window))) await this.page.evaluate(axe.source);
      // In the dark only the colours are others.
      const only = colorScheme === 'dark' ? { runOnly: ['color-contrast'] } : {};
      const { violations } = await this.page.evaluate((only) => window.axe.run(only), only);
      for (const { id, nodes } of violations) {
        const where = nodes.slice(0, 4).map((node) => `${node.target.join(' ')} (${node.any[0]?.message ?? ''})`);
        found.push(`${screen}, ${colorScheme}: ${id}, ${nodes.length} places: ${where.join('; ')}`);
      }
    }
    await this.page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    assert.deepEqual(found, [], 'axe found violations');
  }
}

/** Waits until `test` says true. */
export async function eventually(what, test) {
  const end = Date.now() + WAIT_MS;
  for (;;) {
    if (await test()) return;
    if (Date.now() > end) throw new assert.AssertionError({ message: `never happened: ${what}` });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Sees at a journey's end that no phone shows what was for the team alone; `said` is what it has to show. */
export async function stayedInside(channel, number, inside, said) {
  const { messages } = await sandbox(`/${channel}/phones/${encodeURIComponent(number)}`);
  const shown = messages.filter((one) => !one.mine).map((one) => one.text);
  assert.ok(shown.some((text) => text.includes(said)), `the phone of ${number} shows no ${said}`);
  for (const text of inside) assert.deepEqual(shown.filter((one) => one.includes(text)), [], 'it left the house');
}

/** Asks the far side, where the customers' phones are. */
export async function sandbox(path, body) {
  const init = body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(`${URL_BASE}/sandbox/api/channels${path}`, init);
  assert.ok(response.ok, `the sandbox answered ${response.status}`);
  return response.headers.get('content-type')?.includes('json') ? response.json() : null;
}
