//! Decides what a summary says (rule S26): the one place that does.

use std::collections::BTreeMap;

use super::counts;
use super::headline::{self, Applied};
use super::model::{Body, Item, List, Section, Summary};
use super::people::{people, person};
use super::words::{self, Thing, counted, words};
use crate::page::Tone;
use connector_host::contract::{GuardHit, Notice, Operation};
use connector_host::names::field_name;
use connector_host::one_line::one_line;
use connector_report::catalogue::{self, Kind};
use connector_settings::Language;
use connector_sync::codes::STALE;
use connector_sync::run::{Failure, Outcome, RunReport, RunVerdict};

/// Notices that are about a thing more than about people: their sentence has the number, and names would bury it.
const WITHOUT_NAMES: [&str; 4] = ["group-missing", "group-ambiguous", "attribute-hidden", "read-incomplete"];
const GROUP_CODES: [&str; 2] = ["group-missing", "group-ambiguous"];
const ATTRIBUTE_CODES: [&str; 4] =
    ["attribute-hidden", "hidden-required-attribute", "value-shape-unknown", "value-damaged"];

/// The summary of a run.
pub(super) fn model(report: &RunReport, language: Language, page: Option<&str>) -> Summary {
    let view = View { page, ..View::new(report, language) };
    Summary {
        language,
        link: page.map(|page| (words(language).open.to_owned(), page.to_owned())),
        subject: view.subject(),
        tone: view.tone(),
        label: headline::verdict(report, language).to_owned(),
        headline: headline::headline(report, view.applied(), language).to_owned(),
        sections: view.sections(),
        facts: view.facts(),
    }
}

/// A run, sorted for its reader.
struct View<'a> {
    report: &'a RunReport,
    language: Language,
    /// Where the run has a page.
    page: Option<&'a str>,
    problems: Vec<Failure>,
    conflicts: Vec<&'a Notice>,
    rejections: Vec<&'a Notice>,
    groups: Vec<&'a Notice>,
    notices: Vec<&'a Notice>,
    /// Employees by why their step was not carried out.
    steps: BTreeMap<&'a str, Vec<&'a String>>,
}

impl<'a> View<'a> {
    fn new(report: &'a RunReport, language: Language) -> Self {
        let mut view = Self {
            report,
            language,
            page: None,
            problems: report.problems(),
            conflicts: Vec::new(),
            rejections: Vec::new(),
            groups: Vec::new(),
            notices: Vec::new(),
            steps: BTreeMap::new(),
        };
        for notice in report.plan.iter().flat_map(|plan| &plan.notices) {
            match catalogue::kind(&notice.code) {
                Some(Kind::Conflict) => view.conflicts.push(notice),
                Some(Kind::Rejection) => view.rejections.push(notice),
                _ if GROUP_CODES.contains(&notice.code.as_str()) => view.groups.push(notice),
                _ => view.notices.push(notice),
            }
        }
        for (action, outcome) in report.actions() {
            match outcome {
                Outcome::Failed(code) => view.steps.entry(code).or_default().push(&action.employee),
                Outcome::Stale => view.steps.entry(STALE).or_default().push(&action.employee),
                Outcome::Planned | Outcome::Applied => {}
            }
        }
        view
    }

    /// Cases somebody has to correct: problems, people in conflict, rejected records, steps that failed.
    fn errors(&self) -> u64 {
        [self.problems.len() as u64, cases(&self.conflicts), cases(&self.rejections), self.failed_steps()]
            .into_iter()
            .fold(0, u64::saturating_add)
    }

    fn failed_steps(&self) -> u64 {
        self.steps.iter().filter(|(code, _)| **code != STALE).map(|(_, employees)| employees.len() as u64).sum()
    }

    /// Notices that are neither conflicts nor rejections; steps that were overtaken are one.
    fn notice_count(&self) -> u64 {
        (self.notices.len() + self.groups.len() + usize::from(self.steps.contains_key(STALE))) as u64
    }

    fn is_complete(&self) -> bool {
        self.report.plan.as_ref().is_none_or(|plan| plan.complete)
    }

    fn subject(&self) -> String {
        let language = self.language;
        let verdict = headline::verdict(self.report, language);
        let date = words::date(self.report.started, language);
        let errors = counted(Thing::Error, self.errors(), language);
        let notices = counted(Thing::Notice, self.notice_count(), language);
        let on = words::on(language);
        one_line(&format!("{verdict} {on} {date}: {errors}, {notices} ({})", self.report.tenant))
    }

