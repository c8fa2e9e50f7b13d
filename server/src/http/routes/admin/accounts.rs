//! Accounts at providers: listed, set up, changed, given new secrets, tried.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json, extract::State, http::StatusCode};
use chrono::TimeDelta;
use protocol::{
    admin::{
        AccountView, Accounts, ChangeAccount, NewAccount, NewSecret, Providers, SecretView, Tested,
    },
    errors::ErrorCode,
    ids::AccountId,
};
use secrecy::SecretString;
use uuid::Uuid;

use crate::{
    channels::{
        maker::{self, Account, BadAccount, Maker, Secret},
        provider::{Provider, SendError},
        registry::{NoProvider, Registry},
    },
    commands::account::{ChangeAccount as Change, CreateAccount, RotateSecret},
    http::{
        error::ApiError,
        read::{InBody, InPath},
        signed_in::Agent,
        state::HttpState,
    },
    queries::settings,
    seal::SealError,
    store::{accounts, channels::Channel},
};

/// How long an old secret still verifies webhooks where nothing else is said, and at most.
const OVERLAP_HOURS: u32 = 24;
const OVERLAP_HOURS_MAX: u32 = 720;

/// `GET /api/v1/admin/providers`.
pub async fn providers(
    State(state): State<HttpState>,
    Agent(_who): Agent,
) -> Result<Json<Providers>, ApiError> {
    let providers = state.registry.makers().map(|it| it.form().view()).collect();
    Ok(Json(Providers { providers }))
}

/// `GET /api/v1/admin/accounts`.
pub async fn list(
    State(state): State<HttpState>,
    Agent(who): Agent,
) -> Result<Json<Accounts>, ApiError> {
    let found = settings::accounts(&state.store, &who.visibility).await?;
    let accounts = found.into_iter().map(|it| view(&state.registry, it)).collect();
    Ok(Json(Accounts { accounts }))
}

/// `POST /api/v1/admin/accounts`.
pub async fn create(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InBody(it): InBody<NewAccount>,
) -> Result<(StatusCode, Json<AccountView>), ApiError> {
    let maker = maker_of(&state.registry, &it.provider)?;
    let settings = maker.form().check_settings(it.settings)?;
    let secrets: Vec<Secret> = maker
        .form()
        .check_secrets(it.secrets)?
        .into_iter()
        .map(|(name, value)| in_use(name, value.into()))
        .collect();
    try_to_make(maker, &settings, secrets.clone())?;
    let id = AccountId::from(Uuid::now_v7());
    let sealed: Result<Vec<_>, SealError> = secrets
        .iter()
        .map(|it| Ok((it.name.clone(), state.registry.seal(id, &it.name, &it.value)?)))
        .collect();
    let name = it.name.as_str().trim().to_owned();
    let account = CreateAccount { id, provider: it.provider, name, settings, secrets: sealed? };
    state.road.create_account(&who.visibility, account).await?;
    let made = settings::account(&state.store, &who.visibility, id).await?;
    Ok((StatusCode::CREATED, Json(view(&state.registry, made))))
}

/// `PUT /api/v1/admin/accounts/{id}`.
pub async fn change(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<AccountId>,
    InBody(it): InBody<ChangeAccount>,
) -> Result<Json<AccountView>, ApiError> {
    let found = settings::account(&state.store, &who.visibility, id).await?;
    let maker = maker_of(&state.registry, &found.provider)?;
    let settings = maker.form().check_settings(it.settings)?;
    try_to_make(maker, &settings, state.registry.open(&found)?)?;
    let name = it.name.as_str().trim().to_owned();
    let change = Change { id, version: it.version, name, settings };
    state.road.change_account(&who.visibility, change).await?;
    let found = settings::account(&state.store, &who.visibility, id).await?;
    Ok(Json(view(&state.registry, found)))
}

