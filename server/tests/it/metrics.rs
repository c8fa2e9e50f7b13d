//! `/metrics`: who may read it, and what it counts.

use reqwest::StatusCode;

use crate::harness::{api::client, database::Database, process::ServerProcess};

/// What a node's page says.
pub(crate) struct Page(String);

impl Page {
    /// Reads it.
    pub(crate) async fn of(url: &str) -> Self {
        let answer = client().get(format!("{url}/metrics")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
        Self(answer.text().await.unwrap())
    }

    /// Returns one figure: its name with its labels, as the page has them.
    #[track_caller]
    pub(crate) fn get(&self, series: &str) -> f64 {
        let value = |line: &str| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok();
        self.0.lines().find_map(value).unwrap_or_else(|| panic!("{series} is not in\n{}", self.0))
    }
}

#[tokio::test]
async fn the_page_is_open_unless_it_has_a_token() {
    let database = Database::create().await;
    let open = ServerProcess::start(&database, &[]).await;
    let page = Page::of(&open.url).await;
    assert!(page.get("tandem_postgres_connections_open") >= 1.0);
    assert!(page.get("process_cpu_seconds_total") > 0.0);
    assert!(page.get("process_resident_memory_bytes") > 1e6);
    open.kill().await;

    let token = "canary-metrics-token";
    let closed = ServerProcess::start(&database, &[("TANDEM_METRICS_TOKEN", token)]).await;
    let ask = async |authorization: Option<&str>| {
        let request = client().get(format!("{}/metrics", closed.url));
        let request =
            authorization.into_iter().fold(request, |it, value| it.header("authorization", value));
        request.send().await.unwrap().status()
    };
    assert_eq!(ask(None).await, StatusCode::UNAUTHORIZED);
    for wrong in ["Bearer ", "Bearer canary", "Bearer canary-metrics-tokem", token] {
        assert_eq!(ask(Some(wrong)).await, StatusCode::UNAUTHORIZED, "{wrong}");
    }
    assert_eq!(ask(Some(&format!("Bearer {token}"))).await, StatusCode::OK);
}
