// Files on their way into a reply: sent to the server at once, named by the reply then. They belong to
// their thread, as its text does, and are gone when the page is.

import { signal, type Signal } from '@preact/signals';
import type { AttachmentId, AttachmentView, InboxId, Problem, ThreadId } from '../../sdk/src/protocol.ts';
import { desk } from './app-state.ts';

export interface Upload {
  readonly key: number;
  readonly name: string;
  readonly bytes: number;
  /** How much of it has gone, from 0 to 1. */
  readonly part: number;
  /** What the server made of it; `null` while it is on its way. */
  readonly file: AttachmentView | null;
  /** Why it did not get there. */
  readonly problem: string | null;
  /** A picture of it, for the chip. */
  readonly picture: string | null;
}

/** A larger picture is not shown before it is sent. */
const PICTURE_BYTES_MAX = 8_000_000;

const lists = new Map<ThreadId, Signal<readonly Upload[]>>();
const calls = new Map<number, XMLHttpRequest>();
/** What was sent or is about to be: the timeline has it as soon as the server says so. */
const known = new Map<AttachmentId, Upload>();
let lastKey = 0;

export function uploadsOf(thread: ThreadId): Signal<readonly Upload[]> {
  let list = lists.get(thread);
  if (!list) {
    list = signal<readonly Upload[]>([]);
    lists.set(thread, list);
  }
  return list;
}

export function addFiles(thread: ThreadId, inbox: InboxId, files: Iterable<File>): void {
  for (const file of files) {
    lastKey += 1;
    const key = lastKey;
    const upload: Upload = { key, name: file.name || 'file', bytes: file.size, part: 0, file: null, problem: null, picture: null };
    const list = uploadsOf(thread);
    list.value = [...list.value, upload];
    send(thread, inbox, upload, file);
    if (file.type.startsWith('image/') && file.size <= PICTURE_BYTES_MAX) {
      const reader = new FileReader();
      reader.onload = () => change(thread, key, { picture: String(reader.result) });
      reader.readAsDataURL(file);
    }
  }
}

/** Takes one out: a file that nobody sends is nobody's to keep. */
export function removeUpload(thread: ThreadId, key: number): void {
  const list = uploadsOf(thread);
  const upload = list.value.find((one) => one.key === key);
  list.value = list.value.filter((one) => one !== upload);
  calls.get(key)?.abort();
  calls.delete(key);
  if (upload?.file) forget([upload.file.id]);
}

/** Tells the server that files will not be sent. What it does not hear, it forgets in a day. */
export function forget(ids: readonly AttachmentId[]): void {
  for (const id of ids) {
    known.delete(id);
    desk.core.http.request('DELETE', `/api/v1/uploads/${id}`).catch(() => undefined);
  }
}

/** Takes what is there, for a reply. */
export function takeUploads(thread: ThreadId): AttachmentId[] {
  const list = uploadsOf(thread);
  const taken = list.value.flatMap((one) => (one.file ? [one.file.id] : []));
  list.value = list.value.filter((one) => !one.file);
  return taken;
}

/** Puts the files of a refused reply back. */
export function giveBack(thread: ThreadId, ids: readonly AttachmentId[]): void {
  const list = uploadsOf(thread);
  list.value = [...ids.flatMap((id) => known.get(id) ?? []), ...list.value];
}

export function nameOf(id: AttachmentId): string {
  return known.get(id)?.name ?? 'Attachment';
}

function change(thread: ThreadId, key: number, what: Partial<Upload>): void {
  const list = uploadsOf(thread);
  list.value = list.value.map((one) => (one.key === key ? { ...one, ...what } : one));
  const now = list.value.find((one) => one.key === key);
  if (now?.file) known.set(now.file.id, now);
}

/** `fetch` does not say how far it is. */
function send(thread: ThreadId, inbox: InboxId, { key, name }: Upload, file: File): void {
  const call = new XMLHttpRequest();
  calls.set(key, call);
  call.open('POST', `/api/v1/inboxes/${inbox}/uploads`);
  call.setRequestHeader('content-type', file.type || 'application/octet-stream');
  call.setRequestHeader('x-file-name', encodeURIComponent(name));
  call.upload.onprogress = ({ loaded, total }) => change(thread, key, { part: total > 0 ? loaded / total : 0 });
  call.onload = () => {
    calls.delete(key);
    if (call.status === 201) change(thread, key, { part: 1, file: JSON.parse(call.responseText) as AttachmentView });
    else change(thread, key, { problem: refusal(call) });
  };
  call.onerror = () => {
    calls.delete(key);
    change(thread, key, { problem: 'the connection broke, or it is too large' });
  };
  call.send(file);
}

function refusal(call: XMLHttpRequest): string {
  try {
    const { detail } = JSON.parse(call.responseText) as Problem;
    if (detail) return detail;
  } catch {
    // A proxy's page.
  }
  return `the server answered ${call.status}`;
}
