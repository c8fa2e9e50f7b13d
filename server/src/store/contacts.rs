//! Contacts: customers, and the addresses that they are reached at.

use std::collections::BTreeMap;

use protocol::{
    contacts::{AddressView, ContactView},
    ids::ContactId,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    content::{self, Content},
    error::StoreError,
    transaction::Transaction,
    words::{read, word},
};
use crate::domain::{address::Address, inbound::Sender};

/// A contact as reached through one of its addresses.
#[derive(Debug, Clone, Copy)]
pub struct Reached {
    /// The contact.
    pub contact_id: ContactId,
    /// The address.
    pub address_id: Uuid,
    /// Whether the contact was there before and now has an address or a name that it had not.
    pub changed: bool,
}

/// An address that is stored.
struct Known {
    id: Uuid,
    contact: Uuid,
}

/// Finds the contact with one of a sender's addresses, or makes one; it has all of them then. The
/// first address that somebody has decides. Two first messages of one customer at the same instant
/// wait for each other.
pub async fn find_or_create(tx: &mut Transaction, who: &Sender) -> Result<Reached, StoreError> {
    let mut names: Vec<_> = who.addresses.iter().filter(|it| it.identifies()).collect();
    names.sort_unstable();
    for Address { kind, scope, value } in names {
        tx.alone(&format!("{}:{scope}:{value}", word(*kind))).await?;
    }
    let known = known(tx, &who.addresses).await?;
    let found = who
        .addresses
        .iter()
        .filter(|address| address.identifies())
        .find_map(|address| known.get(address).map(|it| it.contact));
    let contact = match found {
        Some(contact) => contact,
        None => create(tx).await?,
    };
    let (mut first, mut changed) = (None, false);
    for address in &who.addresses {
        let id = match known.get(address) {
            Some(it) if it.contact == contact || address.identifies() => it.id,
            _ => {
                changed = true;
                put_address(tx, contact, address).await?
            }
        };
        first = first.or(Some(id));
    }
    let contact_id = contact.into();
    if let Some(name) = &who.profile_name {
        changed |= set_profile_name(tx, contact_id, name).await?;
    }
    let address_id = first.expect("a sender has an address");
    Ok(Reached { contact_id, address_id, changed: changed && found.is_some() })
}

/// Finds the contact of the first address that is stored.
pub async fn find(tx: &mut Transaction, who: &Sender) -> Result<Option<Reached>, StoreError> {
    let known = known(tx, &who.addresses).await?;
    Ok(who.addresses.iter().filter(|address| address.identifies()).find_map(|address| {
        let Known { id, contact } = known.get(address)?;
        Some(Reached { contact_id: (*contact).into(), address_id: *id, changed: false })
    }))
}

async fn known(
    tx: &mut Transaction,
    addresses: &[Address],
) -> Result<BTreeMap<Address, Known>, StoreError> {
    let kinds: Vec<String> = addresses.iter().map(|it| word(it.kind)).collect();
    let scopes: Vec<String> = addresses.iter().map(|it| it.scope.clone()).collect();
    let values: Vec<String> = addresses.iter().map(|it| it.value.clone()).collect();
    let rows = sqlx::query!(
        r#"
        select a.id, a.kind, a.scope, a.value, coalesce(c.merged_into, c.id) as "contact_id!"
        from unnest($1::text[], $2::text[], $3::text[]) as wanted (kind, scope, value)
        join contact_addresses a using (kind, scope, value)
        join contacts c on c.id = a.contact_id
        "#,
        &kinds,
        &scopes,
        &values,
    )
    .fetch_all(tx.db().await?)
    .await?;
    rows.into_iter()
        .map(|row| {
            let kind = read(&row.kind, "contact_addresses.kind")?;
            let address = Address { kind, scope: row.scope, value: row.value };
            Ok((address, Known { id: row.id, contact: row.contact_id }))
        })
        .collect()
}

async fn create(tx: &mut Transaction) -> Result<Uuid, StoreError> {
    let (contact, now) = (Uuid::now_v7(), tx.now());
    sqlx::query!("insert into contacts (id, created_at) values ($1, $2)", contact, now)
        .execute(tx.db().await?)
        .await?;
    Ok(contact)
}

/// Stores an address. A name that somebody else had is this contact's now.
async fn put_address(
    tx: &mut Transaction,
    contact: Uuid,
    address: &Address,
) -> Result<Uuid, StoreError> {
    let (id, now) = (Uuid::now_v7(), tx.now());
    Ok(sqlx::query_scalar!(
        r#"
        insert into contact_addresses (id, contact_id, kind, scope, value, created_at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict on constraint contact_addresses_unique do update
            set contact_id = excluded.contact_id
        returning id
        "#,
        id,
        contact,
        word(address.kind),
        address.scope,
        address.value,
        now,
    )
    .fetch_one(tx.db().await?)
    .await?)
}

/// Gives a contact one more address; says whether it was not there yet. One that somebody else has
/// stays with them: only people merge contacts.
pub async fn add_address(
    tx: &mut Transaction,
    contact: ContactId,
    address: &Address,
) -> Result<bool, StoreError> {
    tx.alone(&format!("{}:{}:{}", word(address.kind), address.scope, address.value)).await?;
    if !known(tx, std::slice::from_ref(address)).await?.is_empty() {
        return Ok(false);
    }
    put_address(tx, contact.uuid(), address).await?;
    Ok(true)
}

/// Keeps the name that a contact has at its provider; says whether it is another one than before.
async fn set_profile_name(
    tx: &mut Transaction,
    contact: ContactId,
    name: &str,
) -> Result<bool, StoreError> {
    let now = sqlx::query_scalar!(
        r#"
        select n.bytes
        from contacts c
        join contents n on n.id = c.profile_name_id
        where c.id = $1
        "#,
        contact.uuid(),
    )
    .fetch_optional(tx.db().await?)
    .await?;
    if now.flatten().is_some_and(|bytes| bytes == name.as_bytes()) {
        return Ok(false);
    }
    let content = content::put(tx, contact, name).await?;
    sqlx::query!(
        "update contacts set profile_name_id = $2 where id = $1",
        contact.uuid(),
        content.id,
    )
    .execute(tx.db().await?)
    .await?;
    Ok(true)
}

/// Keeps the name that an agent wrote; `None` shows the provider's again.
pub async fn set_name(
    tx: &mut Transaction,
    contact: ContactId,
    name: Option<Content>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update contacts set name_id = $2 where id = $1",
        contact.uuid(),
        name.map(|name| name.id),
    )
    .execute(tx.db().await?)
    .await?;
    Ok(())
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
        left join contents n on n.id = coalesce(c.name_id, c.profile_name_id)
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
