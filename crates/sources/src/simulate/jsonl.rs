//! Writes a simulation to files.

use super::simulation::Simulation;
use std::io::{self, Write};

/// Writes every post as one JSON line with the field names of [`Post`](groundswell_core::Post), which the source `file` reads
/// back without loss, and the truth of each, if wanted, as one JSON line of another file. Returns the number of posts.
///
/// # Errors
/// What the writers return.
pub fn write_jsonl(
    simulation: Simulation,
    posts: &mut dyn Write,
    mut truths: Option<&mut dyn Write>,
) -> io::Result<u64> {
    let mut count = 0;
    for (post, truth) in simulation {
        serde_json::to_writer(&mut *posts, &post)?;
        posts.write_all(b"\n")?;
        if let Some(truths) = truths.as_deref_mut() {
            serde_json::to_writer(&mut *truths, &truth)?;
            truths.write_all(b"\n")?;
        }
        count += 1;
    }
    posts.flush()?;
    if let Some(truths) = truths {
        truths.flush()?;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::super::Truth;
    use super::*;
    use crate::{SourceOptions, find_source};
    use futures::executor::block_on;
    use groundswell_core::Post;

    #[test]
    fn lines_read_back_without_loss() {
        let make = || Simulation::new("brands", 2_000, 4).unwrap();
        let (mut posts, mut truths) = (Vec::new(), Vec::new());
        assert_eq!(write_jsonl(make(), &mut posts, Some(&mut truths)).unwrap(), 2_000);
        let posts = String::from_utf8(posts).unwrap();
        let truths = String::from_utf8(truths).unwrap();
        assert_eq!((posts.lines().count(), truths.lines().count()), (2_000, 2_000));
        for ((post, truth), (post_line, truth_line)) in
            make().zip(posts.lines().zip(truths.lines()))
        {
            assert_eq!(serde_json::from_str::<Post>(post_line).unwrap(), post);
            assert_eq!(serde_json::from_str::<Truth>(truth_line).unwrap(), truth);
        }
    }
    #[test]
    fn the_source_file_reads_the_lines_back() {
        let posts: Vec<Post> =
            Simulation::new("brands", 3_000, 4).unwrap().map(|(post, _)| post).collect();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("posts.jsonl");
        let mut file = std::fs::File::create(&path).unwrap();
        write_jsonl(Simulation::new("brands", 3_000, 4).unwrap(), &mut file, None).unwrap();
        let paths = vec![path.to_string_lossy().into_owned()];
        let options = SourceOptions { paths, ..SourceOptions::default() };
        let mut source = (find_source("file").unwrap().open)(&options).unwrap().remove(0);
        let mut read = Vec::new();
        while let Some(batch) = block_on(source.next_batch()).unwrap() {
            assert_eq!(batch.rejected, []);
            read.extend(batch.posts);
        }
        assert_eq!(read.len(), posts.len());
        for (read, post) in read.into_iter().zip(posts) {
            // Only when it was collected and how it looked before is the reader's own.
            assert_eq!(Post { collected_at: post.collected_at, raw: None, ..read }, post);
        }
    }
}
