// The texts of a canned reply, one a language, checked by the server while they are written.

import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { checkCanned } from '../../../sdk/src/canned.ts';
import { TandemError, type WantedCanned } from '../../../sdk/src/index.ts';
import { desk } from '../app-state.ts';
import { text, type Wrong } from './parts.tsx';

const CHECK_AFTER_MS = 300;

interface Row {
  language: string;
  said: string;
}

export function CannedTexts({ texts, variables, wrong }: { texts: WantedCanned['texts'] | null; variables: readonly string[]; wrong: Wrong | null }) {
  const [rows, setRows] = useState<Row[]>(() => (texts ? Object.entries(texts).map(([language, said]) => ({ language, said })) : [{ language: 'en', said: '' }]));
  /** What the server finds wrong with what is written, by language. */
  const [faults, setFaults] = useState<ReadonlyMap<string, string>>(new Map());
  const focused = useRef<HTMLTextAreaElement | null>(null);
  const written = JSON.stringify(rows);
  useEffect(() => {
    const filled = rows.filter((row) => row.said.trim() !== '' && row.language.trim() !== '');
    if (filled.length === 0) return setFaults(new Map());
    let over = false;
    const check = async () => {
      const found = await checkCanned(desk, asTexts(filled)).then(
        (checked) => checked.faults.map((fault): [string, string] => [fault.field, fault.message]),
        (cause: unknown): [string, string][] => (cause instanceof TandemError && cause.details.field ? [[cause.details.field, cause.message.replace(/^`[^`]*`: /, '')]] : []),
      );
      // The first of each is enough.
      if (!over) setFaults(new Map(found.toReversed().map(([field, said]) => [field.toLowerCase(), said])));
    };
    const timer = setTimeout(() => void check(), CHECK_AFTER_MS);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [written]);
  const change = (n: number, row: Partial<Row>) => setRows(rows.map((old, at) => (at === n ? { ...old, ...row } : old)));
  const put = (variable: string) => {
    const area = focused.current;
    if (!area) return;
    area.setRangeText(`{{${variable}}}`, area.selectionStart, area.selectionEnd, 'end');
    change(Number(area.dataset['n']), { said: area.value });
    area.focus();
  };
  return (
    <fieldset class="canned-texts">
      <legend>Texts</legend>
      {rows.map((row, n) => (
        <One
          key={n}
          n={n}
          row={row}
          fault={faults.get(`texts.${row.language.toLowerCase()}`) ?? (wrong?.field === `texts.${row.language}` ? wrong.text : null)}
          change={(next) => change(n, next)}
          remove={rows.length > 1 ? () => setRows(rows.filter((_, at) => at !== n)) : null}
          focus={(area) => (focused.current = area)}
        />
      ))}
      {rows.length < 20 && (
        <div>
          <button type="button" onClick={() => setRows([...rows, { language: '', said: '' }])}>
            Add a language
          </button>
        </div>
      )}
      <div class="canned-variables" role="group" aria-label="Put in a variable">
        {variables.map((variable) => (
          <button key={variable} type="button" onPointerDown={(event) => event.preventDefault()} onClick={() => put(variable)}>
            {variable}
          </button>
        ))}
      </div>
      <p class="muted">
        What a variable may be without: <code>{'{{contact.name|there}}'}</code>
      </p>
    </fieldset>
  );
}

interface OneParts {
  n: number;
  row: Row;
  fault: string | null;
  change(row: Partial<Row>): void;
  remove: (() => void) | null;
  focus(area: HTMLTextAreaElement): void;
}

function One({ n, row, fault, change, remove, focus }: OneParts) {
  const id = useId();
  return (
    <div class="canned-one">
      <div class="canned-one-head">
        <label for={`${id}-language`}>Language</label>
        <input id={`${id}-language`} name={`language.${n}`} required value={row.language} spellcheck={false} autocomplete="off" placeholder="de, pt-BR" onInput={(event) => change({ language: event.currentTarget.value })} />
        {remove && (
          <button type="button" onClick={remove} aria-label={`Remove the text in ${row.language || 'this language'}`}>
            Remove
          </button>
        )}
      </div>
      <textarea
        name={`text.${n}`}
        aria-label={`Text in ${row.language || 'this language'}`}
        required
        rows={4}
        dir="auto"
        data-n={n}
        value={row.said}
        aria-invalid={fault !== null}
        aria-describedby={`${id}-fault`}
        onInput={(event) => change({ said: event.currentTarget.value })}
        onFocus={(event) => focus(event.currentTarget)}
      />
      <p id={`${id}-fault`} class="form-error" role="status" data-testid="canned-fault">
        {fault}
      </p>
    </div>
  );
}

function asTexts(rows: readonly Row[]): WantedCanned['texts'] {
  return Object.fromEntries(rows.map(({ language, said }) => [language.trim(), said]));
}

/** The texts that a form has. */
export function textsOf(form: FormData): WantedCanned['texts'] {
  const rows: Row[] = [];
  for (let n = 0; form.has(`language.${n}`); n += 1) rows.push({ language: text(form, `language.${n}`), said: text(form, `text.${n}`) });
  return asTexts(rows);
}
