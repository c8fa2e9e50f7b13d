//! All routes, read top to bottom.

use std::time::Duration;

use axum::{
    Router,
    http::{HeaderValue, StatusCode, header},
    middleware::map_response,
    routing::{delete, get, post, put},
};
use tower_http::{
    catch_panic::CatchPanicLayer, set_header::SetResponseHeaderLayer, timeout::TimeoutLayer,
};

use super::{
    assets,
    error::as_problem,
    routes::{
        admin, attachments, channels, commands, files, health, metrics, notes, sandbox, sessions,
        tags, threads, uploads, webhooks,
    },
    state::HttpState,
};

/// A request that takes longer, its body included, is given up.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// A file may come slowly; a pause in it is not waited for as long.
const UPLOAD_TIMEOUT: Duration = Duration::from_mins(15);

/// Returns the routes.
pub fn router(state: HttpState) -> Router {
    let api = Router::new()
        .route("/sessions", post(sessions::sign_in))
        .route("/sessions/current", delete(sessions::sign_out))
        .route("/me", get(sessions::me))
        .route("/inboxes/{id}/threads", get(threads::list))
        .route("/threads/{id}", get(threads::one))
        .route("/threads/{id}/timeline", get(threads::timeline))
        .route("/threads/{id}/draft", get(threads::draft))
        .route("/channels/{id}/templates", get(channels::templates))
        .route("/attachments/{id}", get(attachments::file))
        .route("/attachments/{id}/thumbnail", get(attachments::thumbnail))
        .route("/uploads/{id}", delete(uploads::remove))
        .route("/notes/{id}/history", get(notes::history))
        .route("/notifications", get(notes::notifications))
        .route("/commands", post(commands::post))
        .route("/commands/bulk", post(commands::bulk))
        .route("/inboxes/{id}/tags", get(tags::list).post(tags::create))
        .route("/inboxes/{id}/tags/{tag}", put(tags::change).delete(tags::remove))
        .nest("/admin", settings());
    let uploading = Router::new()
        .route("/api/v1/inboxes/{id}/uploads", post(uploads::upload))
        .with_state(state.clone())
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, UPLOAD_TIMEOUT));
    Router::new()
        .nest("/api/v1", api)
        .route("/webhooks/{provider}/{channel}/{topic}", get(webhooks::take).post(webhooks::take))
        .route("/files/{id}/file/{pass}", get(files::file))
        .route("/files/{id}/thumbnail/{pass}", get(files::small))
        .route("/sandbox/api/channels", get(sandbox::list))
        .route("/sandbox/api/channels/{id}/messages", post(sandbox::send))
        .route("/sandbox/api/channels/{id}/typing", post(sandbox::typing))
        .route("/sandbox/api/channels/{id}/phones/{number}", get(sandbox::phone))
        .route("/sandbox/api/channels/{id}/phones/{number}/read", post(sandbox::read))
        .route("/sandbox/api/channels/{id}/phones/{number}/plays", post(sandbox::play))
        .route("/healthz", get(health::healthz))
        .route("/healthz/deployment/{word}", get(health::deployment))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(metrics::metrics))
        .route("/", get(assets::file))
        .route("/sandbox", get(assets::file))
        .fallback(assets::file)
        .with_state(state)
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_TIMEOUT))
        .merge(uploading)
        .layer(CatchPanicLayer::new())
        .layer(map_response(as_problem))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::REFERRER_POLICY, "no-referrer"))
        .layer(fixed(header::X_FRAME_OPTIONS, "DENY"))
}

/// For administrators.
fn settings() -> Router<HttpState> {
    Router::new()
        .route("/inboxes", get(admin::inboxes::list).post(admin::inboxes::create))
        .route("/inboxes/{id}", put(admin::inboxes::change))
        .route("/inboxes/{id}/review", get(admin::inboxes::review).put(admin::inboxes::set_review))
        .route("/inboxes/{id}/members", get(admin::rights::members))
        .route(
            "/inboxes/{id}/members/{agent}",
            put(admin::rights::set_member).delete(admin::rights::remove_member),
        )
        .route("/inboxes/{id}/roles", post(admin::rights::create_role))
        .route("/roles/{id}", put(admin::rights::change_role).delete(admin::rights::remove_role))
        .route("/teams", get(admin::rights::teams).post(admin::rights::create_team))
        .route("/teams/{id}", put(admin::rights::change_team).delete(admin::rights::remove_team))
        .route("/agents", get(admin::people::list).post(admin::people::add))
        .route("/agents/{id}", put(admin::people::change))
        .route("/agents/{id}/password", put(admin::people::reset_password))
        .route("/providers", get(admin::accounts::providers))
        .route("/accounts", get(admin::accounts::list).post(admin::accounts::create))
        .route("/accounts/{id}", put(admin::accounts::change))
        .route("/accounts/{id}/secrets", post(admin::accounts::rotate))
        .route("/accounts/{id}/test", post(admin::accounts::test))
        .route("/channels", get(admin::channels::list).post(admin::channels::add))
        .route("/channels/{id}/test", post(admin::channels::test))
        .route("/channels/{id}/pause", post(admin::channels::pause))
        .route("/channels/{id}/resume", post(admin::channels::resume))
}

fn fixed(name: header::HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}