    fn tone(&self) -> Tone {
        match self.report.verdict {
            RunVerdict::Failed | RunVerdict::Blocked => Tone::Bad,
            RunVerdict::NeedsApproval => Tone::Attention,
            RunVerdict::Done | RunVerdict::Planned if self.errors() > 0 || !self.is_complete() => Tone::Attention,
            RunVerdict::Done | RunVerdict::Planned => Tone::Good,
        }
    }

    fn applied(&self) -> Applied {
        if self.errors() > 0 || self.steps.contains_key(STALE) {
            Applied::WithErrors
        } else if !self.is_complete() {
            Applied::Incomplete
        } else if self.report.plan.as_ref().is_none_or(|plan| plan.actions.is_empty()) {
            Applied::NothingToChange
        } else {
            Applied::AllCurrent
        }
    }

    fn sections(&self) -> Vec<Section> {
        let words = words(self.language);
        let items = [
            (words.conflicts, self.notice_items(&self.conflicts)),
            (words.rejections, self.notice_items(&self.rejections)),
            (words.steps, self.step_items()),
            (words.notices, self.notice_items(&self.notices)),
            (words.groups, self.notice_items(&self.groups)),
            (words.invitations, self.invitation_items()),
        ];
        let items = items
            .into_iter()
            .filter(|(_, items)| !items.is_empty())
            .map(|(title, items)| Section { title: title.to_owned(), body: Body::Items(items) });
        let to_do = Section { title: words.to_do.to_owned(), body: Body::Items(self.to_do()) };
        std::iter::once(to_do).chain(self.figures()).chain(items).collect()
    }

    /// What the admin has to do, or that nothing is. Never empty.
    fn to_do(&self) -> Vec<Item> {
        let mut items: Vec<Item> = self.problems.iter().map(|problem| self.problem_item(problem)).collect();
        items.extend(self.guard_items());
        let tasks = [
            (Thing::SolveConflict, cases(&self.conflicts)),
            (Thing::MendRecord, cases(&self.rejections)),
            (Thing::RetryStep, self.failed_steps()),
        ];
        let tasks = tasks.into_iter().filter(|(_, count)| *count > 0);
        items.extend(tasks.map(|(task, count)| Item::plain(counted(task, count, self.language))));
        if items.is_empty() {
            items.push(Item::plain(match self.notice_count() {
                0 => words(self.language).nothing_to_do.to_owned(),
                count => counted(Thing::ReadNotice, count, self.language),
            }));
        }
        items
    }

    /// A problem in the catalogue's words; in the plugin's own where the catalogue has none.
    fn problem_item(&self, problem: &Failure) -> Item {
        let message = one_line(&problem.message);
        match self.problem_words(problem) {
            Some((sentence, remedy)) => Item {
                remedy: Some(remedy),
                note: Some(format!("{} {message}", words(self.language).technical)),
                ..Item::plain(sentence)
            },
            None => Item { remedy: Some(one_line(&problem.remedy)), ..Item::plain(message) },
        }
    }

    /// The catalogue's sentence and remedy. The subject is named only where the sentence has a place for it: elsewhere
    /// it is a setting's technical name, which the problem's own message has too.
    fn problem_words(&self, problem: &Failure) -> Option<(String, String)> {
        let entry = catalogue::entry(&problem.code, self.language)?;
        let subject = problem.subject.as_deref().filter(|_| entry.has_place_for_detail());
        let subject = subject.map(|subject| self.detail(&problem.code, subject));
        Some((entry.sentence(1, subject.as_deref()), entry.remedy(1, subject.as_deref())))
    }

    fn guard_items(&self) -> Vec<Item> {
        let guards = self.report.guards();
        let mut items: Vec<Item> = guards
            .iter()
            .map(|hit| Item {
                note: Some(words::guard(hit.limit, hit.actual, self.language)),
                people: people(self.report, &hit.employees),
                ..self.guard_item(hit)
            })
            .collect();
        if let (false, Some(hash)) = (guards.is_empty(), &self.report.plan_hash) {
            let words = words(self.language);
            items.push(match self.page {
                Some(_) => Item::plain(words.approve_on_page),
                None => Item { command: Some(format!("--approve {hash}")), ..Item::plain(words.approve) },
            });
        }
        items
    }

    fn figures(&self) -> Option<Section> {
        let words = words(self.language);
        let title = if self.report.verdict == RunVerdict::Done { words.figures } else { words.figures_planned };
        let counts = &self.report.plan.as_ref()?.counts;
        Some(Section {
            title: title.to_owned(),
            body: Body::Counts(counts::rows(counts, self.report.done(), self.language)),
        })
    }

