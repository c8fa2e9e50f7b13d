//! One connection: opened with small buffers, refused with a reason.

use std::time::Duration;

use protocol::frames::SUBPROTOCOL;
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        ClientRequestBuilder, Error,
        http::{Response, Uri},
        protocol::WebSocketConfig,
    },
};

use crate::target::Target;

/// A handshake that takes longer is a refusal.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The default of 128 KiB would be zeroed at every read.
const READ_BUFFER: usize = 4 * 1024;
/// Of a desk that is going to stop reading, so that it is noticed soon. Smaller than two packets of a
/// loopback interface it would be slow by itself: the kernel then waits for room.
const SMALL_WINDOW: u32 = 128 * 1024;

/// An open connection.
pub(crate) type Link = WebSocketStream<TcpStream>;

/// No connection.
#[derive(Debug)]
pub(crate) struct Refused {
    /// Why.
    pub(crate) why: String,
    /// When the server wants us back.
    pub(crate) retry_after: Option<Duration>,
}

/// Opens a connection.
pub(crate) async fn open(target: &Target, small: bool) -> Result<Link, Refused> {
    let refused = |why: String| Refused { why, retry_after: None };
    let opening = async {
        let stream = connect(target, small).await.map_err(|error| refused(error.to_string()))?;
        stream.set_nodelay(true).map_err(|error| refused(error.to_string()))?;
        let uri: Uri = target.ws.parse().map_err(|_bad_uri| refused("a bad address".to_owned()))?;
        let request = ClientRequestBuilder::new(uri).with_sub_protocol(SUBPROTOCOL);
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
        let (link, _response) =
            client_async_with_config(request, stream, Some(config)).await.map_err(explain)?;
        Ok(link)
    };
    match tokio::time::timeout(TIMEOUT, opening).await {
        Ok(opened) => opened,
        Err(_elapsed) => Err(refused(format!("no handshake within {TIMEOUT:?}"))),
    }
}

async fn connect(target: &Target, small: bool) -> std::io::Result<TcpStream> {
    let mut failed = std::io::Error::other("the host has no address");
    for address in lookup_host(&*target.authority).await? {
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        if small {
            socket.set_recv_buffer_size(SMALL_WINDOW)?;
        }
        match socket.connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

fn explain(error: Error) -> Refused {
    let Error::Http(response) = error else {
        return Refused { why: error.to_string(), retry_after: None };
    };
    let retry_after = retry_after(&response);
    Refused { why: format!("the handshake was answered {}", response.status()), retry_after }
}

/// In milliseconds in the body, or in seconds in the header.
fn retry_after(response: &Response<Option<Vec<u8>>>) -> Option<Duration> {
    #[derive(serde::Deserialize)]
    struct Problem {
        retry_after_ms: u64,
    }
    let body = response.body().as_deref().unwrap_or_default();
    if let Ok(problem) = serde_json::from_slice::<Problem>(body) {
        return Some(Duration::from_millis(problem.retry_after_ms));
    }
    let header = response.headers().get("retry-after")?.to_str().ok()?;
    header.trim().parse().ok().map(Duration::from_secs)
}