/// `POST /api/v1/admin/accounts/{id}/secrets`.
pub async fn rotate(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<AccountId>,
    InBody(it): InBody<NewSecret>,
) -> Result<Json<AccountView>, ApiError> {
    let hours = it.overlap_hours.unwrap_or(OVERLAP_HOURS);
    if hours > OVERLAP_HOURS_MAX {
        let allowed = format!("must be a whole number from 0 to {OVERLAP_HOURS_MAX}");
        return Err(ApiError::invalid("overlap_hours", &allowed));
    }
    let found = settings::account(&state.store, &who.visibility, id).await?;
    let maker = maker_of(&state.registry, &found.provider)?;
    let value = SecretString::from(maker.form().check_secret(&it.name, &it.value)?);
    let sealed = state.registry.seal(id, &it.name, &value)?;
    let overlap = TimeDelta::hours(i64::from(hours));
    let rotate = RotateSecret { id, version: it.version, name: it.name, sealed, overlap };
    state.road.rotate_secret(&who.visibility, rotate).await?;
    let found = settings::account(&state.store, &who.visibility, id).await?;
    Ok(Json(view(&state.registry, found)))
}

/// `POST /api/v1/admin/accounts/{id}/test`.
pub async fn test(
    State(state): State<HttpState>,
    Agent(who): Agent,
    InPath(id): InPath<AccountId>,
) -> Result<Json<Tested>, ApiError> {
    let found = settings::account(&state.store, &who.visibility, id).await?;
    let provider = state.registry.provider(&found.provider, Some(found.at)).await;
    Ok(Json(try_out(provider, None).await))
}

/// Asks a provider whether it knows us.
pub(super) async fn try_out(
    provider: Result<Arc<dyn Provider>, NoProvider>,
    channel: Option<&Channel>,
) -> Tested {
    let provider = match provider {
        Ok(provider) => provider,
        Err(error) => return Tested { ok: false, detail: error.to_string(), code: None },
    };
    match provider.test(channel).await {
        Ok(detail) => Tested { ok: true, detail, code: None },
        Err(error) => {
            let said = match &error {
                SendError::Credentials { .. } => "the provider refuses the account or the channel",
                SendError::Rejected { .. } => "the provider refuses the question",
                SendError::Retry { .. } | SendError::Unknown { .. } => {
                    "the provider cannot be asked now"
                }
            };
            let code = error.code().to_owned();
            Tested { ok: false, detail: format!("{said} ({code})"), code: Some(code) }
        }
    }
}

fn maker_of<'a>(registry: &'a Registry, provider: &str) -> Result<&'a Arc<dyn Maker>, ApiError> {
    registry.maker(provider).ok_or_else(|| {
        let names: Vec<&str> = registry.makers().map(|it| it.form().name).collect();
        ApiError::invalid("provider", &format!("allowed are {}", names.join(", ")))
    })
}

fn in_use(name: String, value: SecretString) -> Secret {
    Secret { name, value, retires_at: None, retired: false }
}

/// What no provider can be made of is not stored.
fn try_to_make(
    maker: &Arc<dyn Maker>,
    settings: &BTreeMap<String, String>,
    secrets: Vec<Secret>,
) -> Result<(), ApiError> {
    let account = Account { settings: settings.clone(), secrets };
    maker.make(&account).map(drop).map_err(ApiError::from)
}

fn view(registry: &Registry, it: accounts::Account) -> AccountView {
    let trouble = registry.trouble(&it).map(|error| error.to_string());
    let ends: Vec<Option<String>> = match registry.open(&it) {
        Ok(secrets) => secrets.iter().map(|secret| maker::end(&secret.value)).collect(),
        Err(_sealed) => vec![None; it.secrets.len()],
    };
    let secrets = it.secrets.into_iter().zip(ends).map(|(secret, end)| SecretView {
        name: secret.name,
        end,
        created_at: secret.created_at,
        retires_at: secret.retires_at,
    });
    AccountView {
        id: it.at.id,
        provider: it.provider,
        name: it.name,
        version: it.at.version,
        settings: it.settings,
        secrets: secrets.collect(),
        created_at: it.created_at,
        trouble,
    }
}

impl From<BadAccount> for ApiError {
    fn from(bad: BadAccount) -> Self {
        Self::invalid(&bad.field, &bad.message)
    }
}

impl From<SealError> for ApiError {
    fn from(error: SealError) -> Self {
        let source = std::error::Error::source(&error).map(ToString::to_string);
        tracing::error!(error = %error, source, "a secret cannot be sealed or opened");
        Self::new(ErrorCode::Conflict, error.to_string())
    }
}
