//! Contacts and their addresses.

use std::collections::BTreeMap;

use protocol::{
    ids::ContactId,
    views::{AddressView, ChannelKind, ContactView},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    content,
    error::StoreError,
    transaction::Transaction,
    words::{read, word},
};

/// A contact as reached through one of its addresses.
#[derive(Debug, Clone, Copy)]
pub struct Reached {
    /// The contact.
    pub contact_id: ContactId,
    /// The address.
    pub address_id: Uuid,
}

/// Finds the contact with this address, or makes one. Two first messages of one customer at the same
/// instant wait for each other.
pub async fn find_or_create(
    tx: &mut Transaction,
    kind: ChannelKind,
    value: &str,
) -> Result<Reached, StoreError> {
    let kind = word(kind);
    let now = tx.now();
    tx.alone(&format!("{kind}:{value}")).await?;
    let found = sqlx::query!(
        r#"
        select a.id, coalesce(c.merged_into, c.id) as "contact_id!"
        from contact_addresses a
        join contacts c on c.id = a.contact_id
        where a.kind = $1 and a.scope = '' and a.value = $2
        "#,
        kind,
        value,
    )
    .fetch_optional(tx.db().await?)
    .await?;
    if let Some(row) = found {
        return Ok(Reached { contact_id: row.contact_id.into(), address_id: row.id });
    }
    let (contact, address) = (Uuid::now_v7(), Uuid::now_v7());
    sqlx::query!("insert into contacts (id, created_at) values ($1, $2)", contact, now)
        .execute(tx.db().await?)
        .await?;
    sqlx::query!(
        r#"
        insert into contact_addresses (id, contact_id, kind, scope, value, created_at)
        values ($1, $2, $3, '', $4, $5)
        "#,
        address,
        contact,
        kind,
        value,
        now,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(Reached { contact_id: contact.into(), address_id: address })
}

/// Returns contacts as clients are shown them.
pub(super) async fn views(
    db: &mut PgConnection,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, ContactView>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select c.id, n.bytes as "name?", a.kind, a.value
        from contacts c
        join contact_addresses a on a.contact_id = c.id
        left join contents n on n.id = c.name_id
        where c.id = any($1)
        order by a.created_at, a.id
        "#,
        ids,
    )
    .fetch_all(db)
    .await?;
    let mut views: BTreeMap<Uuid, ContactView> = BTreeMap::new();
    for row in rows {
        let address =
            AddressView { kind: read(&row.kind, "contact_addresses.kind")?, value: row.value };
        let name = row.name.map(|bytes| content::text(Some(bytes)));
        let view = views.entry(row.id).or_insert_with(|| ContactView {
            id: row.id.into(),
            name,
            addresses: Vec::new(),
        });
        view.addresses.push(address);
    }
    Ok(views)
}
