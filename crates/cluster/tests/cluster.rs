//! Queries on a cluster of real processes: the answers of this process, whatever happens to the others.
#![allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods
)]

#[path = "../../engine/tests/slt/driver.rs"]
mod driver;
mod support;

use groundswell_cluster::{ClusterOptions, ClusterRunner, ExecutorOptions, run_executor};
use groundswell_engine::Runner;
use std::sync::Arc;
use std::time::{Duration, Instant};
use support::posts::run;
use support::{Cluster, LOSS_AFTER, PATIENCE, Process, holds_results, play_role, wait_for};

const DEADLINE: Duration = Duration::from_secs(60);

/// A scan stage of many slow tasks, then a small stage.
const SLOW_SCAN: &str = "SELECT language, count(*) AS posts, sum(slow(id, 400)) AS ids \
                         FROM posts GROUP BY language ORDER BY language";

/// A quick stage whose results all tasks of the second, slow stage read.
const SLOW_SECOND_STAGE: &str = "SELECT count(*) AS authors, sum(slow(posts, 4000)) AS posts, sum(newest) AS ids \
     FROM (SELECT author_id, count(*) AS posts, max(id) AS newest FROM posts GROUP BY author_id)";

const TINY: &str = "SELECT count(*) AS posts, sum(id) AS ids FROM posts WHERE month = '2024-02'";

/// Not a test of its own: the other tests start this program again to play a scheduler or an executor.
#[tokio::test(flavor = "multi_thread")]
async fn process() {
    play_role().await;
}

