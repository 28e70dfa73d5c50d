//! What the standard has no command for: the driver's own commands, and by them the browser's development tools.

use anyhow::{Context as _, Result};
use axum::http::Method;
use fantoccini::Client;
use fantoccini::wd::WebDriverCompatibleCommand;
use serde_json::{Value, json};
use url::{ParseError, Url};

/// The driver's own commands.
pub struct Devtools<'a> {
    client: &'a Client,
}

#[derive(Debug)]
struct Own {
    method: Method,
    path: String,
    body: Option<Value>,
}

impl<'a> Devtools<'a> {
    /// Those of this session.
    pub fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// A command of the development tools, such as `Emulation.setEmulatedMedia`.
    pub async fn command(&self, command: &str, parameters: Value) -> Result<Value> {
        let body = json!({ "cmd": command, "params": parameters });
        let answer = self.issue(Method::POST, "goog/cdp/execute".to_owned(), Some(body)).await;
        answer.with_context(|| format!("the browser did not accept {command}"))
    }

    /// What the browser logged since it was last asked.
    pub async fn log(&self) -> Result<Value> {
        self.issue(Method::POST, "se/log".to_owned(), Some(json!({ "type": "browser" }))).await
    }

    /// What the accessibility tree calls an element.
    pub async fn name_of(&self, element: &str) -> Result<String> {
        let name = self.issue(Method::GET, format!("element/{element}/computedlabel"), None).await?;
        Ok(name.as_str().unwrap_or_default().to_owned())
    }

    /// What the accessibility tree says an element is.
    pub async fn role_of(&self, element: &str) -> Result<String> {
        let role = self.issue(Method::GET, format!("element/{element}/computedrole"), None).await?;
        Ok(role.as_str().unwrap_or_default().to_owned())
    }

    async fn issue(&self, method: Method, path: String, body: Option<Value>) -> Result<Value> {
        Ok(self.client.issue_cmd(Own { method, path, body }).await?)
    }
}

impl WebDriverCompatibleCommand for Own {
    fn endpoint(&self, base_url: &Url, session_id: Option<&str>) -> Result<Url, ParseError> {
        base_url.join(&format!("session/{}/{}", session_id.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (self.method.clone(), self.body.as_ref().map(Value::to_string))
    }
}
