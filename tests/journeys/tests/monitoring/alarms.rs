use crate::troubles::{self, Street};
use journeys::Outcome;
use journeys::prometheus::Watch;

/// These wait for minutes, as their unit tests show. Here they wait for a second; nothing else of them differs.
const HASTENED: [&str; 4] = ["XtremSlow", "XtremFewer", "XtremDutyFailing", "XtremBackupOld"];

/// Each service of a street has troubles of its own, all at the same time, and alerts fire because of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_wrong_is_told() -> Outcome {
    let mut street = Box::pin(Street::open()).await?;
    let watch = Watch::impatient(&street.addresses()?, &HASTENED).await?;
    street.await_first_look(&watch).await?;
    let neighbours = street.addresses()?.len() - 1;
    let Street { crowded, locked, robbed, besieged, belated, full, restless } = &mut street;
    tokio::try_join!(
        troubles::too_many_passwords(&watch, crowded),
        troubles::a_database_that_somebody_holds(&watch, locked),
        troubles::stolen_tokens_and_broken_seals(&watch, robbed),
        troubles::guesses_and_places_that_can_t_be_written(&watch, besieged),
        troubles::what_should_have_been_done_long_ago(&watch, belated),
        troubles::no_room(&watch, full),
        troubles::starts_without_end(&watch, restless, neighbours),
    )?;
    // Errors and slowness are those of all together: where some are told to come back, and some wait for a database.
    told(&watch, "XtremErrors", &[]).await?;
    told(&watch, "XtremSlow", &[]).await
}

/// Waits for an alert, and reads what it says.
pub async fn told(watch: &Watch, alert: &str, labels: &[(&str, &str)]) -> Outcome {
    let told = watch.await_alert(alert, labels).await?;
    for part in ["summary", "description"] {
        let text = told["annotations"][part].as_str().unwrap_or_default();
        // What a template could not say stands in these brackets.
        assert!(!text.is_empty() && !text.contains('<'), "{alert}: {told}");
    }
    Ok(())
}
