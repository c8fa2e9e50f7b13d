//! A stand-in for whoever has customers' files: an HTTP server that redirects, fails, lies and drips.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use parking_lot::Mutex;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// What a path answers.
#[derive(Clone)]
pub(crate) enum Answer {
    /// A file.
    File(Vec<u8>),
    /// A status, and nothing else.
    Status(u16),
    /// Somewhere else.
    Redirect(String),
    /// Bytes without an end, after these headers.
    Endless(&'static str),
    /// These very bytes.
    Raw(Vec<u8>),
    /// Nothing, for as long as the asker waits.
    Silence,
}

/// A request, as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
}

#[derive(Default)]
struct Shared {
    answers: Mutex<BTreeMap<String, Vec<Answer>>>,
    asked: Mutex<Vec<Asked>>,
    connections: AtomicU64,
    bytes: AtomicU64,
}

/// The running server; dropping it ends it.
pub(crate) struct Files {
    addr: SocketAddr,
    shared: Arc<Shared>,
    _server: JoinSet<()>,
}

impl Files {
    /// Starts it.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let addr = listener.local_addr().expect("a bound address");
        let shared = Arc::<Shared>::default();
        let (serving, mut server) = (Arc::clone(&shared), JoinSet::new());
        server.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _peer) = listener.accept().await.expect("a connection");
                serving.connections.fetch_add(1, Ordering::Relaxed);
                let shared = Arc::clone(&serving);
                connections.spawn(async move {
                    // The asker may leave at any time.
                    let _left = serve(stream, &shared).await;
                });
            }
        });
        Self { addr, shared, _server: server }
    }

    /// Returns the address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// Returns the port.
    pub(crate) fn port(&self) -> u16 {
        self.addr.port()
    }

    /// Says what a path answers, each time the next; the last one stays.
    pub(crate) fn script(&self, path: &str, answers: &[Answer]) {
        self.shared.answers.lock().insert(path.to_owned(), answers.to_vec());
    }

    /// Puts a file at a path and returns its address.
    pub(crate) fn put(&self, path: &str, bytes: &[u8]) -> String {
        self.script(path, &[Answer::File(bytes.to_vec())]);
        self.url(path)
    }

    /// Returns what was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().clone()
    }

    /// Returns how often somebody connected.
    pub(crate) fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// Returns how many bytes somebody took.
    pub(crate) fn bytes(&self) -> u64 {
        self.shared.bytes.load(Ordering::Relaxed)
    }
}

async fn serve(mut stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let authorization = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("authorization").then(|| value.to_owned())
    });
    shared.asked.lock().push(Asked { path: path.clone(), authorization });
    let answer = {
        let mut answers = shared.answers.lock();
        match answers.get_mut(&path) {
            Some(left) if left.len() > 1 => left.remove(0),
            Some(left) => left[0].clone(),
            None => Answer::Status(404),
        }
    };
    let (head, body) = match answer {
        Answer::File(bytes) => (format!("200 OK\r\nContent-Length: {}", bytes.len()), bytes),
        Answer::Status(code) => (format!("{code} So\r\nContent-Length: 0"), Vec::new()),
        Answer::Redirect(to) => {
            (format!("302 Found\r\nLocation: {to}\r\nContent-Length: 0"), vec![])
        }
        Answer::Endless(headers) => {
            stream.write_all(format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n").as_bytes()).await?;
            let chunk = vec![b'x'; 16 * 1024];
            loop {
                if headers.contains("chunked") {
                    stream.write_all(b"4000\r\n").await?;
                }
                stream.write_all(&chunk).await?;
                if headers.contains("chunked") {
                    stream.write_all(b"\r\n").await?;
                }
                shared.bytes.fetch_add(chunk.len() as u64, Ordering::Relaxed);
            }
        }
        Answer::Raw(bytes) => return stream.write_all(&bytes).await,
        Answer::Silence => {
            // Until the asker leaves.
            while stream.read(&mut [0; 64]).await? > 0 {}
            return Ok(());
        }
    };
    let head = format!("HTTP/1.1 {head}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(&body).await?;
    stream.shutdown().await
}

/// A folder for stored files that goes away with its last owner.
#[derive(Debug, Clone)]
pub(crate) struct Folder(Arc<Owned>);

#[derive(Debug)]
struct Owned(PathBuf);

impl Default for Folder {
    fn default() -> Self {
        let name = format!("tandem-test-files-{}", uuid::Uuid::now_v7().simple());
        Self(Arc::new(Owned(std::env::temp_dir().join(name))))
    }
}

impl Folder {
    /// Returns where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0.0
    }

    /// Returns how many files are in it.
    pub(crate) fn count(&self) -> usize {
        let below = |path: &Path| std::fs::read_dir(path).into_iter().flatten().flatten();
        below(self.path()).map(|folder| below(&folder.path()).count()).sum()
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // A test that started no server has none.
        let _absent = std::fs::remove_dir_all(&self.0);
    }
}
