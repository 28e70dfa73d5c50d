//! What is going on: phases as steps, and how far the present one is.

use connector_sync::progress::Phase;
use maud::{Markup, html};

use crate::model::{Live, Progress, Shell};

const SYNC: [Phase; 4] = [Phase::Configure, Phase::Read, Phase::Plan, Phase::Apply];
const READ_ONLY: [Phase; 3] = [Phase::Configure, Phase::Read, Phase::Plan];

/// The attributes' values of an element that follows a run: where it hears of changes, and where it finds itself again.
pub(crate) fn following(shell: &Shell, live: Option<&Live>) -> (Option<String>, Option<String>) {
    live.map_or((None, None), |live| (Some(shell.url(&live.events)), Some(shell.url(&live.page))))
}

/// The steps of a run, and where it is. `applies` says whether it ends by writing.
pub(crate) fn progress(shell: &Shell, progress: &Progress, applies: bool) -> Markup {
    let phases: &[Phase] = if applies { &SYNC } else { &READ_ONLY };
    let present = progress.phase.and_then(|phase| phases.iter().position(|other| *other == phase));
    let is_over = progress.phase == Some(Phase::Done);
    html! {
        div.progress {
            ol.steps {
                @for (index, phase) in phases.iter().enumerate() {
                    @let class = if is_over || present.is_some_and(|present| index < present) { "past" }
                        else if present == Some(index) { "now" } else { "to-come" };
                    li.(class) aria-current=[(class == "now").then_some("step")] {
                        (shell.word("phase", phase.as_str()))
                        @if class == "past" { span.unseen { " " (shell.say("progress.past")) } }
                    }
                }
            }
            (bar(shell, progress))
            p.progress-text data-announce { (sentence(shell, progress)) }
            @if let Some(waiting) = &progress.waiting {
                p.waiting {
                    (shell.tell("progress.waiting", &[
                        ("seconds", &shell.number(waiting.seconds)),
                        ("attempt", &shell.number(waiting.attempt)),
                        ("attempts", &shell.number(waiting.attempts)),
                    ]))
                }
            }
        }
    }
}

fn bar(shell: &Shell, progress: &Progress) -> Markup {
    let known = match (progress.phase, progress.total, progress.applied) {
        (Some(Phase::Read), Some(total), _) if total > 0 => Some((progress.people.min(total), total)),
        (Some(Phase::Apply), _, Some((done, total))) if total > 0 => Some((done.min(total), total)),
        _ => None,
    };
    let label = shell.say("progress.label");
    html! {
        @match known {
            Some((value, most)) => progress aria-label=(label) value=(value) max=(most) {},
            None => progress aria-label=(label) {},
        }
    }
}

fn sentence(shell: &Shell, progress: &Progress) -> String {
    let number = |value: u64| shell.number(value);
    match progress.phase {
        None => progress
            .ahead
            .filter(|ahead| *ahead > 0)
            .map_or_else(|| shell.say("progress.queued").to_owned(), |ahead| shell.count("progress.ahead", ahead)),
        Some(Phase::Read) => {
            let people = match progress.total {
                Some(total) => {
                    shell.tell("progress.read-of", &[("people", &number(progress.people)), ("total", &number(total))])
                }
                None => shell.count("progress.read", progress.people),
            };
            format!("{people}, {}", shell.count("progress.pages", progress.pages))
        }
        Some(Phase::Apply) => progress.applied.map_or_else(
            || shell.say("progress.apply").to_owned(),
            |(done, total)| shell.tell("progress.apply-of", &[("done", &number(done)), ("total", &number(total))]),
        ),
        Some(phase) => match phase {
            Phase::Configure => shell.say("progress.configure"),
            Phase::Plan => shell.say("progress.plan"),
            Phase::Done | Phase::Read | Phase::Apply => shell.say("progress.done"),
        }
        .to_owned(),
    }
}

/// How a reader without scripts looks again.
pub(crate) fn reload(shell: &Shell, live: &Live) -> Markup {
    html! { noscript { p.soft { a href=(shell.url(&live.page)) { (shell.say("action.reload")) } } } }
}
