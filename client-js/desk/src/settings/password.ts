// Passwords that are made up for people: hard to guess, easy to read out.

/** Without those that look alike. */
const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';
const GROUPS = 5;
const GROUP = 4;

/** Makes one of 100 bits: five groups of four, such as `k3fm-…`. */
export function newPassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(GROUPS * GROUP));
  // 32 letters: each byte's lower five bits choose one evenly.
  const letters = Array.from(bytes, (byte) => LETTERS[byte % LETTERS.length]);
  return Array.from({ length: GROUPS }, (_, n) => letters.slice(n * GROUP, (n + 1) * GROUP).join('')).join('-');
}
