//! From a commit to its edge, beside the database's own `LIVE SELECT … WHERE` for as many subscribers.

use crate::delay::{self, Delays};
use crate::spread;
use crate::subscribers::Subscribers;
use crate::world::{Size, World, edge_table};

/// The name of what the processor counts: from the engine's step to the committed edge.
const TO_EDGE: &str = "spky_ssp_ingest_to_edge_seconds";

/// Every rate, first through the processor, then, without it, through LIVE queries on the table.
pub async fn measure(size: &Size) -> Vec<String> {
    let mut world = World::of_lists(size).await;
    let lives = (0..size.views).map(|user| format!("LIVE SELECT * FROM {}", edge_table(user)));
    let mut subscribers = Subscribers::open(&world.options, lives.collect(), "out").await;
    let (mut edges, mut shares) = (Vec::new(), Vec::new());
    for rate in &size.rates {
        let count = |world: &World| {
            let of = |what: &str| world.counted(&format!("{TO_EDGE}_{what}"));
            (of("sum"), of("count"))
        };
        let before = count(&world);
        edges.push(at_rate(&world, &mut subscribers, size, *rate).await);
        let after = count(&world);
        shares.push(1_000.0 * (after.0 - before.0) / (after.1 - before.1).max(1.0));
    }
    drop(subscribers);
    world.kill();
    let of_list = |list| format!("LIVE SELECT * FROM task WHERE list = {list}");
    let lives = (0..size.views).map(of_list).collect();
    let mut subscribers = Subscribers::open(&world.options, lives, "id").await;
    let mut rows = vec![
        "| writes/s | commit → edge: p50, p99 | of it, from the step to the commit of the edge: mean | writers: p50, p99 \
         | LIVE … WHERE: writes/s reached | its writers: p50, p99 | sent → told: edges | sent → told: LIVE … WHERE |"
            .to_owned(),
        "|---|---|---|---|---|---|---|---|".to_owned(),
    ];
    for ((rate, edge), share) in size.rates.iter().zip(edges).zip(shares) {
        let live = at_rate(&world, &mut subscribers, size, *rate).await;
        rows.push(format!(
            "| {} ({:.0} reached) | {} | {share:.1} ms | {} | {:.0} | {} | {} | {} |",
            rate.0,
            edge.reached,
            spread(&edge.told),
            spread(&edge.writer),
            live.reached,
            spread(&live.writer),
            spread(&edge.whole),
            spread(&live.whole),
        ));
    }
    rows
}

async fn at_rate(
    world: &World,
    subscribers: &mut Subscribers,
    size: &Size,
    rate: (u32, u32),
) -> Delays {
    let rows = size.views * size.rows_per_view;
    // Spread over the views.
    let row = |n: u32| (n as usize * 7_919) % rows;
    delay::of_writes(&world.database, subscribers, rate, row).await
}
