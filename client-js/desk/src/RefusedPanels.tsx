// Replies that the server refused, above the composer: what changed, and the text, which is kept
// until the agent edits, sends or discards it.

import type { AgentId, Me, MessageView, Outgoing, TandemError } from '../../sdk/src/index.ts';
import { composer } from './composer-bus.ts';
import { desk, notifyError } from './app-state.ts';
import { UnsentFiles } from './Bubbles.tsx';
import { Files } from './Files.tsx';
import { Icon } from './icons.tsx';
import { writeNote } from './mentions.tsx';
import type { ThreadParts } from './thread-parts.ts';
import { forget, giveBack } from './uploads.ts';
import { useNow, useStore } from './use.ts';
import { agentName, ago, nameList } from './words.ts';

export function isShownAsPanel(item: Outgoing): boolean {
  return item.status === 'failed';
}

export function RefusedPanels({ thread, me, inbox }: ThreadParts) {
  const refused = useStore(thread.outgoing).filter((item) => isShownAsPanel(item) && item.error !== null);
  return (
    <div class="refused" role="alert">
      {refused.map((item) => (
        <Refused key={item.key} item={item} thread={thread} me={me} inbox={inbox} />
      ))}
    </div>
  );
}

function Refused({ item, thread, me, inbox }: ThreadParts & { item: Outgoing }) {
  const error = item.error;
  if (!error) return null;
  const collided = error.code === 'collision';
  const files = item.terms.attachments ?? [];
  const edit = () => {
    thread.dismiss(item.key);
    giveBack(item.threadId, files);
    composer.insert?.(item.text, item.kind);
  };
  const again = () => {
    thread.dismiss(item.key);
    // A new wish. After a collision it names the replies that this panel shows; otherwise what it
    // named before, so that whatever came meanwhile is shown first.
    const seenReply = error.details.reply_no ?? item.seenReply ?? 0;
    const sent = item.kind === 'note' ? writeNote(inbox, item.threadId, item.text) : thread.reply(item.text, { seenReply, ...item.terms });
    sent.catch(() => undefined);
  };
  return (
    <section class={collided ? 'panel collision' : 'panel'} data-testid={collided ? 'collision' : 'refused'}>
      <h2>
        <Icon name={collided ? 'swap' : 'alert'} />
        <Title error={error} me={me} thread={thread} />
      </h2>
      {error.details.replies?.map((reply) => <Theirs key={reply.id} reply={reply} me={me} />)}
      <div class="yours">
        <p class="label">Your {item.text ? 'text' : 'message'} was not sent. It is kept:</p>
        <UnsentFiles ids={files} />
        {item.text && (
          <p class="text">
            <bdi>{item.text}</bdi>
          </p>
        )}
      </div>
      <div class="panel-buttons">
        <button type="button" class="primary" onClick={edit}>
          Edit
        </button>
        <button type="button" onClick={again}>
          {collided ? 'Send anyway' : 'Try again'}
        </button>
        {error.code === 'locked' && (
          <button type="button" onClick={() => thread.requestLock().catch(notifyError)}>
            Ask for the reply
          </button>
        )}
        <button
          type="button"
          class="quiet"
          onClick={() => {
            thread.dismiss(item.key);
            forget(files);
          }}
        >
          Discard
        </button>
      </div>
    </section>
  );
}

function Title({ error, me, thread }: { error: TandemError; me: Me; thread: ThreadParts['thread'] }) {
  const now = useNow(1_000) + (desk.serverNow() - Date.now());
  const lock = useStore(thread.lock);
  const { details } = error;
  if (error.code === 'collision') {
    const replies = details.replies ?? [];
    const authors = [...new Set(replies.map((reply) => authorName(reply, me)))];
    const last = replies[replies.length - 1];
    if (!last) return <span>Somebody else answered first</span>;
    return (
      <span>
        <bdi>{nameList(authors)}</bdi> answered <span aria-hidden="true">{ago(last.at, now)}</span>
        <span class="sr">before you</span>
      </span>
    );
  }
  const holder: AgentId | undefined = details.lock?.agent_id;
  if (error.code === 'locked' && holder) {
    const still = lock.held && lock.by === holder;
    return <span>{`${agentName(me, holder)} ${still ? 'is replying right now' : 'was replying at that moment'}`}</span>;
  }
  if (error.code === 'stale_lock') return <span>{holder ? agentName(me, holder) : 'Somebody'} has taken over the reply</span>;
  if (error.code === 'not_owner') return <span>This thread belongs to {details.assignee ? agentName(me, details.assignee) : 'somebody else'}</span>;
  return <span>Not sent: {plain(error.message)}</span>;
}

/** A refusal names its field for programs. */
function plain(message: string): string {
  return message.replace(/^`[^`]*`: /, '');
}

function authorName(reply: MessageView, me: Me): string {
  if (reply.author.kind !== 'agent') return 'The business app';
  return reply.author.id === me.agent.id ? 'You' : agentName(me, reply.author.id);
}

function Theirs({ reply, me }: { reply: MessageView; me: Me }) {
  return (
    <blockquote class="theirs">
      <p class="label">
        <bdi>{authorName(reply, me)}</bdi>
      </p>
      {reply.attachments && <Files files={reply.attachments} />}
      {reply.text && (
        <p class="text">
          <bdi>{reply.text}</bdi>
        </p>
      )}
    </blockquote>
  );
}
