//! The stand-in's faults, and when they happen: pure data. [`parse`] reads it, [`schedule`] counts requests.
//! [`Fault::table`] says what each does.

pub mod parse;
pub mod schedule;

use std::fmt;

/// One thing that goes wrong; [`Fault::meaning`] says what happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "`meaning` says what they mean")]
pub enum Fault {
    Unauthorized,
    TokenExpiry,
    Forbidden,
    Busy { retry_after: Option<u32> },
    ServerError,
    ErrorPage,
    BadGateway,
    Html,
    Reset,
    Truncated,
    SlowDrip { milliseconds: u32 },
    WrongLength { by: i32 },
    Gzip,
    Charset,
    Deprecated,
    Sunset,
    Gone,
    Clamp { rows: u32 },
    Join { people: u32 },
    Leave { people: u32 },
    EndlessPage,
    LyingTotal { by: i32 },
    DuplicateRows { rows: u32 },
}

impl Fault {
    /// One of each, with its usual value; `busy` without one, and with one. Those about pages come last.
    pub const ALL: [Self; 24] = [
        Self::Unauthorized,
        Self::TokenExpiry,
        Self::Forbidden,
        Self::Busy { retry_after: None },
        Self::Busy { retry_after: Some(7) },
        Self::ServerError,
        Self::ErrorPage,
        Self::BadGateway,
        Self::Html,
        Self::Reset,
        Self::Truncated,
        Self::SlowDrip { milliseconds: 1000 },
        Self::WrongLength { by: 512 },
        Self::Gzip,
        Self::Charset,
        Self::Deprecated,
        Self::Sunset,
        Self::Gone,
        Self::Clamp { rows: 30 },
        Self::Join { people: 1 },
        Self::Leave { people: 1 },
        Self::EndlessPage,
        Self::LyingTotal { by: 7 },
        Self::DuplicateRows { rows: 5 },
    ];

