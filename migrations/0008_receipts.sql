-- What customers are told of us: that their messages are read, and that somebody types.

alter table channels add column receipts boolean not null default true;
comment on column channels.receipts is
    'Whether customers are told that their messages were read and that an answer is being typed.';

create table read_receipts (
    thread_id  uuid primary key references threads (id),
    message_id uuid not null references messages (id)
);
comment on table read_receipts is
    'The newest message of each thread that its customer was told we have read.';
