//! Writes the TypeScript types, the OpenAPI document and the golden files, or with `--check` says which are stale.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool")]

use std::{
    any::TypeId,
    collections::{BTreeMap, HashSet},
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use protocol::{
    admin, bulk, canned, close, drafts, errors, frames, http, labels, notes, notifications,
    openapi, permissions::Permission, rights, samples, sessions, templates,
};
use ts_rs::{Config, TS, TypeVisitor};

const TYPES: &str = "client-js/sdk/src/protocol.ts";
const PERMISSIONS: &str = "client-js/sdk/src/permissions.ts";
const OPENAPI: &str = "protocol/openapi.json";
const GOLDEN: &str = "protocol/golden/v1";

fn main() -> ExitCode {
    let check = std::env::args().any(|arg| arg == "--check");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = BTreeMap::from([
        (PathBuf::from(TYPES), types()),
        (PathBuf::from(PERMISSIONS), permissions()),
    ]);
    let document = serde_json::to_string_pretty(&openapi::document()).expect("it is JSON");
    files.insert(PathBuf::from(OPENAPI), document + "\n");
    for (name, value) in samples::golden::golden() {
        let json = serde_json::to_string_pretty(&value).expect("samples are JSON");
        files.insert(Path::new(GOLDEN).join(name), json + "\n");
    }
    let mut wrong = 0;
    for (path, content) in &files {
        let full = root.join(path);
        if check {
            if fs::read_to_string(&full).ok().as_ref() != Some(content) {
                eprintln!("stale: {}", path.display());
                wrong += 1;
            }
        } else {
            let folder = full.parent().expect("every file has a folder");
            fs::create_dir_all(folder).expect("the folder can be made");
            fs::write(&full, content).expect("the file can be written");
            println!("wrote {}", path.display());
        }
    }
    for orphan in orphans(&root, &files) {
        eprintln!("orphan: {}", orphan.display());
        wrong += 1;
    }
    if wrong > 0 {
        eprintln!("run `make generate`");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn orphans(root: &Path, files: &BTreeMap<PathBuf, String>) -> Vec<PathBuf> {
    let Ok(folder) = fs::read_dir(root.join(GOLDEN)) else { return Vec::new() };
    folder
        .filter_map(Result::ok)
        .map(|entry| Path::new(GOLDEN).join(entry.file_name()))
        .filter(|path| !files.contains_key(path))
        .collect()
}

fn types() -> String {
    let config = Config::new().with_large_int("number");
    let mut collector = Collector { config: &config, seen: HashSet::new(), out: BTreeMap::new() };
    collector.visit::<frames::ClientFrame>();
    collector.visit::<frames::ServerFrame>();
    collector.visit::<close::CloseReason>();
    collector.visit::<errors::ErrorBody>();
    collector.visit::<http::SignIn>();
    collector.visit::<http::SignedIn>();
    collector.visit::<http::SignInWays>();
    collector.visit::<sessions::Sessions>();
    collector.visit::<sessions::Tokens>();
    collector.visit::<sessions::NewToken>();
    collector.visit::<sessions::TokenMade>();
    collector.visit::<http::Me>();
    collector.visit::<http::ThreadPage>();
    collector.visit::<http::ThreadSnapshot>();
    collector.visit::<http::CommandRequest>();
    collector.visit::<http::CommandAnswer>();
    collector.visit::<notes::NoteHistory>();
    collector.visit::<notifications::NotificationPage>();
    collector.visit::<templates::TemplateList>();
    collector.visit::<http::Problem>();
    collector.visit::<http::SandboxSend>();
    collector.visit::<http::SandboxTyping>();
    collector.visit::<http::SandboxChannels>();
    collector.visit::<http::SandboxPhone>();
    collector.visit::<http::SandboxPlays>();
    collector.visit::<admin::WantedInbox>();
    collector.visit::<admin::Inboxes>();
    collector.visit::<admin::Providers>();
    collector.visit::<admin::NewAccount>();
    collector.visit::<admin::ChangeAccount>();
    collector.visit::<admin::NewSecret>();
    collector.visit::<admin::Accounts>();
    collector.visit::<admin::Tested>();
    collector.visit::<admin::NewChannel>();
    collector.visit::<admin::Channels>();
    collector.visit::<rights::Agents>();
    collector.visit::<rights::NewAgent>();
    collector.visit::<rights::WantedAgent>();
    collector.visit::<rights::PasswordReset>();
    collector.visit::<rights::Members>();
    collector.visit::<rights::WantedMember>();
    collector.visit::<rights::WantedRole>();
    collector.visit::<rights::Teams>();
    collector.visit::<rights::WantedTeam>();
    collector.visit::<rights::Made>();
    collector.visit::<labels::Tags>();
    collector.visit::<labels::WantedTag>();
    collector.visit::<bulk::BulkRequest>();
    collector.visit::<bulk::BulkAnswers>();
    collector.visit::<canned::WantedCanned>();
    collector.visit::<canned::ApproveCanned>();
    collector.visit::<canned::CannedList>();
    collector.visit::<canned::CannedReply>();
    collector.visit::<canned::CannedSaved>();
    collector.visit::<canned::CheckCanned>();
    collector.visit::<canned::CheckedCanned>();
    collector.visit::<canned::FilledCanned>();
    collector.visit::<drafts::DraftContent>();
    collector.visit::<drafts::ReviewRule>();

    let declarations: Vec<_> = collector.out.into_values().collect();
    format!(
        "// Generated from the `protocol` crate by `make generate`. Do not edit.\n\n{}",
        declarations.join("\n")
    )
}

/// What can be allowed, with a line about each: apart from the types, which no code comes from.
fn permissions() -> String {
    let list = |name: &str, doc: &str, of_organisation: bool| {
        let all = Permission::ALL.iter().filter(|it| it.is_of_organisation() == of_organisation);
        let lines: Vec<_> = all
            .map(|it| format!("  ['{}', {}],\n", it.name(), serde_json::json!(it.about())))
            .collect();
        let lines = lines.concat();
        format!(
            "/** {doc} */\nexport const {name}: readonly (readonly [Permission, string])[] = [\n{lines}];\n"
        )
    };
    format!(
        "// What roles can allow, each with one line about it. Generated from the `protocol` crate by `make generate`. Do \
         not edit.\n\nimport type {{ Permission }} from './protocol.ts';\n\n{}\n{}",
        list("INBOX_PERMISSIONS", "What counts in one inbox.", false),
        list(
            "ORGANISATION_PERMISSIONS",
            "What counts everywhere: no role of an inbox has it.",
            true
        ),
    )
}

/// Collects the declaration of every type that is reachable, by name.
struct Collector<'a> {
    config: &'a Config,
    seen: HashSet<TypeId>,
    out: BTreeMap<String, String>,
}

impl TypeVisitor for Collector<'_> {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if T::output_path().is_none() || !self.seen.insert(TypeId::of::<T>()) {
            return;
        }
        let docs = T::docs().unwrap_or_default();
        let declaration = format!("{docs}export {}\n", T::decl(self.config));
        self.out.insert(T::ident(self.config), declaration);
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}
