//! Makes sure that there is a folder to embed, so that the server builds where the desk was not.

use std::{fs, path::Path};

const PAGE: &str = "<!doctype html><title>Tandem</title>\
    <p>The desk was not built. Run <code>make run</code>.\n";

fn main() {
    println!("cargo::rerun-if-changed=../client-js/dist");
    println!("cargo::rerun-if-changed=../migrations");
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../client-js/dist");
    if !dist.join("index.html").exists() {
        fs::create_dir_all(&dist).expect("the folder can be made");
        fs::write(dist.join("index.html"), PAGE).expect("the page can be written");
    }
}