/// Returns the answer of this process to a query, without its sleep.
async fn expected(cluster: &Cluster, sql: &str) -> String {
    cluster.posts.local(&sql.replace("400)", "0)").replace("4000)", "0)")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_those_of_this_process() {
    let queries = [
        "SELECT count(*) FROM posts",
        "SELECT language, count(*), min(id), max(id), sum(author_id) FROM posts GROUP BY language ORDER BY language",
        "SELECT month, count(DISTINCT author_id), count(author_id) FROM posts GROUP BY month ORDER BY month",
        "SELECT DISTINCT language, month FROM posts ORDER BY 1, 2",
        "SELECT a.language, count(*) FROM posts a JOIN (SELECT author_id, max(id) AS newest FROM posts GROUP BY author_id) b \
         ON a.id = b.newest GROUP BY a.language ORDER BY 1",
        "SELECT a.id, b.id FROM posts a LEFT JOIN posts b ON a.id + 1 = b.id WHERE a.id > 19990 ORDER BY 1",
        "SELECT author_id, id, place FROM (SELECT author_id, id, row_number() OVER \
         (PARTITION BY author_id ORDER BY created_at DESC, id) AS place FROM posts WHERE author_id < 20) \
         WHERE place <= 2 ORDER BY author_id, place",
        "SELECT array_length(make_array(1, 2, 3)), language, array_sort(array_agg(DISTINCT month)) FROM posts \
         GROUP BY language ORDER BY language",
        "SELECT month, count(*), min(created_at), max(created_at) FROM posts \
         WHERE month >= '2024-02' AND month < '2024-04' GROUP BY month ORDER BY month",
        "SELECT count(*), max(id) FROM posts WHERE created_at < TIMESTAMP '2024-01-02T00:00:00Z'",
        "SELECT count(*), max(id) FROM posts WHERE month = '1999-01'",
        "SELECT id FROM posts WHERE month = '1999-01'",
        "SELECT count(*) FROM posts WHERE author_id > (SELECT avg(author_id) FROM posts)",
        "SELECT count(*) FROM posts WHERE author_id NOT IN (SELECT author_id FROM posts WHERE id < 100 AND author_id IS NOT NULL)",
        "SELECT count(*) FROM (SELECT id FROM posts WHERE id < 5000 UNION ALL SELECT id FROM posts WHERE id >= 15000)",
        "SELECT id, upper(text), character_length(text), regexp_replace(text, '[0-9]+', '#') FROM posts ORDER BY id DESC LIMIT 5",
        "SELECT language, sum(slow(id, 0)) FROM posts GROUP BY language HAVING sum(id) > 0 ORDER BY language",
        "SELECT id, text, created_at FROM posts WHERE id % 2 = 1 ORDER BY id",
        "SELECT 1 + 1",
        "SELECT table_name FROM information_schema.tables WHERE table_name = 'posts'",
    ];
    let cluster = Cluster::start().await;
    let client = cluster.client(DEADLINE).await.unwrap();
    for sql in queries {
        let start = Instant::now();
        let answer = run(&client, sql).await;
        eprintln!("{:6.3} s  {sql:.90}", start.elapsed().as_secs_f64());
        assert_eq!(answer, Ok(cluster.posts.local(sql).await), "{sql}");
    }

    // What is the query's own fault is told at once, not tried again.
    let start = Instant::now();
    let error = run(&client, "SELECT max(id / (id - id)) FROM posts").await.unwrap_err();
    assert!(error.to_lowercase().contains("divide"), "{error}");
    assert!(start.elapsed() < LOSS_AFTER, "{:?}", start.elapsed());
}

/// The files that run in this process run here too, with the same expected output.
#[tokio::test(flavor = "multi_thread")]
async fn every_slt_file_on_a_cluster() {
    let cluster = Cluster::start().await;
    let client = cluster.client(DEADLINE).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let workspace = driver::workspace(folder.path()).await;
    workspace.register(client.session());
    driver::run_files(Arc::new(client)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_executor_killed_while_it_scans() {
    let mut cluster = Cluster::start().await;
    let client = cluster.client(DEADLINE).await.unwrap();
    let start = Instant::now();
    let query = tokio::spawn(async move { run(&client, SLOW_SCAN).await });
    wait_for("the scan", || cluster.executors[0].called_slow()).await;
    cluster.executors[0].kill();
    let answer = query.await.unwrap();
    eprintln!("killed while scanning: {:.1} s", start.elapsed().as_secs_f64());
    assert_eq!(answer, Ok(expected(&cluster, SLOW_SCAN).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_executor_killed_while_others_need_its_results() {
    let mut cluster = Cluster::start().await;
    let client = cluster.client(DEADLINE).await.unwrap();
    let start = Instant::now();
    let query = tokio::spawn(async move { run(&client, SLOW_SECOND_STAGE).await });
    wait_for("the second stage", || cluster.executors.iter().any(Process::called_slow)).await;
    let victim = cluster.executors.iter_mut().find(|executor| executor.holds_results());
    victim.expect("somebody holds the results of the first stage").kill();
    let answer = query.await.unwrap();
    eprintln!("killed with results: {:.1} s", start.elapsed().as_secs_f64());
    assert_eq!(answer, Ok(expected(&cluster, SLOW_SECOND_STAGE).await));
    let client = cluster.client(DEADLINE).await.unwrap();
    assert_eq!(run(&client, TINY).await, Ok(expected(&cluster, TINY).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_executor_that_falls_silent_and_comes_back() {
    let cluster = Cluster::start().await;
    let client = cluster.client(DEADLINE).await.unwrap();
    let start = Instant::now();
    let query = tokio::spawn(async move { run(&client, SLOW_SECOND_STAGE).await });
    wait_for("the second stage", || cluster.executors[1].called_slow()).await;
    cluster.executors[1].signal("-STOP");
    let answer = query.await.unwrap();
    eprintln!("silent: {:.1} s", start.elapsed().as_secs_f64());
    assert_eq!(answer, Ok(expected(&cluster, SLOW_SECOND_STAGE).await));
    cluster.executors[1].signal("-CONT");
    cluster.wait_for_slots(2).await;
    let client = cluster.client(DEADLINE).await.unwrap();
    assert_eq!(run(&client, SLOW_SCAN).await, Ok(expected(&cluster, SLOW_SCAN).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_executors_killed() {
    let mut cluster = Cluster::start().await;
    let client = cluster.client(DEADLINE).await.unwrap();
    let start = Instant::now();
    let query = tokio::spawn(async move { run(&client, SLOW_SCAN).await });
    wait_for("the scan", || cluster.executors.iter().any(Process::called_slow)).await;
    cluster.executors.iter_mut().for_each(Process::kill);
    let error = query.await.unwrap().unwrap_err();
    eprintln!("all killed: {:.1} s, {error}", start.elapsed().as_secs_f64());
    assert!(error.contains("no executor has been connected"), "{error}");
    assert!(start.elapsed() < DEADLINE);

    cluster.executors.push(Process::executor(&cluster.address));
    cluster.wait_for_slots(1).await;
    let client = cluster.client(DEADLINE).await.unwrap();
    assert_eq!(run(&client, TINY).await, Ok(expected(&cluster, TINY).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_scheduler_killed() {
    let mut cluster = Cluster::start().await;
    let client = cluster.client(DEADLINE).await.unwrap();
    let start = Instant::now();
    let query = tokio::spawn(async move { run(&client, SLOW_SCAN).await });
    wait_for("the scan", || cluster.executors.iter().any(Process::called_slow)).await;
    cluster.scheduler.kill();
    let error = query.await.unwrap().unwrap_err();
    eprintln!("scheduler killed: {:.1} s, {error}", start.elapsed().as_secs_f64());
    assert!(error.contains("no scheduler answers at"), "{error}");
    assert!(start.elapsed() < DEADLINE);
    let refused = cluster.client(DEADLINE).await.err().unwrap().to_string();
    assert!(refused.contains("groundswell scheduler --listen"), "{refused}");

    // A scheduler that comes back in the middle of a query is given the query again, and executors find it by themselves.
    (cluster.scheduler, _) = Process::scheduler(&cluster.address).await;
    cluster.wait_for_slots(2).await;
    let client = cluster.client(DEADLINE).await.unwrap();
    let start = Instant::now();
    let query = tokio::spawn(async move { run(&client, SLOW_SCAN).await });
    tokio::time::sleep(Duration::from_secs(2)).await;
    cluster.scheduler.kill();
    (cluster.scheduler, _) = Process::scheduler(&cluster.address).await;
    let answer = query.await.unwrap();
    eprintln!("scheduler started again: {:.1} s", start.elapsed().as_secs_f64());
    assert_eq!(answer, Ok(expected(&cluster, SLOW_SCAN).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_ends_the_query_and_frees_the_cluster() {
    let cluster = Cluster::start().await;
    let hasty = cluster.client(Duration::from_secs(2)).await.unwrap();
    let start = Instant::now();
    // A task ends between two batches of 1024 rows, here after 3 s; it would take 15 s to its end.
    let endless = SLOW_SCAN.replace("400)", "3000)");
    let error = run(&hasty, &endless).await.unwrap_err();
    assert!(error.contains("did not end within 2 s"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(4));
    let client = cluster.client(DEADLINE).await.unwrap();
    let start = Instant::now();
    let answer = run(&client, TINY).await;
    let waited = start.elapsed();
    eprintln!("after a deadline: {:.1} s", waited.as_secs_f64());
    assert!(waited < Duration::from_secs(10), "tasks go on after their end: {waited:?}");
    assert_eq!(answer, Ok(expected(&cluster, TINY).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_executor_that_takes_leave() {
    let cluster = Cluster::start().await;
    let work = tempfile::tempdir().unwrap();
    // It listens on all addresses, so the scheduler has to find out how others reach it.
    let everywhere = "0.0.0.0:0".parse().unwrap();
    let mut options = ExecutorOptions::new(&cluster.address, everywhere, work.path().to_owned());
    options.vcores = 2;
    options.extra_functions = Some(support::slow::register);
    let (leave, left) = tokio::sync::oneshot::channel::<()>();
    let executor = tokio::spawn(run_executor(options, async {
        let _ = left.await;
    }));
    cluster.wait_for_slots(4).await;
    let client = cluster.client(DEADLINE).await.unwrap();
    let query = tokio::spawn(async move { run(&client, SLOW_SCAN).await });
    wait_for("its first results", || holds_results(work.path())).await;
    let start = Instant::now();
    leave.send(()).unwrap();
    executor.await.unwrap().unwrap();
    cluster.wait_for_slots(2).await;
    assert!(start.elapsed() < LOSS_AFTER, "it is missed at once: {:?}", start.elapsed());
    assert_eq!(std::fs::read_dir(work.path()).unwrap().count(), 0, "its folder is removed");
    assert_eq!(query.await.unwrap(), Ok(expected(&cluster, SLOW_SCAN).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_build_is_refused() {
    let cluster = Cluster::start().await;
    let plain = ClusterOptions::new(&cluster.address, DEADLINE);
    let error = ClusterRunner::connect(plain).await.err().unwrap().to_string();
    assert!(error.contains("run the same groundswell program on every machine"), "{error}");
    let work = tempfile::tempdir().unwrap();
    let listen = "127.0.0.1:0".parse().unwrap();
    let executor = ExecutorOptions::new(&cluster.address, listen, work.path().to_owned());
    let refused = run_executor(executor, std::future::pending());
    let error = tokio::time::timeout(PATIENCE, refused).await.unwrap().unwrap_err().to_string();
    assert!(error.contains("the executor is groundswell"), "{error}");
    assert_eq!(std::fs::read_dir(work.path()).unwrap().count(), 0, "its folder is removed");
}
