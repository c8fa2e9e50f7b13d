// How other parts hand text to the composer of the open thread ("Edit" in a refused reply).

import type { Mode } from './app-state.ts';

export const composer: { insert: ((text: string, mode: Mode) => void) | null } = { insert: null };
