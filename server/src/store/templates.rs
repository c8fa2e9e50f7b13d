//! Templates of channels, and what replies were sent under.

use chrono::TimeDelta;
use protocol::{
    ids::{ChannelId, ContactId, MessageId},
    templates::TemplateView,
};

use super::{
    channels::{self, Channel},
    content,
    error::StoreError,
    patience::InTime,
    pool::Store,
    transaction::Transaction,
};
use crate::domain::{inbound::Template, template};

/// A template, as its provider lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// The provider's id of it.
    pub provider_id: Option<String>,
    /// What the provider calls its state, in lower case.
    pub state: String,
    /// Why, where that is told.
    pub reason: Option<String>,
    /// Its category, in lower case.
    pub category: Option<String>,
    /// The whole text, with its gaps.
    pub text: String,
    /// What in it cannot be filled from here.
    pub obstacle: Option<String>,
}

/// A template that a reply is made of.
pub struct Usable {
    /// The whole text, with its gaps.
    pub text: String,
    /// The provider's id of it.
    pub provider_id: Option<String>,
    /// Whether it is marketing.
    pub is_marketing: bool,
}

/// What a reply is sent under.
pub struct Terms {
    /// As essential.
    pub essential: bool,
    /// The template that it is made of.
    pub template: Option<Filled>,
}

/// A template with what went into its gaps.
pub struct Filled {
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// The provider's id of it.
    pub provider_id: Option<String>,
    /// Whether it is marketing.
    pub is_marketing: bool,
    /// Names and values of the gaps.
    pub values: Vec<(String, String)>,
}

/// Keeps how a template stands. The channel's templates are asked for again: a new one has a text.
pub async fn stand(
    tx: &mut Transaction,
    channel: ChannelId,
    it: &Template,
) -> Result<bool, StoreError> {
    let now = tx.now();
    sqlx::query!(
        r#"
        insert into templates (channel_id, name, language, state, reason, at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict (channel_id, name, language) do update
            set state = excluded.state, reason = excluded.reason, at = excluded.at
        "#,
        channel.uuid(),
        it.name,
        it.language,
        it.state,
        it.reason,
        now,
    )
    .execute(tx.db().await?)
    .await?;
    sqlx::query!("update channels set templates_at = null where id = $1", channel.uuid())
        .execute(tx.db().await?)
        .await?;
    Ok(true)
}

/// Takes over what a provider lists: what it does not list is no longer there.
pub async fn replace(
    tx: &mut Transaction,
    channel: ChannelId,
    listed: &[Listed],
) -> Result<(), StoreError> {
    let now = tx.now();
    sqlx::query!("delete from templates where channel_id = $1", channel.uuid())
        .execute(tx.db().await?)
        .await?;
    for it in listed {
        sqlx::query!(
            r#"
            insert into templates (channel_id, name, language, provider_id, state, reason, category,
                text, obstacle, at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            on conflict (channel_id, name, language) do nothing
            "#,
            channel.uuid(),
            it.name,
            it.language,
            it.provider_id,
            it.state,
            it.reason,
            it.category,
            it.text,
            it.obstacle,
            now,
        )
        .execute(tx.db().await?)
        .await?;
    }
    Ok(())
}

/// Finds a channel whose templates have not been asked for so long; no other node finds it again.
pub async fn due(store: &Store, after: TimeDelta) -> Result<Option<Channel>, StoreError> {
    let id = sqlx::query_scalar!(
        r#"
        update channels set templates_at = tandem_now()
        where id = (
            select id from channels
            where kind in ('whatsapp', 'rcs', 'sms') and (templates_at is null
                or templates_at < tandem_now() - make_interval(secs => $1::bigint / 1000.0))
            order by templates_at nulls first, id
            limit 1
            for update skip locked
        )
        returning id
        "#,
        after.num_milliseconds(),
    )
    .fetch_optional(&store.pool)
    .in_time()
    .await?;
    match id {
        Some(id) => channels::find(store, id.into()).await,
        None => Ok(None),
    }
}

/// Takes it that a channel's templates were asked for so long ago.
pub async fn put_off(store: &Store, channel: ChannelId, ago: TimeDelta) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update channels
        set templates_at = tandem_now() - make_interval(secs => $2::bigint / 1000.0)
        where id = $1
        "#,
        channel.uuid(),
        ago.num_milliseconds(),
    )
    .execute(&store.pool)
    .in_time()
    .await?;
    Ok(())
}

/// Returns the templates of a channel, by name and language.
pub async fn list(store: &Store, channel: ChannelId) -> Result<Vec<TemplateView>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select name, language, category, state, reason, text, obstacle
        from templates
        where channel_id = $1
        order by name, language
        "#,
        channel.uuid(),
    )
    .fetch_all(&store.pool)
    .in_time()
    .await?;
    let views = rows.into_iter().map(|row| TemplateView {
        variables: row.text.as_deref().map(template::variables).unwrap_or_default(),
        name: row.name,
        language: row.language,
        category: row.category,
        state: row.state,
        reason: row.reason,
        text: row.text,
        obstacle: row.obstacle,
    });
    Ok(views.collect())
}

/// Finds a template that can be sent now.
pub async fn usable(
    tx: &mut Transaction,
    channel: ChannelId,
    name: &str,
    language: &str,
) -> Result<Option<Usable>, StoreError> {
    let row = sqlx::query!(
        r#"
        select text as "text!", provider_id, coalesce(category = $5, false) as "is_marketing!"
        from templates
        where channel_id = $1 and name = $2 and language = $3 and state = $4
            and text is not null and obstacle is null
        "#,
        channel.uuid(),
        name,
        language,
        template::APPROVED,
        template::MARKETING,
    )
    .fetch_optional(tx.db().await?)
    .await?;
    Ok(row.map(|row| Usable {
        text: row.text,
        provider_id: row.provider_id,
        is_marketing: row.is_marketing,
    }))
}

/// Stores what a reply is sent under.
pub async fn keep_terms(
    tx: &mut Transaction,
    message: MessageId,
    contact: ContactId,
    terms: &Terms,
) -> Result<(), StoreError> {
    let values = match &terms.template {
        Some(it) => {
            let values = serde_json::to_string(&it.values).expect("texts are JSON");
            Some(content::put(tx, contact, &values).await?.id)
        }
        None => None,
    };
    let template = terms.template.as_ref();
    sqlx::query!(
        r#"
        insert into reply_terms (message_id, essential, template_name, template_language,
            template_id, marketing, values_id)
        values ($1, $2, $3, $4, $5, $6, $7)
        "#,
        message.uuid(),
        terms.essential,
        template.map(|it| it.name.as_str()),
        template.map(|it| it.language.as_str()),
        template.and_then(|it| it.provider_id.as_deref()),
        template.is_some_and(|it| it.is_marketing),
        values,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(())
}
