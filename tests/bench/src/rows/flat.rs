use super::lists::Pages;
use super::log_in::requests;
use super::{Ground, Side, Stage, by_turns, ratio, spread};
use crate::driver::{Measured, Repeated, Script, get};
use crate::seed::Failure;
use crate::table::{Goal, Line};

const USERS: usize = 16;
/// How many people are few.
const FEW: usize = 10_000;
/// How many of them are asked about.
const CHOSEN: usize = 5_000;

/// What a hundred times as many people cost: nothing.
pub async fn measure(ground: &Ground) -> Result<Vec<Line>, Failure> {
    let many = ground.options.many();
    let (crowded, calm) = (ground.stage(many).await?, ground.stage(FEW).await?);
    let sides = Sides { ground, many, crowded, calm };
    let mut lines = vec![
        sides.repeated("log-in", 201, requests(&spread(many, 1000)), requests(&spread(FEW, 1000))).await?,
        sides
            .repeated(
                "profile",
                200,
                profiles(&sides.crowded, many).await?,
                profiles(&sides.calm, FEW).await?,
            )
            .await?,
        sides.refresh().await?,
    ];
    let (crowded, calm) = (Pages::of(&sides.crowded, many).await?, Pages::of(&sides.calm, FEW).await?);
    lines.push(sides.deepest(&crowded).await?);
    lines.push(sides.repeated("deepest page", 200, crowded.deepest, calm.deepest).await?);
    lines.push(sides.repeated("exact search", 200, crowded.exact, calm.exact).await?);
    lines.push(sides.repeated("user name prefix", 200, crowded.prefix, calm.prefix).await?);
    sides.crowded.end().await?;
    sides.calm.end().await?;
    Ok(lines)
}

/// The same service with many people and with few.
struct Sides<'a> {
    ground: &'a Ground,
    many: usize,
    crowded: Stage,
    calm: Stage,
}

impl Sides<'_> {
    async fn repeated(
        &self,
        what: &str,
        expected: u16,
        crowded: Vec<Vec<u8>>,
        calm: Vec<Vec<u8>>,
    ) -> Result<Line, Failure> {
        let users = |requests| Repeated::crowd(requests, USERS, expected);
        self.compare(what, users(crowded), users(calm)).await
    }

    async fn refresh(&self) -> Result<Line, Failure> {
        let crowded = self.crowded.rotations(&spread(self.many, USERS)).await?;
        self.compare("refresh", crowded, self.calm.rotations(&spread(FEW, USERS)).await?).await
    }

    /// How much longer the same takes among many.
    async fn compare<S: Script>(&self, what: &str, crowded: Vec<S>, calm: Vec<S>) -> Result<Line, Failure> {
        let mut many = self.side(&self.crowded, crowded);
        let mut few = self.side(&self.calm, calm);
        by_turns(self.ground, &mut many, &mut few).await?;
        let longer = ratio(&few.rounds, &many.rounds, |round| round.rate);
        let what = format!("{what} among {} ÷ among {FEW}: how much longer", self.many);
        Ok(Line::part_of(&what, &many.middle(), &few.middle(), longer, Goal::AtMost(1.15)))
    }

    /// How much longer the last page takes than the first one.
    async fn deepest(&self, pages: &Pages) -> Result<Line, Failure> {
        let users = |requests: &Vec<Vec<u8>>| Repeated::crowd(requests.clone(), USERS, 200);
        let mut deepest = self.side(&self.crowded, users(&pages.deepest));
        let mut first = self.side(&self.crowded, users(&pages.first));
        by_turns(self.ground, &mut deepest, &mut first).await?;
        let longer = ratio(&first.rounds, &deepest.rounds, |round: &Measured| round.rate);
        let what = format!("deepest page ÷ first page of {}: how much longer", self.many);
        Ok(Line::part_of(&what, &deepest.middle(), &first.middle(), longer, Goal::AtMost(1.1)))
    }

    fn side<S: Script>(&self, stage: &Stage, scripts: Vec<S>) -> Side<S> {
        Side::new(self.ground, stage.service.address, stage.service.pid(), scripts)
    }
}

/// One's own profile, of many people in turn.
async fn profiles(stage: &Stage, people: usize) -> Result<Vec<Vec<u8>>, Failure> {
    let tokens = stage.tokens(&spread(people, CHOSEN)).await?;
    Ok(tokens.iter().map(|token| get("/api/v1/me", Some(token))).collect())
}
