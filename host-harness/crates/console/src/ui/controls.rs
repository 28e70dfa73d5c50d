//! Labelled inputs with their help and their errors.

use maud::{Markup, html};

use crate::model::{FieldError, Input, Shell};

/// A labelled control, and what is said about it.
pub(crate) struct Control<'a> {
    /// The input's `id`; its error and its help have it as a prefix.
    pub id: &'a str,
    /// The input's name.
    pub name: &'a str,
    /// What it is called.
    pub label: &'a str,
    /// What to enter.
    pub help: Option<&'a str>,
    /// What is wrong with it.
    pub error: Option<&'a FieldError>,
    /// Whether it must be there.
    pub required: bool,
}

impl<'a> Control<'a> {
    /// A control with nothing but its label.
    pub(crate) const fn new(id: &'a str, name: &'a str, label: &'a str) -> Self {
        Self { id, name, label, help: None, error: None, required: false }
    }

    /// The same with help; an empty text is none.
    pub(crate) fn help(self, help: &'a str) -> Self {
        Self { help: Some(help).filter(|help| !help.is_empty()), ..self }
    }

    /// The same with what is wrong with it.
    pub(crate) const fn error(self, error: Option<&'a FieldError>) -> Self {
        Self { error, ..self }
    }

    /// The same, which must be there.
    pub(crate) const fn required(self, required: bool) -> Self {
        Self { required, ..self }
    }

    /// The IDs of what is said about it.
    pub(crate) fn described_by(&self) -> Option<String> {
        let error = self.error.map(|_| format!("{}-error", self.id));
        let help = self.help.map(|_| format!("{}-help", self.id));
        let ids: Vec<String> = error.into_iter().chain(help).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    /// `aria-invalid`.
    pub(crate) fn invalid(&self) -> Option<&'static str> {
        self.error.map(|_| "true")
    }

    /// Label, help, error, and the control in between.
    pub(crate) fn around(&self, shell: &Shell, control: &Markup) -> Markup {
        html! {
            div.field.wrong[self.error.is_some()] {
                label for=(self.id) {
                    (self.label)
                    @if !self.required { " " span.optional { (shell.say("form.optional")) } }
                }
                (self.error_line(shell))
                (control)
                (self.help_line())
            }
        }
    }

