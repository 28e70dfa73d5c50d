//! The query of `GET /v1/company/employees`.

use jiff::civil::DateTime;

/// Rows in a page when nobody says how many.
const DEFAULT_LIMIT: usize = 50;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// At least 1; what is more than a page holds is for the caller to cut.
    pub limit: usize,
    /// In records.
    pub offset: usize,
    /// Only these attributes; all of them, if none is named.
    pub attributes: Vec<String>,
    /// Only who has this address.
    pub email: Option<String>,
    /// Only who has changed since; `email`, `limit` and `offset` do not count then.
    pub updated_since: Option<DateTime>,
}

impl Query {
    /// Reads a query. Parameters that Personio does not know are ignored, as Personio does.
    ///
    /// # Errors
    /// The name of the parameter that cannot be read.
    pub fn parse(query: &str) -> Result<Self, &'static str> {
        let mut read =
            Self { limit: DEFAULT_LIMIT, offset: 0, attributes: Vec::new(), email: None, updated_since: None };
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "limit" => read.limit = value.parse().ok().filter(|limit| *limit > 0).ok_or("limit")?,
                "offset" => read.offset = value.parse().map_err(|_| "offset")?,
                "attributes[]" => read.attributes.push(value.into_owned()),
                "email" => read.email = Some(value.into_owned()),
                "updated_since" => read.updated_since = Some(value.parse().map_err(|_| "updated_since")?),
                _ => {}
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parameter_is_read() {
        let all =
            Query::parse("limit=7&offset=3&attributes%5B%5D=id&attributes[]=team&email=a%40b&updated_since=2022-12-24");
        let expected = Query {
            limit: 7,
            offset: 3,
            attributes: vec!["id".to_owned(), "team".to_owned()],
            email: Some("a@b".to_owned()),
            updated_since: Some(jiff::civil::datetime(2022, 12, 24, 0, 0, 0, 0)),
        };
        assert_eq!(all, Ok(expected));
        assert_eq!(Query::parse("").map(|query| (query.limit, query.offset)), Ok((50, 0)));
        assert!(Query::parse("updated_since=2022-12-24T08:15:30").is_ok());
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (query, name) in [
            ("limit=0", "limit"),
            ("limit=many", "limit"),
            ("offset=-1", "offset"),
            ("updated_since=yesterday", "updated_since"),
        ] {
            assert_eq!(Query::parse(query), Err(name), "{query}");
        }
    }
}
