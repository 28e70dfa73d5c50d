//! A plan's figures as a row that adds up.

use connector_report::figures::{exclusion, labels};
use connector_sync::run::{EXCLUDED, figures};
use maud::{Markup, html};

use crate::model::{Figures, Shell};

/// Where in the figures the people end: they add up to those read, what follows is counted beside them.
const PEOPLE_END: usize = 8;

pub(super) fn counts(shell: &Shell, it: &Figures) -> Markup {
    let labels = labels(shell.language);
    let excluded = labels.get(EXCLUDED).copied().unwrap_or_default();
    let rows: Vec<(usize, &str, u64, Option<u64>)> = figures(&it.counts, it.done)
        .into_iter()
        .zip(labels)
        .enumerate()
        .map(|(index, ((planned, done), label))| (index, label, planned, done))
        .collect();
    let (people, beside) = rows.split_at(PEOPLE_END.min(rows.len()));
    html! {
        section aria-labelledby="counts" {
            h2 #counts { (shell.say("run.counts")) }
            dl.figures.sum {
                @for row in people { (figure(shell, row)) }
            }
            dl.figures.beside {
                @for row in beside { (figure(shell, row)) }
            }
            @if !it.counts.exclusions.is_empty() {
                p.soft.small {
                    (excluded) ": "
                    @for (index, part) in it.counts.exclusions.iter().enumerate() {
                        @if index > 0 { ", " }
                        (shell.number(part.count)) " " (exclusion(&part.code, shell.language).unwrap_or(&part.code))
                    }
                }
            }
        }
    }
}

fn figure(shell: &Shell, (index, label, planned, done): &(usize, &str, u64, Option<u64>)) -> Markup {
    let class = if *planned == 0 {
        "zero"
    } else if *index == 0 {
        "total"
    } else if *index == EXCLUDED {
        "calm"
    } else {
        ""
    };
    html! {
        div.(class) {
            dt { (label) }
            dd {
                @match done.filter(|done| done != planned) {
                    Some(done) => {
                        (shell.number(done))
                        span.of-planned { (shell.tell("count.of-planned", &[("planned", &shell.number(*planned))])) }
                    }
                    None => (shell.number(*planned)),
                }
            }
        }
    }
}
