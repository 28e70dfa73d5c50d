//! The keyboard alone: where the focus is, and how one gets there without a mouse.

use std::fmt;

use anyhow::{Context as _, Result, bail, ensure};
use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::key::Key;

use super::find::{Role, is_called};
use super::{Browser, in_one_line};

/// No page has more things that take the focus.
const MOST_STEPS: usize = 150;

/// True if one can see which thing has the focus: it is drawn otherwise than without.
const IS_VISIBLE: &str = r"
    const element = document.activeElement;
    const look = () => {
        const style = getComputedStyle(element);
        const line = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 ? style.outline : '';
        return [line, style.boxShadow, style.borderColor, style.backgroundColor, style.textDecorationLine].join('|');
    };
    const focused = look();
    element.blur();
    const blurred = look();
    element.focus({ focusVisible: true, preventScroll: true });
    return focused !== blurred;
";

/// What has the focus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Focus {
    /// What the accessibility tree says it is, such as `button`.
    pub role: String,
    /// What it is called.
    pub name: String,
}

impl fmt::Display for Focus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.role, self.name)
    }
}

impl Browser {
    /// Presses keys one after another, on whatever has the focus.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn press(&self, keys: &[Key]) -> Result<()> {
        self.strike(keys.iter().map(|key| char::from(*key))).await
    }

    /// Presses a key while another one is held, such as Shift and Tab.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn press_with(&self, held: Key, key: impl Into<char>) -> Result<()> {
        let (held, key) = (char::from(held), key.into());
        let actions = [
            KeyAction::Down { value: held },
            KeyAction::Down { value: key },
            KeyAction::Up { value: key },
            KeyAction::Up { value: held },
        ];
        self.perform(actions).await
    }

    /// Types a text into whatever has the focus.
    ///
    /// # Errors
    /// When the browser cannot.
    pub async fn type_text(&self, text: &str) -> Result<()> {
        self.strike(text.chars()).await
    }

    /// What has the focus.
    ///
    /// # Errors
    /// When the browser cannot tell.
    pub async fn focus(&self) -> Result<Focus> {
        let id = self.client.active_element().await?.element_id();
        let devtools = self.devtools();
        let (role, name) = (devtools.role_of(&id).await?, devtools.name_of(&id).await?);
        Ok(Focus { role, name: in_one_line(&name) })
    }

    /// Presses Tab until the thing of this role and name has the focus, and makes sure that one can see that it has.
    ///
    /// # Errors
    /// When it never gets it, with everything that did; or when the focus cannot be seen.
    pub async fn tab_to(&self, role: Role, name: &str) -> Result<Focus> {
        self.press_until(Key::Tab, role, name).await
    }

    /// As [`Browser::tab_to`] with another key, such as an arrow among choices.
    ///
    /// # Errors
    /// Likewise.
    pub async fn press_until(&self, key: Key, role: Role, name: &str) -> Result<Focus> {
        let fits = format!("return document.activeElement.matches('{}')", role.candidates());
        let mut passed: Vec<String> = Vec::new();
        for _ in 0..MOST_STEPS {
            self.press(&[key]).await?;
            let focus = self.focus().await?;
            if is_called(&focus.name, name) && self.script(&fits).await? == true {
                ensure!(self.is_focus_visible().await?, "one cannot see that {focus} has the focus");
                return Ok(focus);
            }
            passed.push(focus.to_string());
        }
        passed.sort();
        passed.dedup();
        bail!("{key:?} never reached {role:?} `{name}`; it passed {}", passed.join(", "))
    }

    /// True if one can see what has the focus.
    ///
    /// # Errors
    /// When the browser cannot tell.
    pub async fn is_focus_visible(&self) -> Result<bool> {
        self.script(IS_VISIBLE).await?.as_bool().context("whether the focus can be seen")
    }

    async fn strike(&self, characters: impl Iterator<Item = char>) -> Result<()> {
        let actions = characters.flat_map(|value| [KeyAction::Down { value }, KeyAction::Up { value }]);
        self.perform(actions).await
    }

    async fn perform(&self, actions: impl IntoIterator<Item = KeyAction>) -> Result<()> {
        let keyboard = KeyActions::new("keyboard".to_owned());
        let keyboard = actions.into_iter().fold(keyboard, KeyActions::then);
        Ok(self.client.perform_actions(keyboard).await?)
    }
}
