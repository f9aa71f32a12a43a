//! Chromium, driven as a person drives it.

use crate::{Outcome, wait};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use thirtyfour::error::{WebDriverError, WebDriverErrorInner};
use thirtyfour::{
    By, ChromiumLikeCapabilities, DesiredCapabilities, Key, LoggingPrefsLogLevel, WebDriver, WebElement,
};

/// The rules of the Web Content Accessibility Guidelines, as a script.
const AXE: &str = include_str!("../assets/axe.min.js");

/// Where what somebody saves goes, inside of their profile.
const DOWNLOADS: &str = "downloads";

const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--window-size=1280,1000",
];

/// How somebody's browser is set up.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// The language it asks for.
    pub language: &'static str,
    /// Whether scripts of pages run.
    pub scripts: bool,
}

/// A browser with one window. Ended when it is dropped: first the window, then what drives it.
#[derive(Debug)]
pub struct Browser {
    window: WebDriver,
    driver: Driver,
    profile: TempDir,
    base: String,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A journey that failed has not closed its window; left to itself the library would take minutes over it.
        if self.window.clone().leak().is_ok() {
            let _ = self.driver.end_session(&self.window.session_id().to_string());
        }
    }
}

#[derive(Debug)]
struct Driver {
    process: Child,
    port: u16,
}

