//! A bare broadcast with axum, written well: the text is shared, a task takes all that waits for its
//! connection, feeds it, and flushes once.

use std::sync::Arc;

use axum::{
    Router,
    extract::{
        State,
        ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade},
    },
    response::Response,
    routing::any,
    serve::ListenerExt,
};
use futures_util::SinkExt;
use tokio::{net::TcpListener, sync::broadcast};

use crate::figures::say;

/// Texts that wait for a slow connection.
const WAITING_MAX: usize = 1024;
/// As in Tandem.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;
/// Rooms, so that one process can serve rooms of several sizes.
const ROOMS: usize = 8;

struct Server {
    rooms: Vec<broadcast::Sender<Utf8Bytes>>,
    read_buffer_bytes: usize,
}

/// Serves until it is killed.
pub(crate) fn serve(read_buffer_bytes: usize) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async move {
        let rooms = (0..ROOMS).map(|_room| broadcast::channel(WAITING_MAX).0).collect();
        let server = Arc::new(Server { rooms, read_buffer_bytes });
        let router = Router::new().route("/ws", any(upgrade)).with_state(server);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        say(&format!("listening {}", listener.local_addr()?.port()));
        let listener = listener.tap_io(|stream| {
            let _best_effort = stream.set_nodelay(true);
        });
        axum::serve(listener, router).await?;
        Ok(())
    })
}

async fn upgrade(State(server): State<Arc<Server>>, upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .read_buffer_size(server.read_buffer_bytes)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .on_upgrade(|socket| async move {
            let _gone = connection(socket, &server).await;
        })
}

/// The first text says what the connection is, and in which room: `sub 0` or `pub 0`.
async fn connection(mut socket: WebSocket, server: &Server) -> Option<()> {
    let Message::Text(first) = socket.recv().await?.ok()? else { return None };
    let (what, room) = first.split_once(' ')?;
    let room = server.rooms.get(room.parse::<usize>().ok()?)?;
    let subscription = (what == "sub").then(|| room.subscribe());
    socket.send(Message::Text("ok".into())).await.ok()?;
    match subscription {
        Some(subscription) => subscriber(socket, subscription).await,
        None => publisher(socket, room).await,
    }
}

async fn publisher(mut socket: WebSocket, room: &broadcast::Sender<Utf8Bytes>) -> Option<()> {
    loop {
        if let Message::Text(text) = socket.recv().await?.ok()? {
            let _nobody_there = room.send(text);
        }
    }
}

async fn subscriber(
    mut socket: WebSocket,
    mut subscription: broadcast::Receiver<Utf8Bytes>,
) -> Option<()> {
    loop {
        tokio::select! {
            first = subscription.recv() => {
                socket.feed(Message::Text(first.ok()?)).await.ok()?;
                while let Ok(next) = subscription.try_recv() {
                    socket.feed(Message::Text(next)).await.ok()?;
                }
                socket.flush().await.ok()?;
            }
            message = socket.recv() => {
                message?.ok()?;
            }
        }
    }
}
