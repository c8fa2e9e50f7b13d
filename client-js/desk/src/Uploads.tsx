// The files of the reply that is being written: how far each one is, and a way to take it out again.

import type { ThreadId } from '../../sdk/src/index.ts';
import { Icon } from './icons.tsx';
import { removeUpload, uploadsOf, type Upload } from './uploads.ts';
import { fileSize } from './words.ts';

export function Uploads({ thread, removed }: { thread: ThreadId; removed(): void }) {
  const uploads = uploadsOf(thread).value;
  if (uploads.length === 0) return null;
  return (
    <ul class="uploads" aria-label="Files to send">
      {uploads.map((upload) => (
        <Chip
          key={upload.key}
          upload={upload}
          remove={() => {
            removeUpload(thread, upload.key);
            // The button that had the focus is gone.
            removed();
          }}
        />
      ))}
    </ul>
  );
}

function Chip({ upload, remove }: { upload: Upload; remove(): void }) {
  const { name, bytes, file, problem, picture } = upload;
  return (
    <li class={problem ? 'upload failed' : 'upload'} data-testid="upload">
      {picture ? <img src={picture} alt="" /> : <Icon name={problem ? 'alert' : 'clip'} small />}
      <span class="upload-name">
        <bdi>{name}</bdi>
        {problem ? (
          <span class="upload-problem" role="alert">
            Not taken: {problem}
          </span>
        ) : file ? (
          <span class="muted">{fileSize(bytes)}</span>
        ) : (
          <progress aria-label={`Uploading ${name}`} max={1} value={upload.part} />
        )}
      </span>
      <button type="button" class="upload-remove" aria-label={`Remove ${name}`} onClick={remove}>
        <Icon name="cross" small />
      </button>
    </li>
  );
}
