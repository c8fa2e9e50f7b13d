// The files that came with a message. Whatever is in them, the desk shows small pictures and links.

import type { AttachmentView } from '../../sdk/src/index.ts';
import { fileSize, FILE_ERRORS } from './words.ts';

export function Files({ files }: { files: readonly AttachmentView[] }) {
  return (
    <ul class="files">
      {files.map((file) => (
        <li key={file.id} data-testid="file">
          <File file={file} />
        </li>
      ))}
    </ul>
  );
}

function File({ file }: { file: AttachmentView }) {
  const name = <bdi>{file.name ?? 'Attachment'}</bdi>;
  if (file.state === 'waiting') return <span class="muted">{name} is being fetched…</span>;
  if (file.state === 'refused') {
    return (
      <span class="muted">
        {name} could not be fetched: {FILE_ERRORS[file.error ?? ''] ?? `error ${file.error}`}
      </span>
    );
  }
  const address = `/api/v1/attachments/${file.id}`;
  const alt = `${file.name ?? 'Picture'} (opens in a new tab)`;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer">
      {file.has_thumbnail ? <img src={`${address}/thumbnail`} alt={alt} loading="lazy" /> : name}
      {!file.has_thumbnail && file.bytes !== undefined && <span class="muted"> {fileSize(file.bytes)}</span>}
      {!file.has_thumbnail && <span class="sr"> (opens in a new tab)</span>}
    </a>
  );
}
