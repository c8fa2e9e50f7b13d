//! Accepts connections. Hyper's http1 builder has what `axum::serve` lacks: a time by which a
//! request's head has to be there.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use hyper::{Request, body::Incoming, server::conn::http1};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tower::ServiceExt;

use crate::shutdown::Shutdown;

/// A head that is not there by then is not coming: silent, slow and dripping peers alike.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes and fields of a head, at most.
const HEAD_BYTES_MAX: usize = 16 * 1024;
const HEAD_FIELDS_MAX: usize = 64;
/// After a failed accept (no file descriptors left) there is no point in trying at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves until the shutdown begins.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    connections_max: usize,
    shutdown: Shutdown,
) {
    let permits = Arc::new(Semaphore::new(connections_max));
    loop {
        let permit = tokio::select! {
            permit = Arc::clone(&permits).acquire_owned() => {
                permit.expect("the semaphore is never closed")
            }
            () = shutdown.cancelled() => return,
        };
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(error = %error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
            () = shutdown.cancelled() => return,
        };
        let (router, ending) = (router.clone(), shutdown.clone());
        shutdown.spawn("http", async move { connection(stream, peer, router, permit, ending).await });
    }
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    permit: OwnedSemaphorePermit,
    shutdown: Shutdown,
) {
    // Small frames must not wait for each other.
    let _best_effort = stream.set_nodelay(true);
    let permit = Arc::new(permit);
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        // A socket that comes out of this request goes on counting as a connection.
        request.extensions_mut().insert(Arc::clone(&permit));
        router.clone().oneshot(request.map(axum::body::Body::new))
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEAD_FIELDS_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(serving);
    tokio::select! {
        _done = serving.as_mut() => return,
        () = shutdown.cancelled() => serving.as_mut().graceful_shutdown(),
    }
    let _done = serving.await;
}
