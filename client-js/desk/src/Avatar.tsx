// A person as a coloured disc with initials. Decorative: the name stands beside it, or in `title`.

import type { Availability } from '../../sdk/src/index.ts';
import { AvailabilityIcon } from './icons.tsx';
import { initials } from './words.ts';

const COLOURS = 6;

function colourOf(id: string): number {
  let sum = 0;
  for (const char of id) sum = (sum * 31 + char.charCodeAt(0)) % 9973;
  return sum % COLOURS;
}

interface AvatarProps {
  id: string;
  name: string;
  /** `viewing` is an outline, `replying` is filled and has a pencil, `stale` is grey. */
  look?: 'plain' | 'viewing' | 'replying' | 'stale';
  size?: 'small' | 'large';
  availability?: Availability | undefined;
}

export function Avatar({ id, name, look = 'plain', size = 'small', availability }: AvatarProps) {
  return (
    <span class={`avatar ${size} ${look} hue-${colourOf(id)}`} aria-hidden="true">
      {initials(name)}
      {availability && <AvailabilityIcon state={availability} />}
    </span>
  );
}
