//! The WebSocket side of a client: frames out, frames in, and a place in each stream.

use std::{collections::HashMap, time::Duration};

use anyhow::{Context, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use protocol::{
    close::CloseReason,
    frames::{ClientFrame, Hello, SUBPROTOCOL, ServerFrame, Subscribe, Welcome},
    ids::StreamId,
};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{ClientRequestBuilder, Error, Message, http::Uri, protocol::CloseFrame},
};

use crate::target::Target;

/// How long saying goodbye may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// A connection that has said `hello`.
pub(crate) struct Socket {
    inner: WebSocketStream<MaybeTlsStream<TcpStream>>,
    timeout: Duration,
    /// The place in each stream: the next frame has to follow on it.
    places: HashMap<StreamId, u64>,
}

impl Socket {
    /// Connects and says `hello`.
    pub(crate) async fn connect(
        target: &Target,
        token: &str,
        timeout: Duration,
    ) -> anyhow::Result<Self> {
        let uri: Uri = target.ws.parse().context("the socket's address cannot be made")?;
        let request = ClientRequestBuilder::new(uri).with_sub_protocol(SUBPROTOCOL);
        let connecting = connect_async_with_config(request, None, true);
        let (inner, _response) = tokio::time::timeout(timeout, connecting)
            .await
            .context("the server does not answer the handshake")?
            .map_err(refused)?;
        let mut socket = Self { inner, timeout, places: HashMap::new() };
        let hello = Hello { id: 0, token: Some(token.to_owned()), cursors: [].into() };
        socket.send(&ClientFrame::Hello(hello)).await?;
        match socket.next().await? {
            ServerFrame::Welcome(Welcome { id: 0, .. }) => Ok(socket),
            other => bail!("expected `welcome`, got {}", named(&other)),
        }
    }

    /// Follows a stream from now on.
    pub(crate) async fn subscribe(&mut self, stream: StreamId) -> anyhow::Result<()> {
        let frame = Subscribe { id: 0, stream, cursor: None };
        self.send(&ClientFrame::Subscribe(frame)).await?;
        loop {
            match self.next().await? {
                ServerFrame::Subscribed(it) if it.stream == stream => return Ok(()),
                ServerFrame::Error(refused) => bail!("cannot subscribe: {}", refused.error.message),
                ServerFrame::Reset(_) => bail!("a subscription without a cursor was reset"),
                _ => {}
            }
        }
    }

    /// Sends a frame.
    pub(crate) async fn send(&mut self, frame: &ClientFrame) -> anyhow::Result<()> {
        let text = serde_json::to_string(frame).context("a frame is JSON")?;
        let sending = self.inner.send(Message::text(text));
        tokio::time::timeout(self.timeout, sending)
            .await
            .context("the server takes no more")?
            .context("the connection is gone")
    }

    /// Waits for the next frame. Fails where a stream has a gap.
    pub(crate) async fn next(&mut self) -> anyhow::Result<ServerFrame> {
        loop {
            let message = tokio::time::timeout(self.timeout, self.inner.next())
                .await
                .with_context(|| format!("no answer within {:?}", self.timeout))?;
            let text = match message.context("the connection is gone")? {
                Ok(Message::Text(text)) => text,
                Ok(Message::Close(frame)) => bail!("the server closed: {}", reason(frame.as_ref())),
                Ok(_ping_or_pong) => continue,
                Err(error) => return Err(error).context("the connection is broken"),
            };
            let Ok(frame) = serde_json::from_str(&text) else {
                // A client ignores types that it does not know.
                continue;
            };
            self.follow(&frame)?;
            return Ok(frame);
        }
    }

    fn follow(&mut self, frame: &ServerFrame) -> anyhow::Result<()> {
        match frame {
            ServerFrame::Subscribed(it) => {
                self.places.insert(it.stream, it.at);
            }
            ServerFrame::Events(it) => {
                let place = self.places.insert(it.stream, it.to);
                let (prev, to) = (it.prev, it.to);
                ensure!(place == Some(prev), "a gap: at {place:?}, and then {prev} to {to}");
            }
            _ => {}
        }
        Ok(())
    }

    /// Says goodbye.
    pub(crate) async fn close(mut self) {
        let closing = async {
            if self.inner.close(None).await.is_ok() {
                while let Some(Ok(_ignored)) = self.inner.next().await {}
            }
        };
        let _too_slow = tokio::time::timeout(CLOSE_TIMEOUT, closing).await;
    }
}

/// The server says in a line of text why it refuses a handshake.
fn refused(error: Error) -> anyhow::Error {
    let Error::Http(response) = error else {
        return anyhow::Error::new(error).context("cannot open the socket");
    };
    let status = response.status().as_u16();
    let why = response.body().as_deref().map(String::from_utf8_lossy).unwrap_or_default();
    anyhow::anyhow!("the socket was refused: {status} {}", why.trim())
}

fn reason(frame: Option<&CloseFrame>) -> String {
    let Some(frame) = frame else { return "without a code".to_owned() };
    let name = serde_json::from_str(&frame.reason).map(|it: CloseReason| it.code);
    format!("{} {}", u16::from(frame.code), name.unwrap_or_default())
}

/// Says what a frame is, without its content.
pub(crate) fn named(frame: &ServerFrame) -> String {
    match frame {
        ServerFrame::Error(it) => it.error.message.clone(),
        other => serde_json::to_value(other)
            .ok()
            .and_then(|value| Some(format!("`{}`", value.get("type")?.as_str()?)))
            .unwrap_or_default(),
    }
}
