//! Finding things as people do: by what they are and what they are called.
//!
//! The names are those of the browser's accessibility tree, which is what a screen reader says. A CSS selector would find
//! what nobody can see, and an ID would find what nobody can name. A name may be given by its beginning, with `…` at the end.

use anyhow::{Context as _, Result, bail};
use fantoccini::Locator;
use fantoccini::elements::Element;

use super::{Browser, in_one_line};

/// What a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A button.
    Button,
    /// A link.
    Link,
    /// Anything that one can click to go on: a button, a link or what folds and unfolds.
    Action,
    /// Anything that takes a value.
    Field,
    /// A heading.
    Heading,
}

impl Role {
    /// What may have this role.
    pub(super) fn candidates(self) -> &'static str {
        match self {
            Self::Button => "button, input[type=submit], input[type=button], [role=button]",
            Self::Link => "a[href], [role=link]",
            Self::Action => {
                "a[href], button, input[type=submit], input[type=button], summary, [role=button], [role=link]"
            }
            Self::Field => "input:not([type=hidden]), select, textarea",
            Self::Heading => "h1, h2, h3, h4, h5, h6, [role=heading]",
        }
    }
}

impl Browser {
    /// Waits for the one thing of this role and name that one can see.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub async fn find(&self, role: Role, name: &str) -> Result<Element> {
        self.within("body", role, name).await
    }

    /// As [`Browser::find`], in the part of the page that a selector names: where a list has the same button in each row.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub async fn within(&self, part: &str, role: Role, name: &str) -> Result<Element> {
        let what = format!("{role:?} `{name}`");
        self.wait_for(&what, async || self.one(part, role, name).await).await
    }

    /// The names of everything of a role that one can see, in the page's order.
    ///
    /// # Errors
    /// When the browser cannot tell.
    pub async fn names(&self, role: Role) -> Result<Vec<String>> {
        let things = self.wait_for("the page", async || self.things("body", role).await).await?;
        Ok(things.into_iter().map(|(name, _)| name).collect())
    }

    /// Clicks on the one link or button of this name.
    ///
    /// # Errors
    /// When there is none, or something is above it.
    pub async fn click(&self, name: &str) -> Result<()> {
        self.click_within("body", name).await
    }

    /// As [`Browser::click`], in a part of the page.
    ///
    /// # Errors
    /// When there is none, or something is above it.
    pub async fn click_within(&self, part: &str, name: &str) -> Result<()> {
        let click = async || Ok(self.one(part, Role::Action, name).await?.click().await?);
        self.wait_for(&format!("`{name}` to be clicked"), click).await
    }

    /// Puts a value into the field of this label, in place of the one that is in it.
    ///
    /// # Errors
    /// When there is no such field, or one cannot write into it.
    pub async fn fill(&self, label: &str, value: &str) -> Result<()> {
        self.wait_for(&format!("the field `{label}` to be filled"), async || {
            let field = self.one("body", Role::Field, label).await?;
            field.clear().await?;
            Ok(field.send_keys(value).await?)
        })
        .await
    }

    /// Chooses an option by its text, in the list of this label.
    ///
    /// # Errors
    /// When there is no such list or option.
    pub async fn choose(&self, label: &str, option: &str) -> Result<()> {
        self.wait_for(&format!("`{option}` to be chosen in `{label}`"), async || {
            Ok(self.one("body", Role::Field, label).await?.select_by_label(option).await?)
        })
        .await
    }

    /// What is in the field of this label.
    ///
    /// # Errors
    /// When there is no such field.
    pub async fn value(&self, label: &str) -> Result<String> {
        let value = async || self.one("body", Role::Field, label).await?.prop("value").await.map_err(Into::into);
        Ok(self.wait_for(&format!("the field `{label}`"), value).await?.unwrap_or_default())
    }

    async fn one(&self, part: &str, role: Role, name: &str) -> Result<Element> {
        let wanted = in_one_line(name);
        let things = self.things(part, role).await?;
        let all = || things.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let mut called = things.iter().filter(|(name, _)| is_called(name, &wanted));
        match (called.next(), called.count()) {
            (Some((_, element)), 0) => Ok(element.clone()),
            (None, _) => bail!("there are {}", all()),
            (Some(_), more) => bail!("{} are called so, of {}", more + 1, all()),
        }
    }

    /// Everything of a role that one can see, with its name.
    async fn things(&self, part: &str, role: Role) -> Result<Vec<(String, Element)>> {
        let part = self.client.find(Locator::Css(part)).await.with_context(|| format!("there is no {part}"))?;
        let devtools = self.devtools();
        let mut things = Vec::new();
        for element in part.find_all(Locator::Css(role.candidates())).await? {
            if element.is_displayed().await? {
                let name = devtools.name_of(&element.element_id()).await?;
                things.push((in_one_line(&name), element));
            }
        }
        Ok(things)
    }
}

/// True if a name is the one that is wanted, or begins with it if that ends in `…`.
#[must_use]
pub fn is_called(name: &str, wanted: &str) -> bool {
    wanted.strip_suffix('…').map_or(name == wanted, |beginning| name.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_whole_or_a_beginning_that_says_so() {
        assert!(is_called("Save", "Save") && !is_called("Save and preview", "Save"));
        assert!(is_called("Save and preview", "Save…") && !is_called("Do not save", "save…"));
    }
}
