//! Delivery after the commit: by the settings' mail server, else as files.

use std::path::Path;

use super::exit::CliError;
use connector_mail::deliver;
use connector_settings::Settings;
use connector_sync::directory::Directory;

/// Delivers what is queued, of this run and of any before it, and says on stderr where it went.
///
/// # Errors
/// When a mail is not out; it stays queued, and what was applied stays applied.
pub async fn flush(directory: &mut dyn Directory, settings: &Settings, outbox: &Path) -> Result<(), CliError> {
    let delivered = deliver::flush(directory, &*deliver::delivery(settings, outbox)?).await?;
    if delivered > 0 {
        let place = match settings.mail.as_ref().and_then(|mail| mail.smtp.as_ref()) {
            Some(smtp) => format!("sent by {}", smtp.host),
            None => format!("in {}", outbox.display()),
        };
        anstream::eprintln!("{delivered} mail{} {place}", if delivered == 1 { "" } else { "s" });
    }
    Ok(())
}
