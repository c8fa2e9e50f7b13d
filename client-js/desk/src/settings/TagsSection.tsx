// The tags of the inbox that is looked at: made, changed, removed, by who may.

import { changeTag, createTag, removeTag } from '../../../sdk/src/labels.ts';
import type { InboxView, TagView, WantedTag } from '../../../sdk/src/index.ts';
import { desk } from '../app-state.ts';
import { TAG_COLORS } from '../labels.ts';
import { TagMark } from '../Labels.tsx';
import { Act, Field, Form, text, type Wrong } from './parts.tsx';

const NAME = { name: 'name', title: 'Name', help: 'No other tag of this inbox has it', required: true, long: false };

export function TagsSection({ inbox }: { inbox: InboxView }) {
  const form = (tag: TagView | null) => (wrong: Wrong | null) => (
    <>
      <Field field={NAME} wrong={wrong} value={tag?.name ?? ''} />
      <fieldset>
        <legend>Colour</legend>
        {TAG_COLORS.map((color) => (
          <label key={color} class="choice">
            <input type="radio" name="color" value={color} defaultChecked={color === (tag?.color ?? 'gray')} />
            <TagMark tag={{ id: '', name: color, color }} />
          </label>
        ))}
      </fieldset>
    </>
  );
  return (
    <section aria-labelledby="settings-tags">
      <h2 id="settings-tags">Tags of {inbox.name}</h2>
      <ul>
        {inbox.tags.map((tag) => (
          <li key={tag.id} class="setting tag-setting" data-testid="setting-tag">
            <p class="setting-name">
              <TagMark tag={tag} />
            </p>
            <div class="setting-foot">
              <Form title={`Change ${tag.name}`} action="Save" submit={async (data) => void (await changeTag(desk, inbox.id, tag.id, wanted(data)))}>
                {form(tag)}
              </Form>
              <Act name={`Remove ${tag.name}`} act={async () => void (await removeTag(desk, inbox.id, tag.id))} />
            </div>
          </li>
        ))}
      </ul>
      <Form title="Add a tag" action="Add" submit={async (data) => void (await createTag(desk, inbox.id, wanted(data)))}>
        {form(null)}
      </Form>
    </section>
  );
}

function wanted(form: FormData): WantedTag {
  return { name: text(form, 'name'), color: TAG_COLORS.find((color) => color === text(form, 'color')) ?? 'gray' };
}