impl Driver {
    /// Starts it on a port of its own choice, which it tells on its output.
    fn start() -> Outcome<Self> {
        let missing =
            |error| format!("chromedriver does not start ({error}): run the journeys with tests/run");
        let mut command = Command::new("chromedriver");
        command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut driver = Self { process: command.spawn().map_err(missing)?, port: 0 };
        let output = driver.process.stdout.take().ok_or("the driver has no output")?;
        let mut lines = BufReader::new(output).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.split("successfully on port ").nth(1)?.trim_end_matches('.').parse().ok());
        driver.port = port.ok_or("chromedriver did not say where it listens")?;
        // Read on, so that it never writes into a pipe that nobody empties.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(driver)
    }

    /// Closes the window of a session (section 8.2 of the W3C standard), so that no browser is left behind.
    fn end_session(&self, session: &str) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(stream, "DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        stream.read_to_end(&mut Vec::new()).map(drop)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Browser {
    /// Opens one for the service at that address.
    pub async fn open(base: &str, habits: Habits) -> Outcome<Self> {
        let profile = tempfile::Builder::new().prefix("xtrem-chromium-").tempdir()?;
        let driver = Driver::start()?;
        let mut capabilities = DesiredCapabilities::chrome();
        for flag in FLAGS {
            capabilities.add_arg(flag)?;
        }
        capabilities.add_arg(&format!("--user-data-dir={}", profile.path().display()))?;
        capabilities.add_arg(&format!("--lang={}", habits.language))?;
        capabilities.set_browser_log_level(LoggingPrefsLogLevel::All)?;
        let scripts = if habits.scripts { 1 } else { 2 };
        capabilities.add_experimental_option(
            "prefs",
            json!({
                "intl.accept_languages": habits.language,
                "profile.managed_default_content_settings.javascript": scripts,
                "credentials_enable_service": false,
                "download.default_directory": profile.path().join(DOWNLOADS),
            }),
        )?;
        let window = WebDriver::new(format!("http://127.0.0.1:{}", driver.port), capabilities).await?;
        Ok(Self { window, driver, profile, base: base.to_owned() })
    }

    /// Goes to a page.
    pub async fn go(&self, path: &str) -> Outcome {
        Ok(self.window.goto(format!("{}{path}", self.base)).await?)
    }

    /// The path of the page that is shown.
    pub async fn path(&self) -> Outcome<String> {
        Ok(self.window.current_url().await?.path().to_owned())
    }

    /// Waits until that page is shown.
    pub async fn arrive(&self, path: &str) -> Outcome {
        let wanted = format!("the page {path}");
        let shown = wait::until(&wanted, async || {
            Ok(self.path().await.is_ok_and(|shown| shown == path).then_some(()))
        });
        self.or_seen(shown.await).await
    }

    /// What can be read on the page.
    pub async fn text(&self) -> Outcome<String> {
        Ok(self.one("body").await?.text().await?)
    }

    /// Waits until that can be read on the page.
    pub async fn read(&self, text: &str) -> Outcome {
        let wanted = format!("{text:?} on the page");
        let found = wait::until(&wanted, async || {
            Ok(self.text().await.is_ok_and(|page| page.contains(text)).then_some(()))
        });
        self.or_seen(found.await).await
    }

    /// What was waited for; if in vain, with what can be read on the page instead.
    async fn or_seen(&self, outcome: Outcome) -> Outcome {
        match outcome {
            Ok(()) => Ok(()),
            Err(failure) => Err(format!("{failure}:\n{}", self.text().await?).into()),
        }
    }

    /// The first element of that selector, as soon as there is one.
    pub async fn one(&self, css: &str) -> Outcome<WebElement> {
        wait::until(css, async || Ok(self.window.find(By::Css(css)).await.ok())).await
    }

    /// The elements of that selector, at this moment.
    pub async fn all(&self, css: &str) -> Outcome<Vec<WebElement>> {
        Ok(self.window.find_all(By::Css(css)).await?)
    }

    /// The window itself.
    #[must_use]
    pub const fn window(&self) -> &WebDriver {
        &self.window
    }

    /// Types into the field of that name, in place of what stands there.
    pub async fn fill(&self, name: &str, text: &str) -> Outcome {
        let field = self.one(&format!("main [name=\"{name}\"]")).await?;
        field.clear().await?;
        Ok(field.send_keys(text).await?)
    }

    /// What stands in the field of that name.
    pub async fn filled(&self, name: &str) -> Outcome<String> {
        Ok(self.one(&format!("main [name=\"{name}\"]")).await?.prop("value").await?.unwrap_or_default())
    }

    /// Sends the form that goes to `action`.
    pub async fn submit(&self, action: &str) -> Outcome {
        self.send(&format!("form[action=\"{action}\"]")).await
    }

    /// Sends the form of that selector with its own button and by keyboard: a hint that appears at that moment moves the
    /// button away from under a mouse. Waits for the page that comes of it.
    pub async fn send(&self, form: &str) -> Outcome {
        let before = self.one("html").await?;
        let button = self.one(&format!("{form} [type=\"submit\"]")).await?;
        button.send_keys(Key::Enter + "").await?;
        // The page that was left has no living elements any more.
        wait::until("the page after the form", async || Ok(before.tag_name().await.is_err().then_some(())))
            .await?;
        self.one("body").await.map(drop)
    }

    /// Clicks on what that selector finds, as soon as nothing moves it or stands before it any more.
    pub async fn click(&self, css: &str) -> Outcome {
        wait::until(&format!("a click on {css}"), async || {
            let element = self.one(css).await?;
            let clicked = async {
                element.scroll_into_view().await?;
                element.click().await
            };
            match clicked.await {
                Ok(()) => Ok(Some(())),
                Err(error) if is_passing(&error) => Ok(None),
                Err(error) => Err(error.into()),
            }
        })
        .await
    }

    /// Runs a script as the driver, whom no policy of the page binds.
    pub async fn run(&self, script: &str) -> Outcome<Value> {
        Ok(self.window.execute(script.to_owned(), vec![]).await?.json().clone())
    }

    /// Prefers dark or light pages from now on.
    pub async fn prefer(&self, scheme: &str) -> Outcome {
        let features = json!({"features": [
            {"name": "prefers-color-scheme", "value": scheme},
            // A colour on its way to another one is neither.
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]});
        self.tell("Emulation.setEmulatedMedia", features).await
    }

    /// Calls itself like this from now on.
    pub async fn pose_as(&self, program: &str) -> Outcome {
        self.tell("Emulation.setUserAgentOverride", json!({"userAgent": program})).await
    }

    /// Has a window of that width from now on.
    pub async fn widen(&self, width: u32) -> Outcome {
        self.resize(width, 800).await
    }

    async fn resize(&self, width: u32, height: u32) -> Outcome {
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500});
        self.tell("Emulation.setDeviceMetricsOverride", metrics).await
    }

    async fn tell(&self, command: &str, parameters: Value) -> Outcome {
        Ok(self.window.cdp().send_raw(command, parameters).await.map(drop)?)
    }

    /// What axe-core finds wrong with the page, one line each.
    pub async fn barriers(&self) -> Outcome<Vec<String>> {
        self.window.execute(AXE.to_owned(), vec![]).await?;
        let script = "const done = arguments[arguments.length - 1];
            axe.run().then(result => done(result.violations.map(violation =>
                violation.id + ': ' + violation.nodes.map(node => node.html).join(' | '))),
                error => done(['axe failed: ' + error]));";
        let found = self.window.execute_async(script, vec![]).await?;
        let found = found.json().as_array().cloned().ok_or("axe answered with no list")?;
        Ok(found.iter().map(|line| line.as_str().unwrap_or_default().to_owned()).collect())
    }

    /// What the browser refused to do for a page, because the page's own policy forbids it.
    pub async fn refusals(&self) -> Outcome<Vec<String>> {
        let heard = self.window.browser_log().await?.into_iter().map(|entry| entry.message);
        Ok(heard
            .filter(|line| line.contains("Content Security Policy") || line.contains("Refused"))
            .collect())
    }

    /// How far the page reaches beyond the window, in pixels.
    pub async fn overflow(&self) -> Outcome<i64> {
        let script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        self.run(script).await?.as_i64().ok_or_else(|| "a width is a number".into())
    }

    /// Takes a picture of the page from its top, at that width and as high as it is, but no higher than `most` (PNG).
    pub async fn picture(&self, width: u32, most: u32) -> Outcome<Vec<u8>> {
        self.tell("Emulation.setScrollbarsHidden", json!({"hidden": true})).await?;
        self.resize(width, 400).await?;
        let height = self.run("return document.documentElement.scrollHeight").await?;
        let height = height.as_u64().and_then(|height| u32::try_from(height).ok()).unwrap_or(most);
        self.resize(width, height.min(most)).await?;
        // A page that was sent by keyboard may have been scrolled.
        self.run(
            "document.activeElement?.blur(); scrollTo(0, 0); document.body.style.caretColor = 'transparent'",
        )
        .await?;
        Ok(self.window.screenshot_as_png().await?)
    }

    /// What was saved under that name, as soon as it is there. It is taken away, so that the next one has its name again.
    pub async fn saved(&self, name: &str) -> Outcome<String> {
        let path = self.profile.path().join(DOWNLOADS).join(name);
        let what = format!("the file {name}");
        // It gets its name when it is whole.
        let text = wait::until(&what, async || Ok(std::fs::read_to_string(&path).ok())).await?;
        std::fs::remove_file(path)?;
        Ok(text)
    }

    /// Ends it.
    pub async fn close(self) -> Outcome {
        Ok(self.window.clone().quit().await?)
    }
}

/// Whether nothing was clicked because the page was just changing.
fn is_passing(error: &WebDriverError) -> bool {
    use WebDriverErrorInner::{ElementClickIntercepted, StaleElementReference};
    matches!(**error, ElementClickIntercepted(_) | StaleElementReference(_))
}
