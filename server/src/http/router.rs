//! All routes, read top to bottom.

use std::time::Duration;

use axum::{
    Extension, Router,
    http::{HeaderValue, StatusCode, header},
    middleware::map_response,
    routing::{MethodFilter, MethodRouter, get, on, post},
};
use protocol::operations::{Method, Operation};
use tower_http::{
    catch_panic::CatchPanicLayer, set_header::SetResponseHeaderLayer, timeout::TimeoutLayer,
};

use super::{
    assets,
    error::as_problem,
    routes::{
        admin::{accounts, channels as settings, inboxes, people, rights, sessions as everybodys},
        attachments, canned, channels, commands, files, health, metrics, notes, oidc, sandbox,
        sessions, tags, threads, tokens, uploads, webhooks,
    },
    state::HttpState,
};

/// A request that takes longer, its body included, is given up.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// A file may come slowly; a pause in it is not waited for as long.
const UPLOAD_TIMEOUT: Duration = Duration::from_mins(15);

macro_rules! handlers {
    ($($operation:ident => $handler:path,)*) => {
        /// Returns what does an operation: the compiler sees to it that each is there.
        fn handler(operation: Operation) -> MethodRouter<HttpState> {
            let method = match operation.method() {
                Method::Get => MethodFilter::GET,
                Method::Post => MethodFilter::POST,
                Method::Put => MethodFilter::PUT,
                Method::Delete => MethodFilter::DELETE,
            };
            match operation { $(Operation::$operation => on(method, $handler),)* }
        }
    };
}

handlers! {
    SignIn => sessions::sign_in,
    ReadSignInWays => oidc::ways,
    BeginOidc => oidc::begin,
    EndOidc => oidc::end,
    SignOut => sessions::sign_out,
    ListSessions => sessions::list,
    EndSession => sessions::end,
    ListTokens => tokens::list,
    CreateToken => tokens::create,
    RevokeToken => tokens::revoke,
    ReadMe => sessions::me,
    ListThreads => threads::list,
    ReadThread => threads::one,
    ReadTimeline => threads::timeline,
    ReadDraft => threads::draft,
    ReadNoteHistory => notes::history,
    ListNotifications => notes::notifications,
    Command => commands::post,
    BulkCommands => commands::bulk,
    ReadAttachment => attachments::file,
    ReadThumbnail => attachments::thumbnail,
    Upload => uploads::upload,
    RemoveUpload => uploads::remove,
    ListTemplates => channels::templates,
    ListTags => tags::list,
    CreateTag => tags::create,
    ChangeTag => tags::change,
    RemoveTag => tags::remove,
    ListCanned => canned::list,
    CreateCanned => canned::create,
    ListMyCanned => canned::mine,
    CreateMyCanned => canned::create_mine,
    CheckCanned => canned::check,
    ReadCanned => canned::one,
    ChangeCanned => canned::change,
    RemoveCanned => canned::remove,
    ApproveCanned => canned::approve,
    FillCanned => canned::fill,
    ListInboxes => inboxes::list,
    CreateInbox => inboxes::create,
    ChangeInbox => inboxes::change,
    ReadReviewRule => inboxes::review,
    SetReviewRule => inboxes::set_review,
    ReadCannedRule => canned::rule,
    SetCannedRule => canned::set_rule,
    ListMembers => rights::members,
    SetMember => rights::set_member,
    RemoveMember => rights::remove_member,
    CreateRole => rights::create_role,
    ChangeRole => rights::change_role,
    RemoveRole => rights::remove_role,
    ListTeams => rights::teams,
    CreateTeam => rights::create_team,
    ChangeTeam => rights::change_team,
    RemoveTeam => rights::remove_team,
    ListAgents => people::list,
    AddAgent => people::add,
    ChangeAgent => people::change,
    ResetPassword => people::reset_password,
    ListAllSessions => everybodys::list,
    EndAnySession => everybodys::end,
    ListAllTokens => everybodys::tokens,
    RevokeAnyToken => everybodys::revoke,
    ListProviders => accounts::providers,
    ListAccounts => accounts::list,
    CreateAccount => accounts::create,
    ChangeAccount => accounts::change,
    RotateSecret => accounts::rotate,
    TestAccount => accounts::test,
    ListChannels => settings::list,
    AddChannel => settings::add,
    TestChannel => settings::test,
    PauseChannel => settings::pause,
    ResumeChannel => settings::resume,
}

/// Returns the routes of `/api/v1`, each of which knows its operation.
fn api() -> Router<HttpState> {
    Operation::ALL.iter().fold(Router::new(), |router, operation| {
        let limit = if *operation == Operation::Upload { UPLOAD_TIMEOUT } else { REQUEST_TIMEOUT };
        let one = Router::new()
            .route(operation.path(), handler(*operation))
            .layer(Extension(*operation))
            .layer(timeout(limit));
        router.merge(one)
    })
}

/// Returns the routes.
pub fn router(state: HttpState) -> Router {
    Router::new()
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
        .layer(timeout(REQUEST_TIMEOUT))
        .nest("/api/v1", api())
        .with_state(state)
        .layer(CatchPanicLayer::new())
        .layer(map_response(as_problem))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::REFERRER_POLICY, "no-referrer"))
        .layer(fixed(header::X_FRAME_OPTIONS, "DENY"))
}

fn timeout(limit: Duration) -> TimeoutLayer {
    TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, limit)
}

fn fixed(name: header::HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}
