//! Long lists: where one is, and the links to the rest.

use maud::{Markup, html};

use crate::model::{Pager, Shell};

impl Pager {
    const fn last(&self) -> u64 {
        if self.size == 0 {
            1
        } else {
            let pages = self.total.div_ceil(self.size);
            if pages == 0 { 1 } else { pages }
        }
    }

    const fn first_row(&self) -> u64 {
        self.page.saturating_sub(1).saturating_mul(self.size).saturating_add(1)
    }

    fn last_row(&self) -> u64 {
        self.page.saturating_mul(self.size).min(self.total)
    }
}

/// `1–100 of 5,000`.
pub(crate) fn range(shell: &Shell, pager: &Pager) -> String {
    if pager.total == 0 {
        return shell.say("pager.none").to_owned();
    }
    shell.tell(
        "pager.range",
        &[
            ("from", &shell.number(pager.first_row().min(pager.total))),
            ("to", &shell.number(pager.last_row())),
            ("total", &shell.number(pager.total)),
        ],
    )
}

/// The links; none if all rows are on one page.
pub(crate) fn links(shell: &Shell, pager: &Pager, path: &str, query: &[(&str, &str)], label: &str) -> Markup {
    let last = pager.last();
    if last <= 1 {
        return html! {};
    }
    let href = |page: u64| {
        let page = page.to_string();
        let mut query = query.to_vec();
        query.push(("page", &page));
        shell.url_with(path, &query)
    };
    let link = |page: Option<u64>, key: &str, rel: &str| {
        html! {
            @match page {
                Some(page) => a.button rel=(rel) href=(href(page)) { (shell.say(key)) },
                None => span.button.off aria-disabled="true" { (shell.say(key)) },
            }
        }
    };
    html! {
        nav.pager aria-label=(label) {
            (link((pager.page > 1).then(|| pager.page.saturating_sub(1)), "pager.previous", "prev"))
            span.pager-range { (range(shell, pager)) }
            (link((pager.page < last).then(|| pager.page.saturating_add(1)), "pager.next", "next"))
        }
    }
}
