// Canned replies: what the inbox shares, by who may write it, and everybody's own.

import { useEffect, useState } from 'preact/hooks';
import { approveCanned, changeCanned, createCanned, followCanned, readCanned, removeCanned, setCannedRule } from '../../../sdk/src/canned.ts';
import { may } from '../../../sdk/src/rights.ts';
import type { CannedList, CannedReply, CannedView, ChannelKind, InboxView, Me, WantedCanned } from '../../../sdk/src/index.ts';
import { desk, notifyError } from '../app-state.ts';
import { agentName, CHANNEL_NAMES } from '../words.ts';
import { CannedTexts, textsOf } from './CannedTexts.tsx';
import { Act, Field, Form, text, type Wrong } from './parts.tsx';

const TITLE = { name: 'title', title: 'Title', help: 'What it is about', required: true, long: false };
const CODE = { name: 'short_code', title: 'Short code', help: 'What is typed after /: letters, digits, - and _', required: true, long: false };
const FOLDER = { name: 'folder', title: 'Folder', help: 'At most three names, with / between them', required: false, long: false };
const LANGUAGE = { name: 'language', title: 'Language', help: 'Taken where no other is chosen, such as de or pt-BR; else the first of each reply', required: false, long: false };
const KINDS = Object.keys(CHANNEL_NAMES) as ChannelKind[];

export function CannedSection({ me, inbox }: { me: Me; inbox: InboxView }) {
  const [list, setList] = useState<CannedList | null>(null);
  const [wanted, setWanted] = useState('');
  useEffect(() => followCanned(desk, inbox.id, setList, notifyError), [inbox.id]);
  const writes = may(me, inbox.id, 'canned.write');
  const admin = me.agent.role === 'admin';
  const matches = (one: CannedView) => `${one.title} /${one.short_code} ${one.folder}`.toLowerCase().includes(wanted.toLowerCase());
  const found = list?.canned.filter(matches) ?? [];
  const form = (one: CannedReply | null) => (wrong: Wrong | null) => <Fields one={one} variables={list?.variables ?? []} wrong={wrong} />;
  return (
    <section aria-labelledby="settings-canned">
      <h2 id="settings-canned">Canned replies</h2>
      {list === null && <p class="muted">Loading…</p>}
      {list !== null && list.canned.length > 5 && (
        <input type="search" class="canned-search" aria-label="Find a canned reply" placeholder="Find by title, code or folder" value={wanted} onInput={(event) => setWanted(event.currentTarget.value)} />
      )}
      <ul>
        {found.map((one) => (
          <One key={one.id} me={me} inbox={inbox} one={one} writes={writes || one.inbox_id === null} form={form} />
        ))}
      </ul>
      {list?.rule.approval && <p class="muted">What this inbox shares is used once somebody who did not write it has approved it.</p>}
      <div class="setting-foot">
        {list !== null && writes && (
          <Form title={`Add one for ${inbox.name}`} action="Add" submit={async (data) => void (await createCanned(desk, inbox.id, wantedOf(data)))}>
            {form(null)}
          </Form>
        )}
        {list !== null && (
          <Form title="Add one of my own" action="Add" submit={async (data) => void (await createCanned(desk, null, wantedOf(data)))}>
            {form(null)}
          </Form>
        )}
        {admin && list !== null && (
          <Form
            title="Approval and language"
            action="Save"
            submit={async (data) => {
              const language = text(data, 'language').trim();
              const rule = await setCannedRule(desk, inbox.id, { approval: data.has('approval'), language: language === '' ? null : language });
              setList({ ...list, rule });
            }}
          >
            {(wrong) => (
              <>
                <label class="choice">
                  <input type="checkbox" name="approval" defaultChecked={list.rule.approval} />
                  Somebody else approves what {inbox.name} shares
                </label>
                <Field field={LANGUAGE} wrong={wrong} value={list.rule.language ?? ''} />
              </>
            )}
          </Form>
        )}
      </div>
    </section>
  );
}

