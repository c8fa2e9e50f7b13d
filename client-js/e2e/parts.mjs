// The parts of the desk, as the journeys find them, and what every agent does first.

export const row = (person, text) => person.page.getByTestId('thread-row').filter({ hasText: text });
export const composer = (person) => person.page.getByTestId('composer');
export const timeline = (person) => person.page.getByTestId('timeline');
export const people = (person) => person.page.getByTestId('people');
export const button = (person, name) => person.page.getByRole('button', { name, exact: true });
export const connected = (person) => person.page.locator('[data-testid=connection][data-state=connected]');

export async function signIn(person, login) {
  await person.page.getByLabel('E-mail').fill(login.email);
  await person.page.getByLabel('Password').fill(login.password);
  await button(person, 'Sign in').click();
  await person.sees(connected(person), 'that it is live');
}

/** Turns to a page of the settings, which are open. */
export async function settingsPage(person, name) {
  await person.page.getByRole('navigation', { name: 'Settings' }).getByRole('button', { name, exact: true }).click();
  await person.sees(person.page.getByRole('region', { name: `Settings: ${name}` }).getByRole('heading', { level: 2 }).first(), `the page ${name}`);
}
