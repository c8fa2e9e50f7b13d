//! An HTTP server that can be killed with all its connections, and comes back at the same address.

use std::net::SocketAddr;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use parking_lot::Mutex;
use tokio::{net::TcpListener, task::JoinSet};

use super::outside;

/// The server; dropping it ends it.
pub(crate) struct Mortal {
    addr: SocketAddr,
    life: Mutex<JoinSet<()>>,
    router: Router,
}

impl Mortal {
    /// Starts one that listens already.
    pub(crate) fn start(listener: TcpListener, router: Router) -> Self {
        let addr = listener.local_addr().expect("a bound address");
        let router = outside::kept(addr, router);
        let mortal = Self { addr, life: Mutex::default(), router };
        mortal.live(listener);
        mortal
    }

    /// Returns where it listens.
    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Ends it, and every request that it works on; nobody listens then.
    pub(crate) async fn kill(&self) {
        let mut life = std::mem::take(&mut *self.life.lock());
        life.shutdown().await;
    }

    /// Brings it back.
    pub(crate) async fn restart(&self) {
        self.live(TcpListener::bind(self.addr).await.expect("nobody else has taken the port"));
    }

    fn live(&self, listener: TcpListener) {
        let router = self.router.clone();
        self.life.lock().spawn(async move {
            // They end with this task.
            let mut connections = JoinSet::new();
            loop {
                let Ok((stream, _from)) = listener.accept().await else { continue };
                let service = TowerToHyperService::new(router.clone());
                connections.spawn(async move {
                    let serving =
                        http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                    let _cut = serving.await;
                });
                while connections.try_join_next().is_some() {}
            }
        });
    }
}
