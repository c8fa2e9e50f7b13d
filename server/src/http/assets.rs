//! The desk and the sandbox phone, from inside the binary.

use axum::{
    extract::OriginalUri,
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::Embed;

use super::read;

/// What `npm run build` makes. In a debug build it is read from disk at each request.
#[derive(Embed)]
#[folder = "../client-js/dist"]
struct Files;

/// No inline script or style, no other site, no frames around us.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; object-src 'none'; \
    frame-ancestors 'none'; form-action 'self'; require-trusted-types-for 'script'";

/// Returns a file of the desk.
pub async fn file(method: Method, OriginalUri(uri): OriginalUri, headers: HeaderMap) -> Response {
    let name = match uri.path() {
        "/" => "index.html",
        "/sandbox" => "sandbox.html",
        path => path.trim_start_matches('/'),
    };
    let Some(found) = Files::get(name) else {
        return read::nothing_here().into_response();
    };
    if !matches!(method, Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let hash = found.metadata.sha256_hash();
    let etag = format!("\"{}\"", hex::encode(hash.first_chunk::<12>().unwrap_or(&[0; 12])));
    // Names under assets/ carry a hash of their content.
    let caching = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let fixed = [
        (header::ETAG, etag.clone()),
        (header::CACHE_CONTROL, caching.to_owned()),
        (header::CONTENT_SECURITY_POLICY, POLICY.to_owned()),
    ];
    if read::header(&headers, "if-none-match").is_some_and(|known| known == etag) {
        return (StatusCode::NOT_MODIFIED, fixed).into_response();
    }
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    (fixed, [(header::CONTENT_TYPE, kind.to_string())], found.data).into_response()
}
