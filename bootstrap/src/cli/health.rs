//! Whether the service can take requests: what the health check of a container asks.

use super::settings::SettingsArgs;
use crate::doctor::probe::{self, Answer, NoAnswer, Target};
use crate::failure::Failure;
use crate::output;
use clap::Args;
use std::net::SocketAddr;

/// The page that says so.
const READY: &str = "/health/ready";

/// Ask the service whether it can take requests
///
/// Exits with 0 when it can, and with 1 when not, or when nobody answers within three seconds. Opens no database and needs
/// no data folder, so that a container can run it every few seconds.
#[derive(Args)]
#[command(after_help = "\
Examples:
  xtrem health
  xtrem health --url http://127.0.0.1:8080

In a Dockerfile:
  HEALTHCHECK CMD [\"xtrem\", \"health\"]")]
pub(super) struct HealthCommand {
    /// Ask there, instead of where the service listens by its settings; those are not read then
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

impl HealthCommand {
    /// Asks, and says what was answered in one line.
    pub(super) fn execute(&self, settings: SettingsArgs) -> Result<(), Failure> {
        let target = match &self.url {
            Some(url) => Target::parse(url, READY).map_err(Failure::Input)?,
            None => listening(settings.load()?.server.listen)?,
        };
        let told = told(&target, probe::ask(&target))?;
        Ok(output::line(told)?)
    }
}

fn listening(listen: SocketAddr) -> Result<Target, Failure> {
    if listen.port() == 0 {
        return Err(Failure::Input(
            "where does the service listen? Port 0 is another one at each start: say it with --url"
                .to_owned(),
        ));
    }
    Ok(Target::listening_at(listen, READY))
}

fn told(target: &Target, answer: Result<Answer, NoAnswer>) -> Result<String, Failure> {
    match answer {
        Ok(Answer { status: 200, .. }) => Ok(format!("ready: {target}")),
        Ok(answer) => {
            let detail = answer.member("detail").unwrap_or_default();
            let text = format!("not ready: {target} answers {} {detail}", answer.status);
            Err(Failure::Failed(text.trim_end().to_owned()))
        }
        Err(error) => Err(Failure::Failed(format!("nobody there: {target}: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(answer: Result<Answer, NoAnswer>) -> Result<String, String> {
        let target = Target::parse("http://127.0.0.1:1", READY).unwrap();
        told(&target, answer).map_err(|failure| failure.to_string())
    }

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, body: body.to_owned() }
    }

    #[test]
    fn ready_not_ready_and_nobody_there_are_three_answers() {
        let at = "http://127.0.0.1:1/health/ready";
        assert_eq!(said(Ok(answer(200, "{}"))), Ok(format!("ready: {at}")));
        let busy = said(Ok(answer(503, r#"{"detail": "The service is about to stop."}"#))).unwrap_err();
        assert_eq!(busy, format!("not ready: {at} answers 503 The service is about to stop."));
        assert_eq!(said(Ok(answer(404, "what?"))).unwrap_err(), format!("not ready: {at} answers 404"));
        let nobody = said(Err(NoAnswer::Refused)).unwrap_err();
        assert_eq!(nobody, format!("nobody there: {at}: the connection was refused"));
    }

    #[test]
    fn a_port_that_changes_at_each_start_has_to_be_said() {
        let failure = listening("127.0.0.1:0".parse().unwrap()).map(drop).unwrap_err();
        assert!(matches!(&failure, Failure::Input(text) if text.contains("--url")), "{failure}");
    }
}
