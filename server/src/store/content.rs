//! Personal content, apart from facts: the only door to `contents`.

use protocol::ids::ContactId;
use uuid::Uuid;

use super::{error::StoreError, transaction::Transaction};
use crate::domain::chain;

/// A stored text: what events refer to, and what their hashes cover.
#[derive(Debug, Clone, Copy)]
pub struct Content {
    /// Its row.
    pub id: Uuid,
    /// sha256(salt ‖ text).
    pub digest: [u8; 32],
}

/// A text on its way into a statement that stores it with something else.
pub(super) struct Sealed {
    pub(super) id: Uuid,
    pub(super) salt: [u8; 16],
    pub(super) digest: [u8; 32],
}

/// Makes what is stored beside a text.
pub(super) fn seal(text: &str) -> Sealed {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).expect("the system gives random bytes");
    let digest = chain::digest(&salt, text.as_bytes());
    Sealed { id: Uuid::now_v7(), salt, digest }
}

/// Stores a text that belongs to a contact.
pub async fn put(
    tx: &mut Transaction,
    contact: ContactId,
    text: &str,
) -> Result<Content, StoreError> {
    insert(tx, Some(contact), text).await
}

/// Stores a text that is no customer's: the house wrote it for itself.
pub async fn put_ours(tx: &mut Transaction, text: &str) -> Result<Content, StoreError> {
    insert(tx, None, text).await
}

/// Stores a text of which nobody knows yet whom it will belong to.
pub(super) async fn put_early(tx: &mut Transaction, text: &str) -> Result<Content, StoreError> {
    insert(tx, None, text).await
}

async fn insert(
    tx: &mut Transaction,
    contact: Option<ContactId>,
    text: &str,
) -> Result<Content, StoreError> {
    let Sealed { id, salt, digest } = seal(text);
    sqlx::query!(
        r#"
        insert into contents (id, contact_id, salt, digest, bytes)
        values ($1, $2, $3, $4, $5)
        "#,
        id,
        contact.map(ContactId::uuid),
        salt.as_slice(),
        digest.as_slice(),
        text.as_bytes(),
    )
    .execute(tx.db().await?)
    .await?;
    Ok(Content { id, digest })
}

/// Reads a stored text; an erased one is shown as empty.
pub(super) fn text(bytes: Option<Vec<u8>>) -> String {
    bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}
