//! The invitation to one account's owner (rule S16).

use jiff::Timestamp;
use unicode_normalization::char::is_combining_mark;

use super::page::{self, FONT, Page, Tone, escape};
use super::wrap::paragraph;
use super::{Mail, identity};
use connector_host::one_line::one_line;
use connector_settings::{Language, MailSettings};
use connector_sync::directory::Invitee;

struct Words {
    subject: &'static str,
    label: &'static str,
    hello: &'static str,
    headline: &'static str,
    paragraphs: [&'static str; 3],
    address: &'static str,
    footer: &'static str,
}

const DE: Words = Words {
    subject: "Ihr Zugang zu elearnio",
    label: "Einladung",
    hello: "Guten Tag",
    headline: "Ihr Lernkonto ist bereit",
    paragraphs: [
        "Ihr Unternehmen hat für Sie ein Konto auf der Lernplattform elearnio eingerichtet. Dort finden Sie Ihre Kurse und \
         alles, was Sie zum Einstieg brauchen.",
        "Öffnen Sie die Anmeldeseite Ihrer Lernplattform, geben Sie Ihre E-Mail-Adresse ein und wählen Sie „Passwort \
         vergessen“. Sie erhalten dann einen Link, mit dem Sie Ihr eigenes Passwort festlegen.",
        "Bei Fragen hilft Ihnen Ihre Personalabteilung gern weiter.",
    ],
    address: "Ihre E-Mail-Adresse für die Anmeldung",
    footer: "Sie erhalten diese Nachricht einmalig, weil für Sie ein Konto angelegt wurde.",
};

const EN: Words = Words {
    subject: "Your access to elearnio",
    label: "Invitation",
    hello: "Hello",
    headline: "Your learning account is ready",
    paragraphs: [
        "Your company has set up an account for you on the learning platform elearnio. There you will find your courses and \
         everything you need to get started.",
        "Open your learning platform's sign-in page, enter your e-mail address and choose “Forgot password”. You will then \
         receive a link to set your own password.",
        "If you have questions, your HR department will be glad to help.",
    ],
    address: "Your e-mail address for signing in",
    footer: "You receive this message only once, because an account was created for you.",
};

/// The account an invitation is for.
#[derive(Clone, Copy)]
pub struct Account<'a> {
    /// The directory's ID, if it has one: two tenants of one name may deliver into one folder.
    pub directory: Option<&'a str>,
    /// The tenant's integration name.
    pub tenant: &'a str,
    /// The account, its address, and its owner's first name.
    pub invitee: &'a Invitee,
}

/// The invitation for one account, once ever: its message ID is made from directory, tenant and account alone.
///
/// No password and no link with a secret is in it: the reader of the mailbox sets the password on the platform itself.
#[must_use]
pub fn invitation(account: &Account<'_>, settings: &MailSettings, started: Timestamp) -> Mail {
    let words = match settings.language {
        Language::De => &DE,
        Language::En => &EN,
    };
    let Invitee { account: account_id, email, first_name } = account.invitee;
    let greeting = match name_in(first_name) {
        Some(name) => format!("{} {name},", words.hello),
        None => format!("{},", words.hello),
    };
    let address = one_line(email);
    Mail {
        message_id: identity::message_id(
            "invitation",
            &[account.directory.unwrap_or_default(), account.tenant, account_id],
        ),
        from: settings.from.clone(),
        to: vec![email.clone()],
        subject: words.subject.to_owned(),
        text: text(words, &greeting, &address),
        html: html(words, settings.language, &greeting, &address),
        date: started.as_second(),
    }
}

/// The most characters of a name that somebody is greeted by.
const LONGEST_NAME: usize = 40;

/// A first name to greet somebody by, if it is one: letters with their marks, and what stands between the parts of a name.
///
/// It comes from the source, where the person may have written it, and goes out under the company's name: a sentence with a link
/// in it would be a forged mail that the company sends.
fn name_in(text: &str) -> Option<String> {
    let name = one_line(text);
    let between = |c: char| matches!(c, ' ' | '-' | '\'' | '’' | '.' | '‐' | '·');
    let fits = |c: char| c.is_alphabetic() || between(c) || is_combining_mark(c);
    let is_name = name.chars().any(char::is_alphabetic) && name.chars().all(fits) && !names_a_host(&name);
    (is_name && name.chars().count() <= LONGEST_NAME).then_some(name)
}

