use super::model::{Family, Generation, Step, ensure};
use journeys::client::Tokens;
use journeys::dice::Dice;
use journeys::{Answer, Client, Outcome, Person, Resident, Server};

/// Whoever plays: everybody at once, and the book in which they write what should be true.
pub struct Player {
    dice: Dice,
    client: Client,
    thief: Client,
    administrator: Resident,
    people: Vec<(Resident, bool)>,
    families: Vec<Family>,
    /// The family that the last step was about.
    touched: usize,
}

impl Player {
    pub async fn new(server: &Server, dice: Dice) -> Outcome<Self> {
        let client = server.client()?;
        let administrator = Resident::administrator(server).await?;
        let thief = client.called("Crowbar/2.0")?;
        let mut player =
            Self { dice, client, thief, administrator, people: vec![], families: vec![], touched: 0 };
        for owner in 0..2 {
            let person = Person::new();
            let id = player.client.sign_up(&person).await?["id"].as_str().unwrap_or_default().to_owned();
            player.people.push((Resident { person, id, ..player.administrator.clone() }, true));
            player.log_in(owner).await?;
        }
        Ok(player)
    }

    /// How many families live.
    pub fn living(&self) -> i64 {
        // The administrator's own is one more.
        1 + i64::try_from(self.families.iter().filter(|family| family.lives).count()).unwrap_or(i64::MAX)
    }

    pub fn choose(&mut self) -> Step {
        let person = self.dice.below(self.people.len());
        let family = self.some_family();
        let earlier = self.dice.below(self.families[family].last().max(1));
        match self.dice.below(40) {
            0..=3 => Step::LogIn(person),
            4..=13 => Step::Refresh(family),
            14..=15 => Step::Narrow(family),
            16..=20 => Step::Repeat(family),
            21 => Step::Steal(family),
            22..=23 => Step::Replay(family, earlier),
            24 => Step::RevokeRefresh(family, earlier),
            25 => Step::RevokeAccess(family),
            26 => Step::LogOut(family),
            27 => Step::EndOthers(family),
            28 => Step::Suspend(person),
            29..=31 => Step::Reinstate(person),
            32..=35 => Step::Race(family),
            36..=37 => Step::RaceToTheEnd(family),
            38 => Step::Restart,
            _ => Step::RevokeRefresh(family, self.families[family].last()),
        }
    }

    /// Most often one that lives; what has ended has to stay so, too.
    fn some_family(&mut self) -> usize {
        let living: Vec<usize> = (0..self.families.len()).filter(|at| self.families[*at].lives).collect();
        if living.is_empty() || self.dice.below(5) == 0 {
            return self.dice.below(self.families.len());
        }
        living[self.dice.below(living.len())]
    }

    pub async fn play(&mut self, server: &mut Server, step: Step) -> Outcome {
        match step {
            Step::LogIn(person) => self.log_in(person).await,
            Step::Refresh(family) => self.refresh(family, None).await,
            Step::Narrow(family) => self.refresh(family, Some("profile:read")).await,
            Step::Repeat(family) => self.repeat(family).await,
            Step::Steal(family) => {
                let Some(token) = self.families[family].predecessor() else { return Ok(()) };
                let token = token.tokens.refresh.clone();
                self.reuse(family, &self.thief.clone(), &token).await
            }
            Step::Replay(family, generation) if generation + 1 < self.families[family].last() => {
                let token = self.families[family].generations[generation].tokens.refresh.clone();
                self.reuse(family, &self.client.clone(), &token).await
            }
            Step::Replay(..) => Ok(()),
            Step::RevokeRefresh(family, generation) => {
                let token = self.families[family].generations[generation].tokens.refresh.clone();
                self.revoke(family, &token).await
            }
            Step::RevokeAccess(family) => {
                let token = self.families[family].newest().tokens.access.clone();
                self.revoke(family, &token).await
            }
            Step::LogOut(family) => self.log_out(family).await,
            Step::EndOthers(family) => self.end_others(family).await,
            Step::Suspend(person) => self.suspend(person).await,
            Step::Reinstate(person) => {
                self.people[person].1 = true;
                self.administrator.reinstate(&self.people[person].0).await?.expect(204).map(drop)
            }
            Step::Race(family) => self.race(family, false).await,
            Step::RaceToTheEnd(family) => self.race(family, true).await,
            Step::Restart => {
                server.kill()?;
                server.start_again().await
            }
        }
    }

    fn end(&mut self, family: usize) {
        self.families[family].lives = false;
        self.touched = family;
    }

    async fn log_in(&mut self, owner: usize) -> Outcome {
        let (resident, active) = &self.people[owner];
        let answer = self.client.post("/api/v1/sessions", &resident.person.log_in()).await?;
        if !active {
            return answer.problem(403, "account-suspended").map(drop);
        }
        let first = Generation::of(&answer.expect(201)?, false)?;
        self.families.push(Family { owner, generations: vec![first], lives: true, strays: vec![] });
        self.touched = self.families.len() - 1;
        Ok(())
    }

    async fn present(&self, token: &str, scope: Option<&str>) -> Outcome<Answer> {
        let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
        fields.extend(scope.map(|scope| ("scope", scope)));
        self.client.form("/oauth2/token", &fields).await
    }

    async fn refresh(&mut self, family: usize, scope: Option<&str>) -> Outcome {
        self.touched = family;
        let answer = self.present(&self.families[family].newest().tokens.refresh, scope).await?;
        self.note(family, &[answer], scope.is_some())
    }

