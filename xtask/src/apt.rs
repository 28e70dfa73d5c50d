//! Debian's packages, where this program may install them.

use std::process::Command;

use anyhow::Result;

use crate::shell;

/// For how long another `apt-get` is waited for, in seconds: a new machine updates itself for the first minutes.
const LOCK_TIMEOUT: u32 = 180;

/// True where there is an `apt-get`.
pub fn is_there() -> bool {
    shell::succeeds(Command::new("apt-get").arg("--version"))
}

/// True for the one user who may install packages.
pub fn is_root() -> bool {
    shell::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Fetches the lists of packages and installs some. A failure is tried once more: somebody else may hold a lock, or a
/// server may have changed while its lists were read.
///
/// # Errors
/// When it fails twice.
pub fn install(packages: &[&str]) -> Result<()> {
    let try_once = || commands(packages).iter_mut().try_for_each(shell::run);
    shell::step(&format!("Getting {} by apt-get", packages.join(" ")), || {
        try_once().or_else(|error| {
            eprintln!("    {error:#}; trying once more");
            try_once()
        })
    })
}

fn commands(packages: &[&str]) -> [Command; 2] {
    let mut update = Command::new("apt-get");
    update.args(["update", "--quiet"]);
    let mut install = Command::new("apt-get");
    install.args(["install", "--quiet", "-y", "--no-install-recommends"]).args(packages);
    [update, install].map(|mut command| {
        command.arg("-o").arg(format!("DPkg::Lock::Timeout={LOCK_TIMEOUT}"));
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_asked_and_a_lock_is_waited_for() {
        for command in commands(&["chromium"]) {
            assert!(command.get_envs().any(|(name, _)| name == "DEBIAN_FRONTEND"));
            assert!(shell::show(&command).contains("DPkg::Lock::Timeout="), "{}", shell::show(&command));
        }
        let [update, install] = commands(&["chromium", "chromium-driver"]);
        assert!(shell::show(&update).starts_with("apt-get update"));
        assert!(shell::show(&install).contains(" -y --no-install-recommends chromium chromium-driver"));
    }
}