/// True if a dot stands within a word, as in a link that mail programs make clickable; in a name, a space or the end follows.
fn names_a_host(name: &str) -> bool {
    name.split(' ').any(|word| word.trim_end_matches('.').contains('.'))
}

fn text(words: &Words, greeting: &str, address: &str) -> String {
    let [welcome, steps, help] = words.paragraphs;
    let mut out = format!("{greeting}\n\n");
    for block in [welcome, steps] {
        paragraph(&mut out, "", block);
        out.push('\n');
    }
    paragraph(&mut out, "", &format!("{}:", words.address));
    paragraph(&mut out, "  ", address);
    out.push('\n');
    paragraph(&mut out, "", help);
    out.push_str("\n-- \n");
    paragraph(&mut out, "", words.footer);
    out
}

fn html(words: &Words, language: Language, greeting: &str, address: &str) -> String {
    let [welcome, steps, help] = words.paragraphs.map(escape);
    let block = |content: &str| {
        format!(
            r#"<tr><td class="pad ink" style="{FONT}padding:14px 36px 0;font-size:16px;line-height:25px;color:#26313f;">{content}</td></tr>
"#
        )
    };
    let sign_in = format!(
        r#"<div class="box" style="background:#f4f6f9;border-radius:10px;padding:14px 18px;"><span class="soft" style="font-size:13px;color:#5b6675;">{}</span><br><strong style="word-break:break-all;">{}</strong></div>"#,
        escape(words.address),
        escape(address)
    );
    let body: String = [escape(greeting), welcome, steps, sign_in, help].iter().map(|content| block(content)).collect();
    page::page(&Page {
        language,
        title: words.subject,
        preview: words.headline,
        tone: Tone::Good,
        label: words.label,
        headline: words.headline,
        body: &body,
        footer: &escape(words.footer),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{golden, settings};

    fn invite(language: Language, first_name: &str) -> Mail {
        invite_of("d1", language, first_name)
    }

    fn invite_of(directory: &str, language: Language, first_name: &str) -> Mail {
        let invitee = Invitee {
            account: "a-17".to_owned(),
            email: "anna.schmidt@acme.example".to_owned(),
            first_name: first_name.to_owned(),
        };
        let account = Account { directory: Some(directory), tenant: "Acme", invitee: &invitee };
        invitation(&account, &settings(language), Timestamp::from_second(1_795_456_209).unwrap_or_default())
    }

    #[test]
    fn s16_invitations_read_well_in_both_languages() {
        for (language, name) in [(Language::De, "de"), (Language::En, "en")] {
            let mail = invite(language, "Anna");
            golden(&format!("invitation-{name}.txt"), &format!("{}\n\n{}", mail.subject, mail.text));
            golden(&format!("invitation-{name}.html"), &mail.html);
        }
    }

    #[test]
    fn s16_one_account_has_one_invitation_whatever_else_changes() {
        let first = invite(Language::De, "Anna");
        let second = invite(Language::En, "Anne");
        assert_eq!(first.message_id, second.message_id);
        assert_ne!(first.message_id, invite_of("d2", Language::De, "Anna").message_id, "two tenants of one name");
        assert!(!first.message_id.contains("anna") && !first.message_id.contains("a-17"));
    }

    #[test]
    fn s26_a_text_that_is_not_a_name_is_not_greeted() {
        let mail = invite(Language::En, "<img src=x>\r\nX-Evil: 1");
        assert!(!mail.html.contains("img src=x") && !mail.html.contains("X-Evil"));
        assert!(mail.text.starts_with("Hello,\n"));
    }

    #[test]
    fn only_a_valid_name_is_greeted() {
        for name in [
            "Anna",
            "Jean-Luc",
            "O’Neill",
            "D'Arcy",
            "Anna M.",
            "José",
            "Jose\u{301}",
            "Søren Å.",
            "李",
            "मोहन",
            "Nguyễn",
        ] {
            assert_eq!(name_in(name).as_deref(), Some(name), "{name}");
        }
        let long = "a".repeat(LONGEST_NAME + 1);
        for text in [
            "your account will be closed, log in at https://evil.example",
            "evil.example",
            "log in at evil.example now",
            "Anna: 1",
            "<b>Anna</b>",
            "Anna 2",
            "anna@evil.example",
            "Anna!",
            "...",
            "",
            &long,
        ] {
            assert_eq!(name_in(text), None, "{text}");
        }
    }

    #[test]
    fn without_a_first_name_the_greeting_is_whole() {
        assert!(invite(Language::De, " ").text.starts_with("Guten Tag,\n"));
    }
}
