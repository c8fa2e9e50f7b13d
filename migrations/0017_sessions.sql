-- API tokens: sessions with a name and scopes. Sessions know when they were last used, and where from. Agents
-- may be known to a provider of OpenID Connect.

alter table sessions
    add column name    text,
    add column scopes  text[],
    add column client  text,
    add column used_at timestamptz,
    add constraint sessions_token_has_both check ((name is null) = (scopes is null));
update sessions set used_at = created_at;
alter table sessions alter column used_at set not null;

comment on table sessions is
    'Sign-ins, and, with a name and scopes, API tokens. The token itself is not kept, only its SHA-256.';
comment on column sessions.scopes is
    'Of a token: what it may do, as far as its agent may. Null for a sign-in, which may do all of that.';
comment on column sessions.used_at is 'When it was last used, to the minute.';

-- Who somebody is at a provider of OpenID Connect.
create table identities (
    issuer     text not null,
    subject    text not null,
    agent_id   uuid not null references agents (id),
    created_at timestamptz not null,
    primary key (issuer, subject)
);
comment on table identities is
    'Agents as a provider of OpenID Connect knows them: found by a verified e-mail address once, and by this from then on.';
create index identities_by_agent on identities (agent_id);

-- What may leave an inbox.
alter table inboxes add column health_data boolean not null default false;
comment on column inboxes.health_data is
    'Whether customers tell of their health there: then nothing of it goes over WhatsApp, and exports are sealed.';
