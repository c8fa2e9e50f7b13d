// Accounts at providers: their secrets go in here and are never shown again.

import { useState } from 'preact/hooks';
import type { AccountView, ProviderView, SecretView } from '../../../sdk/src/index.ts';
import { dayAndTime } from '../words.ts';
import { createAccount, rotateSecret, testAccount, type Settings } from './api.ts';
import { Act, Field, Form, text, texts, type Wrong } from './parts.tsx';
import { useTested } from './tested.tsx';

const NAME = { name: 'name', title: 'Name', help: 'For your team; no other account has it', required: true, long: false };
const VALUE = { name: 'value', title: 'New secret', help: 'It is used at once', required: true };
const OVERLAP = {
  name: 'overlap_hours',
  title: 'Old one still good for (hours)',
  help: 'So long webhooks that are signed with the old one are taken: 0 to 720',
  required: true,
  long: false,
};

export function AccountsSection({ settings, again }: { settings: Settings; again(): Promise<void> }) {
  const [chosen, setChosen] = useState('');
  const provider = settings.providers.find((one) => one.name === chosen) ?? settings.providers[0];
  return (
    <section aria-labelledby="settings-accounts">
      <h2 id="settings-accounts">Accounts</h2>
      {settings.accounts.length === 0 && <p class="muted">None yet. What the server's own settings name is not listed here.</p>}
      <ul>
        {settings.accounts.map((account) => (
          <Account key={account.id} account={account} provider={settings.providers.find((one) => one.name === account.provider)} again={again} />
        ))}
      </ul>
      {provider && (
        <Form
          title="Add an account"
          action="Add"
          submit={async (form) => {
            await createAccount({ provider: provider.name, name: text(form, 'name'), settings: texts(form, 'settings.'), secrets: texts(form, 'secrets.') });
            await again();
          }}
        >
          {(wrong) => (
            <>
              <div class="field">
                <label>
                  Provider
                  <select value={provider.name} onChange={(event) => setChosen(event.currentTarget.value)}>
                    {settings.providers.map((one) => (
                      <option key={one.name} value={one.name}>
                        {one.title}
                      </option>
                    ))}
                  </select>
                </label>
              </div>
              <Field field={NAME} wrong={wrong} />
              {provider.settings.map((field) => (
                <Field key={`${provider.name}.${field.name}`} field={field} prefix="settings." wrong={wrong} />
              ))}
              {provider.secrets.map((field) => (
                <Field key={`${provider.name}.${field.name}`} field={field} prefix="secrets." secret wrong={wrong} />
              ))}
            </>
          )}
        </Form>
      )}
    </section>
  );
}

interface AccountProps {
  account: AccountView;
  provider: ProviderView | undefined;
  again(): Promise<void>;
}

function Account({ account, provider, again }: AccountProps) {
  const [tested, test] = useTested(() => testAccount(account.id));
  const titleOf = (name: string) => provider?.secrets.find((one) => one.name === name)?.title ?? name;
  return (
    <li class="setting" data-testid="setting-account">
      <p class="setting-name">
        <bdi>{account.name}</bdi>
        <small>{provider?.title ?? account.provider}</small>
      </p>
      {account.trouble && (
        <p class="setting-trouble" role="status">
          {account.trouble}
        </p>
      )}
      <ul class="secrets">
        {account.secrets.map((secret) => (
          <li key={`${secret.name}${secret.created_at}`}>
            {titleOf(secret.name)} <span class="muted">{secretWords(secret)}</span>
          </li>
        ))}
      </ul>
      <div class="setting-foot">
        <Act name="Test" act={test} />
        {tested}
      </div>
      <Form
        title={`Replace a secret of ${account.name}`}
        action="Replace"
        submit={async (form) => {
          const overlap_hours = Number(text(form, 'overlap_hours'));
          await rotateSecret(account.id, { version: account.version, name: text(form, 'secret'), value: text(form, 'value'), overlap_hours });
          await again();
        }}
      >
        {(wrong) => <Rotation provider={provider} wrong={wrong} />}
      </Form>
    </li>
  );
}

function Rotation({ provider, wrong }: { provider: ProviderView | undefined; wrong: Wrong | null }) {
  const [name, setName] = useState(provider?.secrets[0]?.name ?? '');
  const long = provider?.secrets.find((one) => one.name === name)?.long ?? false;
  return (
    <>
      <div class="field">
        <label>
          Secret
          <select name="secret" value={name} onChange={(event) => setName(event.currentTarget.value)}>
            {provider?.secrets.map((one) => (
              <option key={one.name} value={one.name}>
                {one.title}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Field key={name} field={{ ...VALUE, long }} secret wrong={wrong} />
      <Field field={OVERLAP} wrong={wrong} value="24" />
    </>
  );
}

function secretWords({ end, created_at, retires_at }: SecretView): string {
  const shown = end === null ? '' : `…${end}, `;
  if (retires_at === null) return `${shown}since ${dayAndTime(created_at)}`;
  const over = Date.parse(retires_at) <= Date.now();
  return `${shown}${over ? 'ended' : 'still verifies until'} ${dayAndTime(retires_at)}`;
}
