# syntax=docker/dockerfile:1
# One image for every node: the server with the desk inside, and nothing else. Postgres and Redis are
# elsewhere (compose.yaml has them all).

FROM node:22-bookworm-slim AS desk
WORKDIR /build/client-js
# The packages first: they change less often than what is built with them.
COPY client-js/package.json client-js/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY client-js/ ./
# The types of its tests are checked, too, and they read these.
COPY protocol/golden/ ../protocol/golden/
RUN npm run build

FROM rust:1.95-bookworm AS server
WORKDIR /build
COPY Cargo.toml Cargo.lock ./
COPY protocol/ protocol/
COPY server/ server/
# The server does not need it, but the workspace names it.
COPY loadtest/ loadtest/
COPY migrations/ migrations/
COPY --from=desk /build/client-js/dist/ client-js/dist/
# Statements are checked against server/.sqlx. The caches outlive the build, and the image has no part of
# them.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    SQLX_OFFLINE=true cargo build --release --locked -p server --bin tandem \
    && cp target/release/tandem /usr/local/bin/tandem

FROM debian:bookworm-slim
# Certificates to know providers, Postgres and Redis by.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --create-home --shell /usr/sbin/nologin tandem \
    && install --directory --owner=10001 --group=10001 --mode=700 /var/lib/tandem/blobs
COPY --from=server /usr/local/bin/tandem /usr/local/bin/tandem
USER 10001:10001
ENV HOME=/home/tandem \
    TANDEM_BLOB_DIR=/var/lib/tandem/blobs \
    TANDEM_LISTEN=0.0.0.0:8080 \
    TANDEM_LOG_FORMAT=json
EXPOSE 8080
# Bash speaks HTTP well enough for this, and saves the image a client.
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /readyz HTTP/1.0\\r\\n\\r\\n' >&3 && grep -q '\"ready\":true' <&3"]
ENTRYPOINT ["tandem"]
