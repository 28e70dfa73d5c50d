//! Writes every page with invented people into `target/gallery`, to be looked at:
//! `cargo run -p connector-console --features samples --example gallery`, then serve the folder with any web server.

use std::path::Path;
use std::{fs, io};

use connector_console::assets;
use connector_console::samples::Samples;
use connector_settings::Language;

fn main() -> io::Result<()> {
    let folder = Path::new("target/gallery");
    fs::create_dir_all(folder.join("assets"))?;
    for asset in assets::ALL {
        fs::write(folder.join("assets").join(asset.name), asset.text)?;
    }
    for (tag, language) in [("de", Language::De), ("en", Language::En)] {
        for (name, html) in (Samples { language, ..Samples::default() }).all() {
            fs::write(folder.join(format!("{name}-{tag}.html")), html)?;
        }
    }
    println!("{}", folder.display());
    Ok(())
}