    /// What is wrong.
    pub(crate) fn error_line(&self, shell: &Shell) -> Markup {
        html! { @if let Some(error) = self.error { p.error #{ (self.id) "-error" } { (shell.error(error)) } } }
    }

    /// What to enter.
    pub(crate) fn help_line(&self) -> Markup {
        html! { @if let Some(help) = self.help { p.help #{ (self.id) "-help" } { (help) } } }
    }

    /// A line of text.
    pub(crate) fn input(&self, shell: &Shell, kind: &Kind<'_>, value: &str) -> Markup {
        let input = html! {
            input #(self.id) name=(self.name) type=(kind.input_type) value=(value)
                autocomplete=(kind.autocomplete) placeholder=[kind.placeholder] inputmode=[kind.inputmode]
                list=[kind.list] spellcheck="false" autocapitalize=[kind.plain.then_some("off")]
                required[self.required && kind.enforced] aria-required=[(self.required && !kind.enforced).then_some("true")]
                aria-invalid=[self.invalid()] aria-describedby=[self.described_by()];
        };
        self.around(shell, &input)
    }

    /// One of several values.
    pub(crate) fn select(&self, shell: &Shell, value: &str, options: &[(&str, &str)]) -> Markup {
        let select = html! {
            select #(self.id) name=(self.name) aria-invalid=[self.invalid()] aria-describedby=[self.described_by()] {
                @for (option, label) in options { option value=(option) selected[*option == value] { (label) } }
            }
        };
        self.around(shell, &select)
    }

    /// Yes or no: the label stands beside the box.
    pub(crate) fn checkbox(&self, shell: &Shell, checked: bool) -> Markup {
        html! {
            div.field.wrong[self.error.is_some()] {
                (self.error_line(shell))
                div.check {
                    input #(self.id) name=(self.name) type="checkbox" value="true" checked[checked]
                        aria-invalid=[self.invalid()] aria-describedby=[self.described_by()];
                    label for=(self.id) { (self.label) }
                }
                (self.help_line())
            }
        }
    }
}

/// How an input takes what is typed.
pub(crate) struct Kind<'a> {
    input_type: &'static str,
    autocomplete: &'static str,
    placeholder: Option<&'a str>,
    inputmode: Option<&'static str>,
    list: Option<&'a str>,
    plain: bool,
    enforced: bool,
}

impl<'a> Kind<'a> {
    /// Any text.
    pub(crate) const TEXT: Kind<'static> = Kind {
        input_type: "text",
        autocomplete: "off",
        placeholder: None,
        inputmode: None,
        list: None,
        plain: false,
        enforced: false,
    };
    /// An e-mail address. Checked by the server alone, whose message is in the reader's language.
    pub(crate) const EMAIL: Kind<'static> =
        Kind { autocomplete: "off", inputmode: Some("email"), plain: true, ..Kind::TEXT };
    /// The reader's own address.
    pub(crate) const USERNAME: Kind<'static> =
        Kind { input_type: "email", autocomplete: "username", plain: true, enforced: true, ..Kind::TEXT };
    /// A password that is there already.
    pub(crate) const PASSWORD: Kind<'static> =
        Kind { input_type: "password", autocomplete: "current-password", plain: true, enforced: true, ..Kind::TEXT };
    /// A password that is to be set.
    pub(crate) const NEW_PASSWORD: Kind<'static> =
        Kind { input_type: "password", autocomplete: "new-password", plain: true, enforced: true, ..Kind::TEXT };
    /// A URL.
    pub(crate) const URL: Kind<'static> = Kind { inputmode: Some("url"), plain: true, ..Kind::TEXT };
    /// A whole number.
    pub(crate) const NUMBER: Kind<'static> = Kind { inputmode: Some("numeric"), plain: true, ..Kind::TEXT };
    /// A time of day.
    pub(crate) const TIME: Kind<'static> = Kind { input_type: "time", ..Kind::TEXT };

    /// The same with an example, or the value that counts if nothing is entered.
    pub(crate) fn placeholder(self, placeholder: Option<&'a str>) -> Self {
        Self { placeholder: placeholder.filter(|text| !text.is_empty()), ..self }
    }

    /// The same with values to suggest.
    pub(crate) const fn list(self, list: &'a str) -> Self {
        Self { list: Some(list), ..self }
    }
}

/// Inputs of one name, as many as there are values and some spare ones.
pub(crate) fn repeated(
    shell: &Shell,
    (id, name, label): (&str, &str, &str),
    values: &[Input],
    defaults: &[String],
    spare: usize,
) -> Markup {
    html! {
        div.rows {
            @for index in 0..values.len().saturating_add(spare) {
                @let blank = Input::default();
                @let value = values.get(index).unwrap_or(&blank);
                @let id = format!("{id}-{index}");
                @let placeholder = defaults.get(index).filter(|_| values.is_empty()).map(String::as_str);
                div.row-input.wrong[value.error.is_some()] {
                    @if let Some(error) = &value.error { p.error #{ (id) "-error" } { (shell.error(error)) } }
                    input #(id) name=(name) type="text" value=(value.value) autocomplete="off" spellcheck="false"
                        autocapitalize="off" placeholder=[placeholder]
                        aria-label=(shell.tell("form.nth", &[("label", label), ("number", &shell.number(index as u64 + 1))]))
                        aria-invalid=[value.error.as_ref().map(|_| "true")]
                        aria-describedby=[value.error.as_ref().map(|_| format!("{id}-error"))];
                }
            }
        }
    }
}
