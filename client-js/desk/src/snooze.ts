// Until when a thread can be put off: the usual answers, in the agent's own time.

const HOUR_MS = 60 * 60_000;
const MORNING_HOUR = 9;
const MONDAY = 1;

export interface Snooze {
  name: string;
  until: Date;
}

function morning(now: number, daysAhead: number): Date {
  const date = new Date(now);
  // Through the calendar and not by adding hours: clocks may change in between.
  date.setDate(date.getDate() + daysAhead);
  date.setHours(MORNING_HOUR, 0, 0, 0);
  return date;
}

export function snoozes(now: number): Snooze[] {
  const toMonday = (MONDAY - new Date(now).getDay() + 7) % 7 || 7;
  const list = [
    { name: 'for 1 hour', until: new Date(now + HOUR_MS) },
    { name: 'until tomorrow 9:00', until: morning(now, 1) },
  ];
  if (toMonday > 1) list.push({ name: 'until Monday 9:00', until: morning(now, toMonday) });
  return list;
}

/** As `<input type="datetime-local">` writes it. */
export function localInput(date: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}