    /// One point for each code: its notices' sentences, everybody they are about, and what to do.
    fn notice_items(&self, notices: &[&Notice]) -> Vec<Item> {
        let mut by_code: BTreeMap<&str, Vec<&Notice>> = BTreeMap::new();
        for notice in notices {
            by_code.entry(&notice.code).or_default().push(notice);
        }
        by_code.into_iter().map(|(code, notices)| self.notice_item(code, &notices)).collect()
    }

    fn notice_item(&self, code: &str, notices: &[&Notice]) -> Item {
        let statements = notices.iter().map(|notice| {
            let detail = notice.detail.as_deref().map(|detail| self.detail(code, detail));
            catalogue::entry(code, self.language)
                .map_or_else(|| one_line(code), |entry| entry.sentence(notice.count, detail.as_deref()))
        });
        let people = if WITHOUT_NAMES.contains(&code) {
            List::default()
        } else {
            people(self.report, notices.iter().flat_map(|notice| &notice.employees))
        };
        Item { statements: List::capped(statements.collect()), people, ..self.coded_item(code, cases(notices)) }
    }

    fn step_items(&self) -> Vec<Item> {
        let item = |(code, employees): (&&str, &Vec<&String>)| Item {
            people: people(self.report, employees.iter().copied()),
            ..self.coded_item(code, employees.len() as u64)
        };
        self.steps.iter().map(item).collect()
    }

    /// What the catalogue says of a code; the code itself where it says nothing.
    fn guard_item(&self, hit: &GuardHit) -> Item {
        let field = hit.field.as_ref().map(|field| words::attribute(field_name(field), self.language));
        match (catalogue::entry(&hit.guard, self.language), field) {
            (Some(entry), Some(field)) => Item {
                remedy: Some(entry.remedy(hit.actual, Some(field))),
                ..Item::plain(entry.sentence(hit.actual, Some(field)))
            },
            _ => self.coded_item(&hit.guard, hit.actual),
        }
    }

    fn coded_item(&self, code: &str, count: u64) -> Item {
        match catalogue::entry(code, self.language) {
            Some(entry) => {
                let remedy = match self.page {
                    Some(_) => entry.remedy_on_page(count, None),
                    None => entry.remedy(count, None),
                };
                Item { remedy: Some(remedy), ..Item::plain(entry.sentence(count, None)) }
            }
            None => Item::plain(one_line(code)),
        }
    }

    fn invitation_items(&self) -> Vec<Item> {
        let invited: Vec<&String> = self
            .report
            .actions()
            .filter(|(action, outcome)| {
                matches!(action.operation, Operation::Invite) && matches!(outcome, Outcome::Applied | Outcome::Planned)
            })
            .map(|(action, _)| &action.employee)
            .collect();
        if invited.is_empty() {
            return Vec::new();
        }
        let thing = if self.report.verdict == RunVerdict::Done { Thing::Invited } else { Thing::ToInvite };
        let sentence = counted(thing, invited.len() as u64, self.language);
        vec![Item { people: people(self.report, invited), ..Item::plain(sentence) }]
    }

    fn facts(&self) -> Vec<(String, String)> {
        let (words, read) = (words(self.language), &self.report.read);
        let mut completeness = words::completeness(read, self.language);
        if let Some(stopped) = &read.stopped {
            let why = self.problem_words(stopped).map_or_else(|| one_line(&stopped.message), |(sentence, _)| sentence);
            completeness = format!("{completeness}. {why}");
        }
        let mut facts = vec![
            (words.read.to_owned(), completeness),
            (words.started.to_owned(), words::date_time(self.report.started, self.language)),
            (words.run.to_owned(), one_line(&format!("{} ({})", self.report.run, self.report.tenant))),
        ];
        facts.extend(self.report.plan_hash.clone().map(|hash| (words.plan.to_owned(), hash)));
        facts
    }

    /// What a notice or problem is about, for a reader: an attribute's name, a person's name, or the text itself.
    fn detail(&self, code: &str, detail: &str) -> String {
        if ATTRIBUTE_CODES.contains(&code) {
            one_line(words::attribute(detail, self.language))
        } else if catalogue::names_a_person(code) {
            person(self.report, detail)
        } else {
            one_line(detail)
        }
    }
}

fn cases(notices: &[&Notice]) -> u64 {
    notices.iter().fold(0, |sum, notice| sum.saturating_add(notice.count))
}
