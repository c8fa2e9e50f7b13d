// Templates, filled as the server does it: what is shown has to be what goes out.

const GAP = /\{\{\s*(\w+)\s*\}\}/g;

export function fill(text: string, variables: readonly string[], values: readonly string[]): string {
  return text.replace(GAP, (_gap, name: string) => values[variables.indexOf(name)] ?? '');
}

/** As it reads before the gaps are filled: each one as its name in brackets. */
export function outline(text: string): string {
  return text.replace(GAP, (_gap, name: string) => `[${name}]`);
}
