# Tandem. `make` alone lists what there is.

# Tests share one Postgres with 200 connections, and most of them wait: more threads than cores.
RUST_TEST_THREADS ?= 8
# The generator has the path of its tree compiled in, and cargo does not see a target folder that was
# copied from another tree: always built anew, so that it never writes there.
CODEGEN = touch protocol/src/bin/protocol-codegen.rs && cargo run --quiet -p protocol --features codegen --bin protocol-codegen --

.DEFAULT_GOAL := help
# The Postgres of `make bench` keeps what it commits, as one in production does.
BENCH_POSTGRES = -c fsync=on -c synchronous_commit=on -c full_page_writes=on -c shared_buffers=512MB -c max_wal_size=4GB

.PHONY: help run cluster test test-rust test-client test-browser prove bench desk lint generate check-generated sqlx check-sqlx clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build, and run on http://127.0.0.1:8080 with a Postgres of its own
	@scripts/need postgres node
	@scripts/desk
	cargo run --release -p server --bin tandem

cluster: ## Two nodes on one Postgres and one Redis with a proxy in front, to try (CLUSTER_PORT=8080)
	@scripts/need postgres redis node
	@scripts/need haproxy || true
	@scripts/desk
	cargo build --release -p server --bin tandem
	@PATH="$$PATH:/usr/sbin" scripts/with-postgres scripts/with-redis scripts/cluster target/release/tandem

test: ## Everything: Rust against a real Postgres, the SDK and the desk, a real browser
	@scripts/need postgres redis node chromium python
	@scripts/desk
	$(MAKE) test-rust
	$(MAKE) test-client
	$(MAKE) test-browser

test-rust: ## The Rust tests, against a Postgres and a Redis of their own
	RUST_TEST_THREADS=$(RUST_TEST_THREADS) scripts/with-postgres scripts/with-redis scripts/test-rust

test-client: ## The unit tests of the SDK and the desk
	cd client-js && npm run --silent typecheck && npm test

test-browser: ## The desk in a real browser: the main job, and two desks on two nodes
	scripts/with-postgres scripts/with-redis scripts/test-browser

prove: ## Longer proofs: the faults for a minute each, broken on purpose and caught, providers' specifications, a slow reader on a quiet machine
	@scripts/need postgres redis node
	TANDEM_PROVE_SECONDS=60 scripts/with-postgres scripts/with-redis cargo test --release -p server --test it -- --nocapture --test-threads=1 faults::
	scripts/mutants
	scripts/with-postgres scripts/with-redis cargo test --release -p server --test it -- requests::
	scripts/prism
	TANDEM_PROVE=1 scripts/with-postgres scripts/with-redis cargo test --release -p server --test it -- --nocapture --test-threads=1 slow_reader storm:: rights::live sessions::

bench: ## Figures beside their references; BENCH=memory,delivery takes some: memory, delivery, fan-out, latency, resume, replies
	@scripts/need postgres node
	@scripts/desk
	cargo build --release -p server --bin tandem
	cargo build --release -p bench
	cd loadtest/bench/peers && npm ci --silent
	ulimit -n $$(ulimit -Hn) && WITH_POSTGRES_OPTIONS="$(BENCH_POSTGRES)" scripts/with-postgres target/release/bench run \
		--postgres-bin $$(scripts/need --postgres-bin) $(if $(BENCH),--only $(BENCH))

desk: ## Build the desk, if it has changed
	@scripts/need node
	@scripts/desk

lint: ## Formatting, and clippy without a warning
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --all-features -- -D warnings

generate: ## Write the TypeScript types and golden files out of the protocol crate
	$(CODEGEN)

check-generated: ## Fail if these are stale
	$(CODEGEN) --check

sqlx: ## Refresh the files that SQL is checked against while building
	@scripts/need postgres
	scripts/sqlx write

check-sqlx: ## Fail if these are stale
	@scripts/need postgres
	scripts/sqlx check

clean: ## Remove what was built and fetched here
	cargo clean
	rm -rf client-js/dist client-js/node_modules
