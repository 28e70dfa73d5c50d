//! Who works, what waits, and what was given up.

use maud::{Markup, html};

use super::run_list;
use crate::model::{Processes, Shell, WorkPage, WorkQueue};
use crate::ui::frame::{Page, document};
use crate::ui::parts::head;

/// How many characters tell one process from the others.
const SHORT: usize = 8;

/// `/operator/work`.
#[must_use]
pub fn work(shell: &Shell, page: &WorkPage) -> String {
    let title = shell.say("work.title");
    let body = html! {
        (head(&html! { (title) }, &html! { p { (shell.say("work.lead")) } }, &html! {}))
        (queue(shell, page))
        (processes(shell, page))
        section aria-labelledby="given-up" {
            h2 #given-up { (shell.say("work.given-up")) }
            @if page.given_up.is_empty() { p.soft { (shell.say("work.given-up-none")) } }
            @else {
                p.soft { (shell.say("work.given-up-text")) }
                (run_list::table(shell, &page.given_up))
            }
        }
    };
    document(shell, &Page::still(title, body))
}

fn queue(shell: &Shell, page: &WorkPage) -> Markup {
    let by = shell.say(match page.queue {
        WorkQueue::Database => "work.by-database",
        WorkQueue::JetStream => "work.by-jetstream",
    });
    html! {
        @if !page.is_queue_up {
            div.flash.bad role="alert" { p { (shell.say("work.queue-away")) } }
        }
        section aria-labelledby="queue" {
            h2 #queue { (shell.say("work.queue")) }
            dl.facts {
                div { dt { (shell.say("work.by")) } dd { (by) } }
                div { dt { (shell.say("work.waiting")) } dd { (shell.number(page.waiting)) } }
                @if let Some(since) = page.waiting_since {
                    div { dt { (shell.say("work.since")) } dd { (shell.time(since)) } }
                }
            }
        }
    }
}

fn processes(shell: &Shell, page: &WorkPage) -> Markup {
    let title = shell.say("work.processes");
    html! {
        section aria-labelledby="processes" {
            h2 #processes { (title) }
            @match &page.processes {
                Processes::One { at_work, room } => {
                    p { (shell.tell("work.one", &[("at-work", &shell.number(*at_work)), ("room", &shell.number(*room))])) }
                }
                Processes::Many(rows) => {
                    table.table.cards data-rows {
                        caption.unseen { (title) }
                        thead {
                            tr {
                                th scope="col" { (shell.say("work.process")) }
                                th scope="col" { (shell.say("work.version")) }
                                th.number scope="col" { (shell.say("work.at-work")) }
                                th.number scope="col" { (shell.say("work.room")) }
                                th scope="col" { (shell.say("work.heard")) }
                            }
                        }
                        tbody {
                            @for row in rows {
                                tr {
                                    th.title scope="row" {
                                        code { (row.id.chars().take(SHORT).collect::<String>()) }
                                        @if row.is_this { span.sub { (shell.say("work.this")) } }
                                    }
                                    td data-label=(shell.say("work.version")) { (row.version) }
                                    td.number data-label=(shell.say("work.at-work")) { (shell.number(row.at_work)) }
                                    td.number data-label=(shell.say("work.room")) {
                                        @if row.room == 0 { (shell.say("work.no-room")) } @else { (shell.number(row.room)) }
                                    }
                                    td data-label=(shell.say("work.heard")) { (shell.count("work.seconds-ago", row.seen)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