interface OneParts {
  me: Me;
  inbox: InboxView;
  one: CannedView;
  writes: boolean;
  form(one: CannedReply | null): (wrong: Wrong | null) => preact.ComponentChildren;
}

function One({ me, inbox, one, writes, form }: OneParts) {
  const [whole, setWhole] = useState<CannedReply | null>(null);
  const pending = one.state === 'pending';
  const approves = pending && may(me, inbox.id, 'canned.approve') && !one.authors.includes(me.agent.id);
  const [shown, setShown] = useState(false);
  const wants = writes || shown;
  useEffect(() => {
    setWhole(null);
    if (!wants) return;
    let over = false;
    readCanned(desk, one.id).then(
      (it) => over || setWhole(it),
      (cause: unknown) => over || notifyError(cause),
    );
    return () => {
      over = true;
    };
  }, [one.id, one.version, one.state, wants]);
  return (
    <li class="setting" data-testid="setting-canned">
      <p class="setting-name">
        <bdi>{one.title}</bdi> <code>/{one.short_code}</code>
        {pending && <span class="canned-state">{one.usable === null ? 'Waits for approval' : 'The change waits for approval'}</span>}
        <small>
          {[one.inbox_id === null ? 'Mine' : null, one.folder || null, one.languages.join(', '), usedWords(one.uses)].filter(Boolean).join(' · ')}
        </small>
      </p>
      {shown && whole && (
        <div class="canned-compare" data-testid="canned-whole">
          {Object.entries(whole.texts).map(([language, said]) => (
            <div key={language}>
              <strong>{language}</strong>
              <p class="canned-text" dir="auto" lang={language}>
                {said}
              </p>
              {whole.usable && <p class="canned-text muted">Until then: {whole.usable[language] ?? 'nothing in this language'}</p>}
            </div>
          ))}
          <p class="muted">Written by {one.authors.map((id) => (id === me.agent.id ? 'you' : agentName(me, id))).join(', ')}</p>
        </div>
      )}
      <div class="setting-foot">
        <button type="button" aria-expanded={shown} onClick={() => setShown(!shown)}>
          Read {one.title}
        </button>
        {/* Exactly what was read is approved. */}
        {approves && shown && whole?.canned.version === one.version && <Act name={`Approve ${one.title}`} act={async () => void (await approveCanned(desk, whole.canned))} />}
        {writes && whole && (
          <Form title={`Change ${one.title}`} action="Save" submit={async (data) => void (await changeCanned(desk, whole.canned, wantedOf(data)))}>
            {form(whole)}
          </Form>
        )}
        {writes && <Act name={`Delete ${one.title}`} act={() => removeCanned(desk, one)} />}
      </div>
    </li>
  );
}

function Fields({ one, variables, wrong }: { one: CannedReply | null; variables: readonly string[]; wrong: Wrong | null }) {
  return (
    <>
      <Field field={TITLE} wrong={wrong} value={one?.canned.title ?? ''} />
      <Field field={CODE} wrong={wrong} value={one?.canned.short_code ?? ''} />
      <Field field={FOLDER} wrong={wrong} value={one?.canned.folder ?? ''} />
      <CannedTexts texts={one?.texts ?? null} variables={variables} wrong={wrong} />
      <fieldset>
        <legend>Only for (none is all)</legend>
        {KINDS.map((kind) => (
          <label key={kind} class="choice">
            <input type="checkbox" name="kinds" value={kind} defaultChecked={one?.canned.kinds.includes(kind) ?? false} />
            {CHANNEL_NAMES[kind]}
          </label>
        ))}
      </fieldset>
    </>
  );
}

function usedWords(uses: number): string {
  if (uses === 0) return 'not used yet';
  return uses === 1 ? 'used once' : `used ${uses} times`;
}

function wantedOf(form: FormData): WantedCanned {
  const kinds = KINDS.filter((kind) => form.getAll('kinds').includes(kind));
  return { title: text(form, 'title'), short_code: text(form, 'short_code').trim(), folder: text(form, 'folder'), texts: textsOf(form), kinds };
}
