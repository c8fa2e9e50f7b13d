//! Connecting: TCP, then the WebSocket handshake.

use protocol::frames::SUBPROTOCOL;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{ClientRequestBuilder, http::Uri},
};

/// Opens the TCP connection and does the handshake, with more headers.
pub(crate) async fn handshake(
    url: &str,
    headers: &[(&str, &str)],
) -> Result<WebSocketStream<TcpStream>, u16> {
    let address = url.strip_prefix("http://").unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    handshake_on(stream, url, headers).await
}

/// Does the handshake on a TCP connection.
async fn handshake_on(
    stream: TcpStream,
    url: &str,
    headers: &[(&str, &str)],
) -> Result<WebSocketStream<TcpStream>, u16> {
    let address = url.strip_prefix("http://").unwrap();
    let uri: Uri = format!("ws://{address}/ws").parse().unwrap();
    let mut request = ClientRequestBuilder::new(uri).with_sub_protocol(SUBPROTOCOL);
    for (name, value) in headers {
        request = request.with_header(*name, *value);
    }
    match tokio_tungstenite::client_async(request, stream).await {
        Ok((socket, _response)) => Ok(socket),
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => {
            Err(response.status().as_u16())
        }
        Err(error) => panic!("{error}"),
    }
}

/// Connects with a buffer that takes few bytes while nobody reads.
pub(crate) async fn narrow_handshake(url: &str) -> WebSocketStream<TcpStream> {
    let address = url.strip_prefix("http://").unwrap().parse().unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let stream = socket.connect(address).await.unwrap();
    handshake_on(stream, url, &[]).await.expect("a handshake")
}
