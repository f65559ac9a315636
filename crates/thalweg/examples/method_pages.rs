//! Writes a page of the book for every method, from the registry: `cargo xtask docs` calls it with a folder.

use std::fmt::Write;
use std::path::PathBuf;
use thalweg::{Error, Maturity, Method, Result, run::registry};

fn main() -> Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.ok_or_else(|| Error::input("Name the folder for the pages."))?;
    std::fs::create_dir_all(&folder).map_err(|e| Error::system(format_args!("make {}", folder.display()), e))?;
    for method in registry::methods() {
        let path = folder.join(format!("{}.md", method.name));
        std::fs::write(&path, page(method)?).map_err(|e| Error::system(format_args!("write {}", path.display()), e))?;
    }
    Ok(())
}

fn page(method: &Method) -> Result<String> {
    let settings = serde_json::to_string_pretty(&(method.defaults)())
        .map_err(|e| Error::failed(format!("The settings of {} could not be shown: {e}.", method.name)))?;
    let maturity = match method.maturity {
        Maturity::Stable => "every check passes at three seeds",
        Maturity::Preview => "preview: checks are still missing",
    };
    let change = if registry::learns(method) {
        "Each is changed by `--set KEY=VALUE`, for example `--set fit.steps=2000`."
    } else {
        "The fields of its `Config` in `thalweg::matching`."
    };
    let mut checks = String::new();
    for check in method.checks {
        // Writing to a String cannot fail.
        let _ = writeln!(checks, "| `{}` | {} | {} |", check.name, cell(check.claim), cell(check.source));
    }
    Ok(format!(
        "# {name}\n\nNumber {id}, family {family}; {maturity}.\n\n{docs}\n\n\
         ## Settings\n\n{change}\n\n\
         ```json\n{settings}\n```\n\n\
         ## Checks\n\n`thalweg verify {id}` measures these.\n\n\
         | check | claim | where the answer comes from |\n|---|---|---|\n{checks}\n\
         ## Citation\n\n```bibtex\n{bibtex}\n```\n",
        name = method.name,
        id = method.id,
        family = method.family.name(),
        docs = method.docs.trim(),
        bibtex = method.citation.bibtex.trim(),
    ))
}

/// A bar would end the cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
