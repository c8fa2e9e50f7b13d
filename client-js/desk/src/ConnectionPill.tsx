// How the connection is, always in sight and in words. What is over within two seconds is not shown.

import { useRef } from 'preact/hooks';
import { desk } from './app-state.ts';
import { useNow, useStore } from './use.ts';

export function ConnectionPill() {
  const real = useStore(desk.connection);
  const lost = useStore(desk.lost);
  const wasUp = useRef(false);
  wasUp.current = real.state === 'connected' || (wasUp.current && !lost);
  const blip = wasUp.current && (real.state === 'waiting' || real.state === 'connecting' || real.state === 'offline');
  const connection = blip ? ({ state: 'connected' } as const) : real;
  const pending = useStore(desk.pending);
  const waiting = connection.state === 'waiting';
  const now = useNow(waiting ? 500 : 60_000);
  const unsent = connection.state !== 'connected' && pending.commands > 0 ? `, ${pending.commands} to send` : '';

  let text = 'Connecting…';
  if (connection.state === 'connected') text = 'Live';
  else if (connection.state === 'offline') text = 'Offline';
  else if (connection.state === 'denied' || connection.state === 'idle') text = 'Signed out';
  else if (connection.state === 'waiting') {
    const seconds = Math.max(1, Math.ceil((connection.retryAt - now) / 1000));
    text = `Reconnecting in ${seconds} s`;
  }
  const canRetry = waiting || connection.state === 'offline';
  return (
    <div class={`pill ${connection.state}`} data-testid="connection" data-state={connection.state}>
      <span class="dot" aria-hidden="true" />
      <span class="pill-text" title={connection.state === 'waiting' ? connection.reason.message : undefined}>
        {text}
        {unsent}
      </span>
      {canRetry && (
        <button type="button" class="link" onClick={() => desk.retry()}>
          Retry
        </button>
      )}
    </div>
  );
}