    /// Writes down what a family has heard to the living token: of one that lives a new generation, of all others no.
    fn note(&mut self, family: usize, heard: &[Answer], narrow: bool) -> Outcome {
        let family = &mut self.families[family];
        if !family.lives {
            return heard.iter().try_for_each(|answer| answer.oauth_error(400, "invalid_grant"));
        }
        let body = heard[0].clone().expect(200)?.text();
        for answer in heard {
            ensure(answer.clone().expect(200)?.text() == body, || format!("two successors: {heard:?}"))?;
        }
        let next = Generation::of(&heard[0], narrow)?;
        let new = family.generations.iter().all(|earlier| earlier.tokens.refresh != next.tokens.refresh);
        ensure(new, || "a successor that was there before".to_owned())?;
        family.generations.push(next);
        Ok(())
    }

    async fn repeat(&mut self, family: usize) -> Outcome {
        self.touched = family;
        let Some(used) = self.families[family].predecessor() else { return Ok(()) };
        if !self.families[family].newest().is_young() {
            return Ok(());
        }
        let answer = self.present(&used.tokens.refresh, None).await?;
        if !self.families[family].lives {
            return answer.oauth_error(400, "invalid_grant");
        }
        let body = &self.families[family].newest().body;
        ensure(answer.expect(200)?.text() == *body, || "another answer than the one that was lost".to_owned())
    }

    async fn reuse(&mut self, family: usize, by: &Client, token: &str) -> Outcome {
        self.end(family);
        by.refresh(token).await?.oauth_error(400, "invalid_grant")
    }

    async fn revoke(&mut self, family: usize, token: &str) -> Outcome {
        self.end(family);
        self.client.form("/oauth2/revoke", &[("token", token)]).await?.expect(200).map(drop)
    }

    async fn log_out(&mut self, family: usize) -> Outcome {
        let lived = self.families[family].lives;
        let me = self.client.bearing(&self.families[family].newest().tokens.access);
        self.end(family);
        let answer = me.delete("/api/v1/sessions/current").await?;
        if lived { answer.expect(204).map(drop) } else { answer.problem(401, "invalid-token").map(drop) }
    }

    async fn end_others(&mut self, family: usize) -> Outcome {
        self.touched = family;
        let (lives, owner) = (self.families[family].lives, self.families[family].owner);
        let newest = self.families[family].newest();
        let answer = self.client.bearing(&newest.tokens.access).delete("/api/v1/me/sessions").await?;
        match (lives, newest.narrow) {
            (false, _) => return answer.problem(401, "invalid-token").map(drop),
            (true, true) => return answer.problem(403, "insufficient-scope").map(drop),
            (true, false) => answer.expect(204)?,
        };
        for (place, other) in self.families.iter_mut().enumerate() {
            other.lives &= other.owner != owner || place == family;
        }
        Ok(())
    }

    async fn suspend(&mut self, owner: usize) -> Outcome {
        self.people[owner].1 = false;
        self.administrator.suspend(&self.people[owner].0).await?.expect(200)?;
        for (place, family) in self.families.iter_mut().enumerate().filter(|(_, other)| other.owner == owner)
        {
            family.lives = false;
            self.touched = place;
        }
        Ok(())
    }

    async fn race(&mut self, family: usize, to_the_end: bool) -> Outcome {
        self.touched = family;
        let newest = self.families[family].newest().tokens.clone();
        let requests = (0..4).map(|_| {
            let (client, token) = (self.client.clone(), newest.refresh.clone());
            async move { client.refresh(&token).await }
        });
        let presented = Client::all_at_once(requests.collect::<Vec<_>>());
        if !to_the_end {
            let heard = presented.await?;
            return self.note(family, &heard, false);
        }
        let token = [("token", newest.access.as_str())];
        let (heard, revoked) = tokio::join!(presented, self.client.form("/oauth2/revoke", &token));
        revoked?.expect(200)?;
        for answer in heard?.into_iter().filter(|answer| answer.status == 200) {
            self.families[family].strays.push(Tokens::of(&answer.json()?)?);
        }
        self.end(family);
        Ok(())
    }

    /// Holds the service against the book: all of it, or the family of the last step and two others.
    pub async fn compare(&mut self, all: bool) -> Outcome {
        let number = self.families.len();
        let some = [self.touched, self.dice.below(number), self.dice.below(number)];
        let places = if all { (0..number).collect() } else { some.to_vec() };
        for place in places {
            let family = &self.families[place];
            let skipped = if all { 0 } else { family.generations.len().saturating_sub(3) };
            for (at, generation) in family.generations.iter().enumerate().skip(skipped) {
                let living = family.lives && at == family.last();
                self.worth(&generation.tokens, family.lives, living)
                    .await
                    .map_err(|error| format!("family {place}, generation {at}: {error}"))?;
            }
            for stray in &family.strays {
                self.worth(stray, false, false)
                    .await
                    .map_err(|error| format!("a stray of {place}: {error}"))?;
            }
        }
        Ok(())
    }

    /// What two tokens have to be worth.
    async fn worth(&self, tokens: &Tokens, access: bool, refresh: bool) -> Outcome {
        let status = self.client.bearing(&tokens.access).get("/api/v1/me").await?.status;
        ensure(status == if access { 200 } else { 401 }, || {
            format!("the access token is answered {status}")
        })?;
        for (token, works) in [(&tokens.access, access), (&tokens.refresh, refresh)] {
            let told = self.administrator.client.form("/oauth2/introspect", &[("token", token)]).await?;
            let told = told.expect(200)?.json()?;
            ensure(told["active"] == works, || format!("{works} should be true of it: {told}"))?;
        }
        Ok(())
    }
}
