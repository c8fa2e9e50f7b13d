-- What templates say, and what replies were sent under.

alter table templates add column provider_id text;
alter table templates add column category text;
alter table templates add column text text;
alter table templates add column obstacle text;
alter table templates alter column at drop not null;
comment on table templates is
    'Templates of messages at providers that want them approved: what each says, and how it stands.';
comment on column templates.text is 'With its gaps, as {{1}} or {{name}}; null until the provider was asked.';
comment on column templates.obstacle is 'What in it cannot be filled from here.';

alter table channels add column templates_at timestamptz;
comment on column channels.templates_at is
    'When the provider was last asked for the channel''s templates; null: it should be soon.';

-- Checked at commit: messages are stored last.
create table reply_terms (
    message_id        uuid primary key references messages (id) deferrable initially deferred,
    essential         boolean not null,
    template_name     text,
    template_language text,
    template_id       text,
    marketing         boolean not null,
    values_id         uuid references contents (id),
    constraint reply_terms_template_whole check (
        (template_name is null) = (template_language is null)
        and (template_name is null) = (values_id is null))
);
comment on table reply_terms is
    'What some replies were sent under: as essential, or from a template. The values of its gaps are content: a JSON list of pairs of name and value.';
