// A customer's phone for trying things out: choose a business number, text it, see the answers.

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ChannelId, SandboxChannel, SandboxFile, SandboxMessage, SandboxPlay } from '../../sdk/src/protocol.ts';
import { Icon, Mark } from '../src/icons.tsx';
import { CHANNEL_NAMES, clockTime } from '../src/words.ts';
import { isNumber, keepNumber, loadChannels, loadPhone, markRead, ownNumber, play, sendText, sendTyping } from './phone-api.ts';

const POLL_MS = 700;
/** Typing is said at most this often while it goes on. */
const TYPING_EVERY_MS = 3_000;

/** What the phone, or the provider before it, can do with what the business sends. */
const PLAYS: Readonly<Record<SandboxPlay, string>> = {
  normal: 'Arrives at once',
  slow: 'Arrives after 5 seconds',
  off: 'The phone is switched off',
  busy: 'The provider wants a later try',
  no_answer: 'The provider takes it and does not answer',
  unreachable: 'The phone cannot be reached (RCS: goes by SMS)',
  opted_out: 'The customer wants no messages',
  content: 'The text is refused',
  window: 'Only templates are taken',
  credentials: 'Our credentials are refused',
};

interface Unsent {
  id: string;
  text: string;
  failed: boolean;
}

export function Phone() {
  const [channels, setChannels] = useState<readonly SandboxChannel[]>([]);
  const [channel, setChannel] = useState<ChannelId | null>(null);
  const [typed, setTyped] = useState(ownNumber);
  const [number, setNumber] = useState(typed);
  const [problem, setProblem] = useState<string | null>(null);
  const { messages, plays, unsent, send, typing, turn } = useTexting(channel, number, setProblem);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = () => {
      loadChannels().then(
        (found) => {
          setChannels(found);
          setChannel((old) => old ?? found[0]?.id ?? null);
          setProblem(found.length === 0 ? 'There is no sandbox channel.' : null);
        },
        () => {
          setProblem('The server cannot be reached.');
          timer = setTimeout(load, 2_000);
        },
      );
    };
    load();
    return () => clearTimeout(timer);
  }, []);

  const changeNumber = (text: string) => {
    const next = text.replace(/[\s()-]/g, '');
    setTyped(text);
    if (!isNumber(next)) return;
    keepNumber(next);
    setNumber(next);
  };

  return (
    <main class="stage">
      <div class="about">
        <Mark />
        <h1>Sandbox phone</h1>
        <p class="muted">A customer’s phone for trying things out. What you send here arrives in the inbox at once; nothing leaves this server.</p>
        <label>
          Text to
          <select value={channel ?? ''} onChange={(event) => setChannel(event.currentTarget.value)}>
            {channels.map((one) => (
              <option key={one.id} value={one.id}>
                {one.inbox_name} · {one.address} · {CHANNEL_NAMES[one.kind]}
              </option>
            ))}
          </select>
        </label>
        <label>
          My number
          <input type="tel" value={typed} aria-invalid={!isNumber(typed.replace(/[\s()-]/g, ''))} onInput={(event) => changeNumber(event.currentTarget.value)} />
        </label>
        <label>
          What is sent to it
          <select value={plays} data-testid="plays" onChange={(event) => turn(event.currentTarget.value as SandboxPlay)}>
            {Object.entries(PLAYS).map(([one, name]) => (
              <option key={one} value={one}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <p role="status" class="form-error">
          {problem}
        </p>
      </div>
      <Screen to={channels.find((one) => one.id === channel) ?? null} messages={messages} unsent={unsent} send={send} typing={typing} />
    </main>
  );
}

/** What was said, fetched again and again while the page is in sight, and what is on its way. */
function useTexting(channel: ChannelId | null, number: string, setProblem: (text: string | null) => void) {
  const [messages, setMessages] = useState<readonly SandboxMessage[]>([]);
  const [plays, setPlays] = useState<SandboxPlay>('normal');
  const [unsent, setUnsent] = useState<readonly Unsent[]>([]);

  useEffect(() => {
    if (!channel) return undefined;
    let ended = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    setMessages([]);
    const poll = async () => {
      if (document.visibilityState === 'visible') {
        try {
          const { messages: found, plays: now } = await loadPhone(channel, number);
          if (ended) return;
          setPlays(now);
          setMessages((old) => {
            if (JSON.stringify(old) === JSON.stringify(found)) return old;
            // What is on the screen counts as read, where the channel tells.
            if (found.some((message) => !message.mine)) markRead(channel, number).catch(() => undefined);
            return found;
          });
          setUnsent((old) => old.filter((one) => !found.some((message) => message.id === one.id)));
          setProblem(null);
        } catch {
          if (!ended) setProblem('The server cannot be reached.');
        }
      }
      if (!ended) timer = setTimeout(() => void poll(), POLL_MS);
    };
    void poll();
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, [channel, number]);

  const typedAt = useRef(-Infinity);
  const send = (text: string, id: string = crypto.randomUUID()) => {
    if (!channel) return;
    typedAt.current = -Infinity;
    setUnsent((old) => [...old.filter((one) => one.id !== id), { id, text, failed: false }]);
    sendText(channel, { from: number, text, id }).catch(() => {
      setUnsent((old) => old.map((one) => (one.id === id ? { ...one, failed: true } : one)));
    });
  };
  const typing = () => {
    if (!channel || performance.now() - typedAt.current < TYPING_EVERY_MS) return;
    typedAt.current = performance.now();
    // Only for show: a text that arrives says more.
    sendTyping(channel, number).catch(() => undefined);
  };
  const turn = (to: SandboxPlay) => {
    if (!channel) return;
    setPlays(to);
    play(channel, number, to).catch(() => setProblem('The server cannot be reached.'));
  };
  return { messages, plays, unsent, send, typing, turn };
}

/** A file from the business: a picture is shown, anything else can be saved. */
function Shown({ file, loaded }: { file: SandboxFile; loaded(): void }) {
  if (file.mime_type.startsWith('image/')) return <img src={file.path} alt="From the business" onLoad={loaded} data-testid="picture" />;
  return (
    <a href={file.path} download data-testid="file">
      Attachment
    </a>
  );
}

interface ScreenProps {
  to: SandboxChannel | null;
  messages: readonly SandboxMessage[];
  unsent: readonly Unsent[];
  send(text: string, id?: string): void;
  typing(): void;
}

function Screen({ to, messages, unsent, send, typing }: ScreenProps) {
  const [text, setText] = useState('');
  const box = useRef<HTMLDivElement>(null);
  const toEnd = () => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  };
  useLayoutEffect(toEnd, [messages, unsent.length]);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => {
      element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const submit = () => {
    if (text.trim() === '') return;
    send(text.trim());
    setText('');
  };
  return (
    <section class="phone" aria-label="Phone">
      <header>
        <Icon name="phone" small />
        <bdi>{to?.inbox_name ?? '…'}</bdi>
        <span class="muted">{to?.address}</span>
      </header>
      <div class="texts" ref={box} tabIndex={0} role="log" aria-label="Texts">
        <ol>
          {messages.map((message) => (
            <li key={message.id} class={message.mine ? 'mine' : 'theirs'} data-testid={message.mine ? 'text-mine' : 'text-theirs'}>
              <span class="sr">{message.mine ? 'Me: ' : 'Business: '}</span>
              {message.files?.map((file) => <Shown key={file.path} file={file} loaded={toEnd} />)}
              <bdi>{message.text}</bdi>
              <time dateTime={message.at}>{clockTime(message.at)}</time>
            </li>
          ))}
          {unsent.map((one) => (
            <li key={one.id} class="mine pending" data-testid="text-unsent">
              <bdi>{one.text}</bdi>
              {one.failed ? (
                <button type="button" class="link" onClick={() => send(one.text, one.id)}>
                  Not sent. Try again
                </button>
              ) : (
                <small>Sending…</small>
              )}
            </li>
          ))}
        </ol>
        {messages.length + unsent.length === 0 && <p class="muted">Say hello to the business.</p>}
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <input
          aria-label="Text message"
          placeholder="Text message"
          autocomplete="off"
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            if (event.currentTarget.value !== '') typing();
          }}
        />
        <button type="submit" class="primary" aria-label="Send" disabled={text.trim() === '' || !to}>
          <Icon name="send" />
        </button>
      </form>
    </section>
  );
}
