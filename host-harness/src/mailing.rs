//! Delivery after the commit: by the settings' mail server, else as files.

use std::path::Path;

use super::exit::CliError;
use connector_mail::deliver;
use connector_settings::Settings;
use connector_store::lock::DirectoryLock;
use connector_sync::directory::Directory;

/// Delivers what is queued in the directory of this `file`, of this run and of any before it, and says on stderr where it went.
///
/// The run's `lock` is given up first: a mail server that answers slowly must not keep others from the directory. It is left
/// after as long as a sync may take.
///
/// # Errors
/// When a mail is not out; it stays queued, and what was applied stays applied.
pub async fn flush(
    directory: &mut dyn Directory,
    file: &Path,
    lock: Option<DirectoryLock>,
    settings: &Settings,
    outbox: &Path,
) -> Result<(), CliError> {
    drop(lock);
    // Two runs must not deliver one queue.
    let _lock = DirectoryLock::take_for_mail(file).map_err(|error| CliError::Failed(error.to_string()))?;
    let delivery = deliver::delivery(settings, outbox)?;
    let cut = tokio::time::sleep(settings.limits.sync_time());
    let delivered = deliver::flush_until(directory, &*delivery, cut).await?;
    if delivered > 0 {
        let place = match settings.mail.as_ref().and_then(|mail| mail.smtp.as_ref()) {
            Some(smtp) => format!("sent by {}", smtp.host),
            None => format!("in {}", outbox.display()),
        };
        anstream::eprintln!("{delivered} mail{} {place}", if delivered == 1 { "" } else { "s" });
    }
    Ok(())
}
