//! A collector of traces: an HTTP server that reads OTLP as a real one does, from its protobuf.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse},
    common::v1::{KeyValue, any_value::Value},
    trace::v1::Span,
};
use parking_lot::Mutex;
use prost::Message;
use tokio::{net::TcpListener, task::JoinSet};

type Taken = Arc<Mutex<Vec<ExportTraceServiceRequest>>>;

/// The running collector; dropping it ends it.
pub(crate) struct Collector {
    addr: SocketAddr,
    taken: Taken,
    _server: JoinSet<()>,
}

impl Collector {
    /// Starts one.
    pub(crate) async fn start() -> Self {
        let taken = Taken::default();
        let router = Router::new().route("/v1/traces", post(take)).with_state(Arc::clone(&taken));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let addr = listener.local_addr().expect("a bound address");
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.expect("serve") });
        Self { addr, taken, _server: server }
    }

    /// Returns its endpoint.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Returns the attributes of who has sent the spans.
    pub(crate) fn resource(&self) -> Vec<KeyValue> {
        let taken = self.taken.lock();
        let spans = taken.first().and_then(|request| request.resource_spans.first());
        let resource = spans.and_then(|spans| spans.resource.clone());
        resource.expect("something was sent").attributes
    }

    /// Returns all spans so far.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let taken = self.taken.lock();
        let resources = taken.iter().flat_map(|request| &request.resource_spans);
        let scopes = resources.flat_map(|resource| &resource.scope_spans);
        scopes.flat_map(|scope| scope.spans.clone()).collect()
    }
}

async fn take(
    State(taken): State<Taken>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Vec<u8>, StatusCode> {
    if headers.get("content-type").is_none_or(|kind| kind != "application/x-protobuf") {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let request =
        ExportTraceServiceRequest::decode(body).map_err(|_bad| StatusCode::BAD_REQUEST)?;
    taken.lock().push(request);
    Ok(ExportTraceServiceResponse::default().encode_to_vec())
}

/// Returns one attribute as text.
pub(crate) fn attribute(attributes: &[KeyValue], key: &str) -> Option<String> {
    let found = attributes.iter().find(|it| it.key == key)?;
    Some(match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        other => format!("{other:?}"),
    })
}
