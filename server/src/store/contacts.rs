//! Contacts: customers, and the addresses that they are reached at.

use std::collections::BTreeMap;

use protocol::{
    contacts::{AddressView, ContactView, MergedView},
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
    /// The contact that has the address.
    pub contact_id: ContactId,
    /// What that one is merged into, or itself.
    pub root_id: ContactId,
    /// The address.
    pub address_id: Uuid,
    /// Whether the contact was there before and now has an address or a name that it had not.
    pub changed: bool,
}

/// An address that is stored.
struct Known {
    id: Uuid,
    contact: Uuid,
    root: Uuid,
}

/// Finds the contact with one of a sender's addresses, or makes one; it has all of them then. New ones
/// are the contact's own, also where it is merged into another one. The first address that somebody
/// has decides. Two first messages of one customer at the same instant
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
        .find_map(|address| known.get(address).map(|it| (it.contact, it.root)));
    let (contact, root) = if let Some(found) = found {
        found
    } else {
        let contact = create(tx).await?;
        (contact, contact)
    };
    let (mut first, mut changed) = (None, false);
    for address in &who.addresses {
        let id = match known.get(address) {
            Some(it) if it.root == root || address.identifies() => it.id,
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
    let changed = changed && found.is_some();
    Ok(Reached { contact_id, root_id: root.into(), address_id, changed })
}

/// Finds the contact of the first address that is stored.
pub async fn find(tx: &mut Transaction, who: &Sender) -> Result<Option<Reached>, StoreError> {
    let known = known(tx, &who.addresses).await?;
    Ok(who.addresses.iter().filter(|address| address.identifies()).find_map(|address| {
        let Known { id, contact, root } = *known.get(address)?;
        let (contact_id, root_id) = (contact.into(), root.into());
        Some(Reached { contact_id, root_id, address_id: id, changed: false })
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
        select a.id, a.kind, a.scope, a.value, a.contact_id,
            coalesce(c.merged_into, c.id) as "root_id!"
        from unnest($1::text[], $2::text[], $3::text[]) as wanted (kind, scope, value)
        join contact_addresses a using (kind, scope, value)
        join contacts c on c.id = a.contact_id
        -- Until this is over nobody merges or parts them: what is said lands with whom it was said by.
        for share of c
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
            Ok((address, Known { id: row.id, contact: row.contact_id, root: row.root_id }))
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

/// Returns the name that an agent wrote.
pub async fn written_name(
    tx: &mut Transaction,
    contact: ContactId,
) -> Result<Option<String>, StoreError> {
    let bytes = sqlx::query_scalar!(
        "select n.bytes from contacts c join contents n on n.id = c.name_id where c.id = $1",
        contact.uuid(),
    )
    .fetch_optional(tx.db().await?)
    .await?;
    Ok(bytes.map(content::text))
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

/// Locks a contact as the root of its customer. One that was merged since it was looked up makes the
/// transaction run again.
pub(super) async fn hold_root(tx: &mut Transaction, root: ContactId) -> Result<(), StoreError> {
    let is_root = sqlx::query_scalar!(
        r#"select merged_into is null as "is_root!" from contacts where id = $1 for no key update"#,
        root.uuid(),
    )
    .fetch_one(tx.db().await?)
    .await?;
    if is_root { Ok(()) } else { Err(StoreError::TryAgain(sqlx::Error::RowNotFound)) }
}

/// What is known of one contact, before it is put together with those that it is one customer with.
#[derive(Default)]
struct Part {
    written: Option<String>,
    profile: Option<String>,
    addresses: Vec<AddressView>,
}

/// One customer: the root, all addresses, and each contact.
type Parts = (Uuid, Vec<AddressView>, BTreeMap<Uuid, Part>);

/// Returns customers as clients are shown them, by any of their contacts.
pub(super) async fn views(
    db: &mut PgConnection,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, ContactView>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select w.id as "asked!", s.root_id as "root_id!", c.id, n.bytes as "written?",
            p.bytes as "profile?", a.kind, a.value
        from (select distinct id from unnest($1::uuid[]) as w (id)) as w
        cross join lateral same_customer(w.id) as s
        join contacts c on c.id = s.id
        join contact_addresses a on a.contact_id = c.id
        left join contents n on n.id = c.name_id
        left join contents p on p.id = c.profile_name_id
        order by a.created_at, a.id
        "#,
        ids,
    )
    .fetch_all(db)
    .await?;
    let mut found: BTreeMap<Uuid, Parts> = BTreeMap::new();
    for row in rows {
        let address =
            AddressView { kind: read(&row.kind, "contact_addresses.kind")?, value: row.value };
        let (root, addresses, parts) = found.entry(row.asked).or_default();
        *root = row.root_id;
        addresses.push(address.clone());
        let part = parts.entry(row.id).or_default();
        part.written = row.written.map(|bytes| content::text(Some(bytes)));
        part.profile = row.profile.map(|bytes| content::text(Some(bytes)));
        part.addresses.push(address);
    }
    Ok(found
        .into_iter()
        .map(|(asked, (root, addresses, parts))| (asked, together(root, addresses, parts)))
        .collect())
}

/// Puts one customer together. What an agent wrote goes before what a provider knows, and the root's
/// before the others'.
fn together(
    root: Uuid,
    addresses: Vec<AddressView>,
    mut parts: BTreeMap<Uuid, Part>,
) -> ContactView {
    let own = parts.remove(&root).unwrap_or_default();
    let written = || parts.values().find_map(|part| part.written.clone());
    let profile = || parts.values().find_map(|part| part.profile.clone());
    let name = own.written.or_else(written).or(own.profile).or_else(profile);
    let merged = parts.into_iter().map(|(id, part)| MergedView {
        id: id.into(),
        name: part.written.or(part.profile),
        addresses: part.addresses,
    });
    ContactView { id: root.into(), name, addresses, merged: merged.collect() }
}