    /// The name in a flag and in a scenario.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::TokenExpiry => "token-expiry",
            Self::Forbidden => "forbidden",
            Self::Busy { .. } => "busy",
            Self::ServerError => "server-error",
            Self::ErrorPage => "error-page",
            Self::BadGateway => "bad-gateway",
            Self::Html => "html",
            Self::Reset => "reset",
            Self::Truncated => "truncated",
            Self::SlowDrip { .. } => "slow-drip",
            Self::WrongLength { .. } => "wrong-length",
            Self::Gzip => "gzip",
            Self::Charset => "charset",
            Self::Deprecated => "deprecated",
            Self::Sunset => "sunset",
            Self::Gone => "gone",
            Self::Clamp { .. } => "clamp",
            Self::Join { .. } => "join",
            Self::Leave { .. } => "leave",
            Self::EndlessPage => "endless-page",
            Self::LyingTotal { .. } => "lying-total",
            Self::DuplicateRows { .. } => "duplicate-rows",
        }
    }

    /// What happens, in one line.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Unauthorized => "401, though the token is good",
            Self::TokenExpiry => "the token's life ends before this request",
            Self::Forbidden => "403",
            Self::Busy { .. } => "429, with that Retry-After; without a value, no Retry-After",
            Self::ServerError => "500, each time with another of Personio's error bodies",
            Self::ErrorPage => "500 with HTML",
            Self::BadGateway => "502 with HTML",
            Self::Html => "200 with HTML",
            Self::Reset => "half the body, then a TCP reset",
            Self::Truncated => "half the JSON, in a complete response",
            Self::SlowDrip { .. } => "64 bytes at a time, with that pause in between",
            Self::WrongLength { .. } => "a Content-Length that is too large or too small by that much",
            Self::Gzip => "the body compressed",
            Self::Charset => "the body in ISO 8859-1",
            Self::Deprecated => "a Deprecation field (RFC 9745), of 1 January 2026",
            Self::Sunset => "a Sunset field (RFC 8594), of 31 December 2026",
            Self::Gone => "410",
            Self::Clamp { .. } => "pages no larger than that",
            Self::Join { .. } => "that many people join the company before this request",
            Self::Leave { .. } => "that many people leave it, from the front: everybody else moves up",
            Self::EndlessPage => "the last page comes again and again, and the total promises more",
            Self::LyingTotal { .. } => "the total is off by that much",
            Self::DuplicateRows { .. } => "that many rows appear twice, and push as many off the page",
        }
    }

    /// What its number counts; none if it takes none.
    #[must_use]
    pub const fn unit(self) -> Option<&'static str> {
        match self {
            Self::Busy { .. } => Some("SECONDS"),
            Self::SlowDrip { .. } => Some("MILLISECONDS"),
            Self::WrongLength { .. } => Some("BYTES"),
            Self::Clamp { .. } | Self::DuplicateRows { .. } => Some("ROWS"),
            Self::Join { .. } | Self::Leave { .. } | Self::LyingTotal { .. } => Some("PEOPLE"),
            _ => None,
        }
    }

    /// Every fault once: how it is written, and what happens, with its usual number in brackets.
    #[must_use]
    pub fn table() -> Vec<(String, String)> {
        let mut rows: Vec<(String, String)> = Vec::new();
        for fault in Self::ALL {
            let written = match fault.unit() {
                Some(unit) => format!("{}[={unit}]", fault.name()),
                None => fault.name().to_owned(),
            };
            let usual = match fault {
                Self::Busy { .. } => String::new(),
                other => other.value().map(|value| format!(" ({value})")).unwrap_or_default(),
            };
            if rows.last().is_none_or(|(last, _)| *last != written) {
                rows.push((written, format!("{}{usual}", fault.meaning())));
            }
        }
        rows
    }

    /// The number that goes with it.
    #[must_use]
    pub fn value(self) -> Option<i64> {
        match self {
            Self::Busy { retry_after } => retry_after.map(i64::from),
            Self::SlowDrip { milliseconds } => Some(milliseconds.into()),
            Self::Clamp { rows } | Self::DuplicateRows { rows } => Some(rows.into()),
            Self::Join { people } | Self::Leave { people } => Some(people.into()),
            Self::LyingTotal { by } | Self::WrongLength { by } => Some(by.into()),
            _ => None,
        }
    }

    /// True if it is about pages, and does nothing to another answer.
    #[must_use]
    pub const fn is_about_pages(self) -> bool {
        matches!(
            self,
            Self::Clamp { .. }
                | Self::Join { .. }
                | Self::Leave { .. }
                | Self::EndlessPage
                | Self::LyingTotal { .. }
                | Self::DuplicateRows { .. }
        )
    }
}

/// Which requests a rule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requests {
    /// `POST /v1/auth`.
    Auth,
    /// `GET /v1/company/employees/attributes`.
    Attributes,
    /// `GET /v1/company/employees`.
    Employees,
    /// All of them.
    Any,
}

impl Requests {
    /// Every choice.
    pub const ALL: [Self; 4] = [Self::Auth, Self::Attributes, Self::Employees, Self::Any];

    /// The word in a flag and in a scenario.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Attributes => "attributes",
            Self::Employees => "employees",
            Self::Any => "any",
        }
    }
}

/// A fault and when it happens. `Display` is the form that [`parse`] reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// What goes wrong.
    pub fault: Fault,
    /// Which requests are counted.
    pub on: Requests,
    /// The first one that goes wrong, from 1, counted from when the rule is made known.
    pub at: u64,
    /// How many in a row go wrong; 0 means every one from then on.
    pub times: u64,
}

impl Rule {
    /// A fault at one of the requests for employees.
    #[must_use]
    pub const fn at_page(fault: Fault, at: u64) -> Self {
        Self { fault, on: Requests::Employees, at, times: 1 }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.fault.name())?;
        if let Some(value) = self.fault.value() {
            write!(f, "={value}")?;
        }
        write!(f, "@{}:{}", self.on.name(), self.at)?;
        match self.times {
            0 => f.write_str("x*"),
            1 => Ok(()),
            times => write!(f, "x{times}"),
        }
    }
}
