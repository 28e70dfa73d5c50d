//! Connectors: what is loaded, what it may reach, and adding, accepting and removing one.

use connector_console::connectors as connectors_html;
use connector_console::model::{
    ConnectorRow, ConnectorState as ShownState, ConnectorsPage, FieldError, Input, OriginGrant, Section, Tone,
};
use connector_host::http::Origin;
use connector_sync::run::Failure;

use super::super::ask::flash;
use super::super::integration_form::remark;
use super::super::{Ask, Oops, Reply};
use crate::connectors::{AddError, ConnectorState, LoadedConnector, Source};
use crate::db::Scope;

async fn connectors_page(ask: &Ask) -> Result<ConnectorsPage, Oops> {
    let integrations = ask.engine().db.integrations(&Scope::All).await?;
    let row = |loaded: LoadedConnector| {
        let stored = loaded.stored;
        let known = stored.asked.iter().chain(stored.granted.iter().filter(|it| !stored.asked.contains(it)));
        let grant = |origin: &String| OriginGrant {
            origin: origin.clone(),
            asked: stored.asked.contains(origin),
            granted: stored.granted.contains(origin),
        };
        ConnectorRow {
            origins: known.map(grant).collect(),
            state: match loaded.state {
                ConnectorState::Ok => ShownState::Ok,
                ConnectorState::Missing => ShownState::Missing,
                ConnectorState::Changed => ShownState::Changed,
                ConnectorState::Refused => ShownState::Refused,
            },
            problem: loaded.failure.as_ref().map(remark),
            integrations: integrations.iter().filter(|it| it.form.connector == stored.name).count() as u64,
            id: stored.name.clone(),
            is_pulled: matches!(Source::parse(&stored.path), Ok(Source::Registry(_))),
            source: stored.path,
            name: stored.name,
            version: stored.version,
            digest: stored.digest,
            contract: stored.contract,
        }
    };
    let mut rows = Vec::new();
    for loaded in ask.engine().connectors.all() {
        // Looked at anew, so that a file that is gone is seen here and not in the next run.
        let failure = ask.engine().connectors.ready(&loaded.stored.name, &ask.engine().db).await.err();
        let now = ask.engine().connectors.all().into_iter().find(|it| it.stored.name == loaded.stored.name);
        let mut loaded = now.unwrap_or(loaded);
        loaded.failure = loaded.failure.or(failure);
        rows.push(row(loaded));
    }
    Ok(ConnectorsPage { rows, ..ConnectorsPage::default() })
}

/// `GET /operator/connectors`.
pub async fn connectors(ask: Ask) -> Result<Reply, Oops> {
    let page = connectors_page(&ask).await?;
    Ok(Reply::Page(connectors_html(&ask.shell(Section::Connectors), &page)))
}

/// `POST /operator/connectors`.
pub async fn add_connector(ask: Ask) -> Result<Reply, Oops> {
    let path = ask.form.text("path");
    let failed = async |error, failure: Option<Failure>| {
        let add = Input { value: path.clone(), error };
        let page = ConnectorsPage { add, add_failure: failure.as_ref().map(remark), ..connectors_page(&ask).await? };
        Ok(Reply::PageWith(422, connectors_html(&ask.shell(Section::Connectors), &page)))
    };
    if path.is_empty() {
        return failed(Some(FieldError::Required), None).await;
    }
    if let Ok(Source::File(file)) = Source::parse(&path)
        && !file.exists()
    {
        return failed(Some(FieldError::NoSuchFile), None).await;
    }
    match add(&ask, &path).await? {
        Ok(loaded) => {
            let flash = flash(Tone::Good, "added", Some(&loaded.stored.name));
            Ok(Reply::Go("/operator/connectors".to_owned(), Some(flash)))
        }
        Err(failure) => failed(None, Some(failure)).await,
    }
}

/// Adds a connector, from a file or a registry; the pages and the API both come through here.
pub async fn add(ask: &Ask, source: &str) -> Result<Result<LoadedConnector, Failure>, Oops> {
    ask.audit_as(&ask.user()?.email, None, "connector.add", source).await?;
    let engine = ask.engine();
    let added = match Source::parse(source) {
        Ok(source) => engine.connectors.add(&source, &[], &engine.db).await,
        Err(error) => Err(error.into()),
    };
    match added {
        Ok(loaded) => Ok(Ok(loaded)),
        Err(AddError::Refused(failure)) => Ok(Err(failure)),
        Err(AddError::Db(error)) => Err(error.into()),
    }
}

fn known(ask: &Ask) -> Result<LoadedConnector, Oops> {
    let name = ask.parameter("connector");
    ask.engine().connectors.all().into_iter().find(|loaded| loaded.stored.name == name).ok_or(Oops::NotFound)
}

/// `POST /operator/connectors/{connector}/origins`.
pub async fn grant_origins(ask: Ask) -> Result<Reply, Oops> {
    let loaded = known(&ask)?;
    let named: Vec<Origin> = ask.form.filled("origin").iter().filter_map(|origin| Origin::parse(origin).ok()).collect();
    let granted: Vec<String> = named.iter().map(ToString::to_string).collect();
    ask.audit_as(&ask.user()?.email, None, "connector.grant", &format!("{} {}", loaded.stored.name, granted.join(" ")))
        .await?;
    let engine = ask.engine();
    engine.connectors.grant(&loaded.stored.name, granted, &engine.db).await?;
    Ok(Reply::Go("/operator/connectors".to_owned(), Some(flash(Tone::Good, "granted", None))))
}

/// `POST /operator/connectors/{connector}/accept`: the file that is there now is the one that was meant; what is from a registry is
/// pulled again, by its digest.
pub async fn accept_connector(ask: Ask) -> Result<Reply, Oops> {
    let loaded = known(&ask)?;
    ask.audit_as(&ask.user()?.email, None, "connector.accept", &loaded.stored.name).await?;
    let engine = ask.engine();
    match engine.connectors.renew(&loaded.stored, &engine.db).await {
        Ok(_) => Ok(Reply::Go("/operator/connectors".to_owned(), Some(flash(Tone::Good, "accepted", None)))),
        Err(AddError::Refused(failure)) => {
            let page = ConnectorsPage { add_failure: Some(remark(&failure)), ..connectors_page(&ask).await? };
            Ok(Reply::PageWith(422, connectors_html(&ask.shell(Section::Connectors), &page)))
        }
        Err(AddError::Db(error)) => Err(error.into()),
    }
}

/// `POST /operator/connectors/{connector}/remove`.
pub async fn remove_connector(ask: Ask) -> Result<Reply, Oops> {
    let loaded = known(&ask)?;
    ask.audit_as(&ask.user()?.email, None, "connector.remove", &loaded.stored.name).await?;
    let engine = ask.engine();
    engine.connectors.remove(&loaded.stored.name, &engine.db).await?;
    let flash = flash(Tone::Neutral, "removed", Some(&loaded.stored.name));
    Ok(Reply::Go("/operator/connectors".to_owned(), Some(flash)))
}
