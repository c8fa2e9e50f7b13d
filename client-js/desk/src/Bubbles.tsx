// Messages and what is on its way. Text of people is always a text node inside <bdi>.

import type { AttachmentId, ChannelId, ChannelKind, DeliveryView, Me, MessageView, Outgoing, ThreadHandle } from '../../sdk/src/index.ts';
import { Files } from './Files.tsx';
import { ChannelIcon, Icon, type IconName } from './icons.tsx';
import { nameOf } from './uploads.ts';
import { actorName, CHANNEL_NAMES, clockTime, deliveryWords, FORM_NAMES, wholeTime } from './words.ts';

const DELIVERY_ICONS: Readonly<Record<DeliveryView['state'], IconName>> = {
  queued: 'clock',
  sending: 'clock',
  unknown: 'question',
  sent: 'check',
  delivered: 'checks',
  read: 'checks',
  failed: 'alert',
};

interface MessageBubbleProps {
  message: MessageView;
  me: Me;
  contact: string;
  /** It goes on where the one before stopped: no name again. */
  follows: boolean;
}

export function MessageBubble({ message, me, contact, follows }: MessageBubbleProps) {
  const name = senderName(me, message, contact);
  const files = message.attachments ?? [];
  // Files speak for themselves.
  const form = message.form && files.length === 0 && FORM_NAMES[message.form];
  return (
    <article class={message.revoked ? 'bubble revoked' : 'bubble'} data-testid={message.direction === 'in' ? 'message-in' : 'message-out'}>
      <p class={follows ? 'author sr' : 'author'}>
        <bdi>{name}</bdi>
      </p>
      {form && <p class="form muted">{form}</p>}
      {files.length > 0 && <Files files={files} />}
      {(message.text || files.length === 0) && (
        <p class="text">
          <bdi>{message.text}</bdi>
        </p>
      )}
      {message.reaction && (
        <p class="reaction" data-testid="reaction">
          <span class="sr">Reaction: </span>
          {message.reaction}
        </p>
      )}
      <p class="meta">
        <ChannelMark kind={channelOf(me, message.channel_id)} />
        <time dateTime={message.at} title={wholeTime(message.at)}>
          {clockTime(message.at)}
        </time>
        {message.edited && <span>edited</span>}
        {message.revoked && <span>taken back by the customer</span>}
        {message.delivery && <Delivery me={me} delivery={message.delivery} />}
      </p>
    </article>
  );
}

function channelOf(me: Me, id: ChannelId | undefined): ChannelKind | undefined {
  return me.inboxes.flatMap((inbox) => inbox.channels).find((one) => one.id === id)?.kind;
}

function ChannelMark({ kind }: { kind: ChannelKind | undefined }) {
  if (!kind) return null;
  return (
    <span class="channel-mark" data-testid="channel-mark" title={CHANNEL_NAMES[kind]}>
      <ChannelIcon kind={kind} />
      <span class="sr">{CHANNEL_NAMES[kind]}</span>
    </span>
  );
}

function Delivery({ me, delivery }: { me: Me; delivery: DeliveryView }) {
  const { state } = delivery;
  return (
    <span class={`delivery ${state}`} data-testid="delivery">
      <Icon name={DELIVERY_ICONS[state] ?? 'question'} small />
      {deliveryWords(delivery, channelOf(me, delivery.channel_id))}
    </span>
  );
}

/** Files of a reply that the server has not taken yet. */
export function UnsentFiles({ ids }: { ids: readonly AttachmentId[] }) {
  if (ids.length === 0) return null;
  return (
    <ul class="files">
      {ids.map((id) => (
        <li key={id}>
          <Icon name="clip" small /> <bdi>{nameOf(id)}</bdi>
        </li>
      ))}
    </ul>
  );
}

/** A reply or note that the server has not confirmed yet. */
export function OutgoingBubble({ item, thread }: { item: Outgoing; thread: ThreadHandle }) {
  const waits = item.status === 'queued';
  return (
    <article class={item.kind === 'note' ? 'bubble note pending' : 'bubble pending'} data-testid="outgoing">
      <p class="author">{item.kind === 'note' ? 'Private note' : <span class="sr">You</span>}</p>
      <UnsentFiles ids={item.terms.attachments ?? []} />
      {item.text && (
        <p class="text">
          <bdi>{item.text}</bdi>
        </p>
      )}
      <p class="meta">
        <span class="delivery queued">
          <Icon name="clock" small />
          {waits ? 'Waits for the connection' : 'Sending…'}
        </span>
        {waits && (
          <button
            type="button"
            class="link"
            onClick={() => {
              if (!item.cancel()) thread.dismiss(item.key);
            }}
          >
            Take back
          </button>
        )}
      </p>
    </article>
  );
}

/** Who says it; what no agent has sent from here went out past us, or, without a turn, by itself. */
function senderName(me: Me | null, message: MessageView, contact: string): string {
  if (message.direction === 'in' || message.key !== undefined) return actorName(me, message.author, contact);
  return message.reply_no === undefined ? 'Automatic reply' : 'The business app';
}
