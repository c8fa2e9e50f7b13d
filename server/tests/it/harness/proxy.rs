//! A proxy that makes the line between a node and its Redis or Postgres bad on purpose: it refuses,
//! cuts, stalls, delays and slows; a [`Filter`] may also lose, double and reorder whole messages.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
    sync::{mpsc, watch},
    task::JoinSet,
    time::Instant,
};

/// Chunks under way in one direction; more wait in the sockets.
const UNDER_WAY_MAX: usize = 256;
/// Bytes read at a time.
const CHUNK_BYTES: usize = 16 * 1024;

/// Where the proxy leads.
#[derive(Debug, Clone)]
pub(crate) enum Upstream {
    /// A TCP port.
    Tcp(SocketAddr),
    /// A socket in the file system.
    Unix(PathBuf),
}

/// What the line does to what is sent over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Line {
    /// New connections are closed at once.
    refused: bool,
    /// Bytes are taken and kept, in both directions, as in a partition.
    stalled: bool,
    /// Each byte takes this long.
    delay: Duration,
    /// At most so many bytes go through a second.
    bytes_per_second: Option<u32>,
    /// A larger number than at its beginning ends a connection.
    cuts: u64,
}

/// Changes what flows in one direction of one connection, whole messages at a time.
pub(crate) trait Filter: Send {
    /// Takes bytes in and gives bytes out.
    fn pass(&mut self, bytes: &[u8]) -> Vec<u8>;
}

/// Makes the filters of a new connection: from the client, and to the client.
pub(crate) type Filters = dyn Fn() -> (Box<dyn Filter>, Box<dyn Filter>) + Send + Sync;

/// Leaves everything as it is.
struct Plain;

impl Filter for Plain {
    fn pass(&mut self, bytes: &[u8]) -> Vec<u8> {
        bytes.to_vec()
    }
}

/// A proxy that runs; dropping it ends it and all that goes through it.
pub(crate) struct Proxy {
    address: SocketAddr,
    line: watch::Sender<Line>,
    connections: Arc<AtomicUsize>,
    _accepting: JoinSet<()>,
}

impl Proxy {
    /// Starts one that only forwards.
    pub(crate) async fn start(upstream: Upstream) -> Self {
        let plain = || -> (Box<dyn Filter>, Box<dyn Filter>) { (Box::new(Plain), Box::new(Plain)) };
        Self::start_with(upstream, Arc::new(plain)).await
    }

    /// Starts one with filters.
    pub(crate) async fn start_with(upstream: Upstream, filters: Arc<Filters>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let address = listener.local_addr().expect("a bound address");
        let (line, _) = watch::channel(Line::default());
        let connections = Arc::new(AtomicUsize::new(0));
        let mut accepting = JoinSet::new();
        let (told, counted) = (line.subscribe(), Arc::clone(&connections));
        accepting.spawn(async move {
            // They end with this task.
            let mut running = JoinSet::new();
            loop {
                let (client, _from) = listener.accept().await.expect("a connection");
                if told.borrow().refused {
                    continue;
                }
                counted.fetch_add(1, Ordering::Relaxed);
                running.spawn(connection(client, upstream.clone(), told.clone(), filters()));
                while running.try_join_next().is_some() {}
            }
        });
        Self { address, line, connections, _accepting: accepting }
    }

    /// Returns where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns how many connections were made through it so far.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Ends every connection; new ones are fine.
    pub(crate) fn cut(&self) {
        self.line.send_modify(|line| line.cuts += 1);
    }

    /// Ends every connection and takes no new ones until [`heal`](Self::heal).
    pub(crate) fn refuse(&self) {
        self.line.send_modify(|line| {
            line.refused = true;
            line.cuts += 1;
        });
    }

    /// Lets nothing through until [`heal`](Self::heal), which delivers what was sent meanwhile.
    pub(crate) fn stall(&self) {
        self.line.send_modify(|line| line.stalled = true);
    }

    /// Lets everything take so much longer.
    pub(crate) fn delay(&self, delay: Duration) {
        self.line.send_modify(|line| line.delay = delay);
    }

    /// Lets so many bytes through a second, in each direction of each connection.
    pub(crate) fn slow(&self, bytes_per_second: u32) {
        self.line.send_modify(|line| line.bytes_per_second = Some(bytes_per_second));
    }

    /// Makes the line good again.
    pub(crate) fn heal(&self) {
        self.line.send_modify(|line| *line = Line { cuts: line.cuts, ..Line::default() });
    }
}

async fn connection(
    client: TcpStream,
    upstream: Upstream,
    mut line: watch::Receiver<Line>,
    (inwards, outwards): (Box<dyn Filter>, Box<dyn Filter>),
) {
    let cuts = line.borrow().cuts;
    let _fails_alone = client.set_nodelay(true);
    let (client_read, client_write) = client.into_split();
    let told = line.clone();
    let both = async {
        match upstream {
            Upstream::Tcp(address) => {
                let Ok(server) = TcpStream::connect(address).await else { return };
                let _fails_alone = server.set_nodelay(true);
                let (server_read, server_write) = server.into_split();
                tokio::select! {
                    () = forward(client_read, server_write, inwards, told.clone()) => {}
                    () = forward(server_read, client_write, outwards, told) => {}
                }
            }
            Upstream::Unix(path) => {
                let Ok(server) = UnixStream::connect(path).await else { return };
                let (server_read, server_write) = server.into_split();
                tokio::select! {
                    () = forward(client_read, server_write, inwards, told.clone()) => {}
                    () = forward(server_read, client_write, outwards, told) => {}
                }
            }
        }
    };
    tokio::select! {
        () = both => {}
        _ = line.wait_for(|line| line.cuts > cuts) => {}
    }
}

/// Forwards one direction until one side is gone.
async fn forward(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut filter: Box<dyn Filter>,
    mut line: watch::Receiver<Line>,
) {
    let (queue, mut queued) = mpsc::channel::<(Instant, Vec<u8>)>(UNDER_WAY_MAX);
    let told = line.clone();
    let reading = async move {
        let mut chunk = vec![0; CHUNK_BYTES];
        while let Ok(count) = from.read(&mut chunk).await {
            if count == 0 {
                return;
            }
            let bytes = filter.pass(&chunk[..count]);
            let due = Instant::now() + told.borrow().delay;
            if queue.send((due, bytes)).await.is_err() {
                return;
            }
        }
    };
    let writing = async move {
        while let Some((due, bytes)) = queued.recv().await {
            tokio::time::sleep_until(due).await;
            let rate = {
                let Ok(line) = line.wait_for(|line| !line.stalled).await else { return };
                line.bytes_per_second
            };
            if let Some(rate) = rate {
                let bytes = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                tokio::time::sleep(Duration::from_secs(1) * bytes / rate).await;
            }
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
    };
    // What was read before the end is still written.
    let reading = std::pin::pin!(reading);
    let writing = std::pin::pin!(writing);
    match futures_util::future::select(reading, writing).await {
        futures_util::future::Either::Left(((), writing)) => writing.await,
        futures_util::future::Either::Right(_) => {}
    }
}
