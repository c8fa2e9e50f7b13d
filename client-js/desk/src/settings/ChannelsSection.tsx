// Channels: which there are, how they fare, what their providers have to be told.

import { useState } from 'preact/hooks';
import type { ChannelKind, ChannelSettings, WebhookTrouble } from '../../../sdk/src/index.ts';
import { ChannelIcon, Icon } from '../icons.tsx';
import { CHANNEL_NAMES, dayAndTime, pauseReason } from '../words.ts';
import { addChannel, pauseChannel, resumeChannel, testChannel, type Settings } from './api.ts';
import { Act, Copied, Field, Form, text, type Wrong } from './parts.tsx';
import { useTested } from './tested.tsx';

const SANDBOX = {
  kinds: ['sandbox', 'sms', 'whatsapp', 'rcs'] as ChannelKind[],
  address: { name: 'address', title: 'Number', help: 'Any number in E.164, such as +12025550123', required: true, long: false },
  external_id: null,
};

export function ChannelsSection({ settings, again }: { settings: Settings; again(): Promise<void> }) {
  return (
    <section aria-labelledby="settings-channels">
      <h2 id="settings-channels">Channels</h2>
      <ul>
        {settings.channels.map((channel) => (
          <Channel key={channel.id} channel={channel} settings={settings} again={again} />
        ))}
      </ul>
      <Form
        title="Add a channel"
        action="Add"
        submit={async (form) => {
          const [account_id, external_id] = [text(form, 'account'), text(form, 'external_id')];
          await addChannel({
            inbox_id: text(form, 'inbox'),
            kind: text(form, 'kind') as ChannelKind,
            address: text(form, 'address'),
            ...(account_id === '' ? {} : { account_id }),
            ...(external_id === '' ? {} : { external_id }),
          });
          await again();
        }}
      >
        {(wrong) => <Wanted settings={settings} wrong={wrong} />}
      </Form>
    </section>
  );
}

function Wanted({ settings, wrong }: { settings: Settings; wrong: Wrong | null }) {
  const [account, setAccount] = useState(settings.accounts[0]?.id ?? '');
  const provider = settings.accounts.find((one) => one.id === account)?.provider;
  const form = settings.providers.find((one) => one.name === provider) ?? SANDBOX;
  return (
    <>
      <div class="field">
        <label>
          Inbox
          <select name="inbox">
            {settings.inboxes.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div class="field">
        <label>
          Account
          <select name="account" value={account} onChange={(event) => setAccount(event.currentTarget.value)}>
            {settings.accounts.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
            <option value="">Sandbox (no account)</option>
          </select>
        </label>
      </div>
      <div class="field">
        <label>
          Kind
          <select name="kind" key={provider ?? ''}>
            {form.kinds.map((kind) => (
              <option key={kind} value={kind}>
                {CHANNEL_NAMES[kind]}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Field field={form.address} wrong={wrong} />
      {form.external_id && <Field field={form.external_id} wrong={wrong} />}
    </>
  );
}

interface ChannelProps {
  channel: ChannelSettings;
  settings: Settings;
  again(): Promise<void>;
}

function Channel({ channel, settings, again }: ChannelProps) {
  const [tested, test] = useTested(() => testChannel(channel.id));
  const inbox = settings.inboxes.find((one) => one.id === channel.inbox_id);
  const account = settings.accounts.find((one) => one.id === channel.account_id);
  const turn = async () => {
    await (channel.paused ? resumeChannel(channel.id) : pauseChannel(channel.id));
    await again();
  };
  return (
    <li class="setting" data-testid="setting-channel">
      <p class="setting-name">
        <ChannelIcon kind={channel.kind} />
        {CHANNEL_NAMES[channel.kind]} <bdi>{channel.address}</bdi>
        <small>
          {inbox?.name}, {account?.name ?? (channel.provider === 'sandbox' ? 'sandbox' : "the server's settings")}
        </small>
      </p>
      {channel.paused && (
        <p class="setting-trouble" role="status">
          <Icon name="alert" small />
          {pauseReason(channel.paused)} {channel.waiting} waiting.
        </p>
      )}
      {channel.webhooks.map((webhook) => (
        <Copied key={webhook.url} what={webhook.what} text={webhook.url} />
      ))}
      {channel.webhooks.length > 0 && (
        <p class="muted">{channel.webhook_taken_at === null ? 'No webhook has come yet.' : `Last webhook: ${dayAndTime(channel.webhook_taken_at)}.`}</p>
      )}
      {channel.troubles.map((trouble) => (
        <Trouble key={trouble.kind} trouble={trouble} />
      ))}
      <div class="setting-foot">
        <Act name="Test" act={test} />
        <Act name={channel.paused ? 'Resume' : 'Pause'} act={turn} />
        {tested}
      </div>
    </li>
  );
}

function Trouble({ trouble }: { trouble: WebhookTrouble }) {
  const what = trouble.kind === 'wrong_signature' ? 'with a wrong signature' : 'that could not be read';
  const keys = trouble.keys.map((key) => (key.end === null ? key.name : `${key.name} …${key.end}`)).join(', ');
  return (
    <div class="setting-trouble" data-testid="trouble">
      <p>
        <Icon name="alert" small />
        {trouble.count} {trouble.count === 1 ? 'webhook' : 'webhooks'} {what}, last {dayAndTime(trouble.last_at)}.
      </p>
      {trouble.hint && <p>Most likely: {trouble.hint}.</p>}
      {trouble.url && (
        <p>
          Checked for <code>{trouble.url}</code>
        </p>
      )}
      {keys !== '' && <p>Tried with {keys}.</p>}
    </div>
  );
}
