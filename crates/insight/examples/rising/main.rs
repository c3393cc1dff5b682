//! Measures how well it is known what rises on a board: `rising PART TOP HOURS…`, with lines of time, rank and item on the standard input.
//!
//! PART is `validation` or `test`. Learns on boards of 2023 and 2024; the first half of 2025 tells when to end, the second half is the test. Prints
//! tables in Markdown.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "an example speaks, and may fail loudly"
)]

mod baselines;
mod measures;

use baselines::Baseline;
use groundswell_insight::trends::rising::{
    Fit, History, Observation, Question, Rising, Situation, Situations, Times, When,
};
use measures::{Asked, Measured, difference, reliability};
use std::io::Read;
use std::ops::Range;
use std::time::Instant;

/// The beginning of 2023, UTC: what rose earlier says less of today.
const LEARN: i64 = 1_672_531_200;
/// The beginning of 2025.
const YEAR: i64 = 1_735_689_600;
/// Of its second half.
const HALF: i64 = 1_751_328_000;
/// Of 2026.
const END: i64 = 1_767_225_600;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [part, top, hours @ ..] = &arguments[..] else { panic!("rising PART TOP HOURS…") };
    let part = match part.as_str() {
        "validation" => YEAR..HALF,
        "test" => HALF..END,
        other => panic!("no part `{other}`"),
    };
    let history = read();
    let top: usize = top.parse().unwrap();
    for when in [When::At, When::Within] {
        for hours in hours {
            let question = Question { top, hours: hours.parse().unwrap(), when };
            measure(&history, question, &part);
        }
    }
}

/// Reads observations; a rank turned round is a value.
fn read() -> History {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    let number = |field: Option<&str>| field.unwrap().parse::<i64>().unwrap();
    let seen = text.lines().map(|line| {
        let mut fields = line.split('\t');
        let [time, rank, item] = [(); 3].map(|()| number(fields.next()));
        Observation { time, item: item as u64, value: -(rank as f64) }
    });
    History::new(seen.collect()).unwrap()
}

/// Learns and measures, and prints what came of it.
fn measure(history: &History, question: Question, part: &Range<i64>) {
    let begun = Instant::now();
    let times = Times { train: LEARN..YEAR, held_out: YEAR..HALF, every: 1 };
    let rising = Rising::fit(history, question, &times, &Fit::default()).unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    let (train, _) = asked(history, question, &(LEARN..YEAR));
    let (boards, left_out) = asked(history, question, part);
    let yes: usize =
        boards.iter().map(|board| board.answers.iter().filter(|yes| **yes).count()).sum();
    let all: usize = boards.iter().map(|board| board.answers.len()).sum();
    let when = match question.when {
        When::At => format!("In the top {} in {} hours", question.top, question.hours),
        When::Within => format!("Reaches the top {} within {} hours", question.top, question.hours),
    };
    println!("\n### {when}\n");
    println!(
        "{} boards, {left_out} left out for want of a future, {all} items, {:.1} % yes; learned in {seconds:.0} s\n",
        boards.len(),
        100.0 * yes as f64 / all as f64
    );
    println!(
        "| | AP, mean of boards | AP, pooled | nDCG@10 | Brier | ECE |\n|---|---|---|---|---|---|"
    );
    let told = |now: &Situation| rising.chance(now).unwrap().probability;
    let ours = Measured::of(&boards, &boards_told(&boards, told));
    println!("| forecast | {ours} |");
    let mut others = Vec::new();
    for kind in baselines::ALL {
        let baseline = Baseline::fit(kind, &train);
        let measured = Measured::of(&boards, &boards_told(&boards, |now| baseline.chance(now)));
        println!("| {} | {measured} |", kind.name);
        others.push(measured);
    }
    println!("\n| forecast less the best other | difference | 95 % interval |\n|---|---|---|");
    for (at, (name, sign)) in
        [("AP, mean of boards", 1.0), ("nDCG@10", 1.0), ("Brier", -1.0)].iter().enumerate()
    {
        let better = |one: &&Measured, other: &&Measured| {
            (sign * one.mean(at)).total_cmp(&(sign * other.mean(at)))
        };
        let best = others.iter().max_by(better).unwrap();
        let (middle, low, high) = difference(&ours, best, at);
        println!("| {name} | {middle:+.4} | {low:+.4} to {high:+.4} |");
    }
    println!("\n| told | items | mean told | came true |\n|---|---|---|---|");
    for bin in reliability(&boards, &boards_told(&boards, told)) {
        println!(
            "| {:.1} to {:.1} | {} | {:.3} | {:.3} |",
            bin.from, bin.to, bin.items, bin.told, bin.came
        );
    }
}

/// Gives what is asked on the boards of a time, and how many have no known answer.
fn asked(history: &History, question: Question, part: &Range<i64>) -> (Vec<Asked>, usize) {
    let (mut boards, mut left_out) = (Vec::new(), 0);
    for (at, situations) in Situations::new(history, question.top).enumerate() {
        let time = history.boards()[at].time;
        if !part.contains(&time) || question.known_by(time) >= part.end {
            continue;
        }
        let Some(yes) = question.answers(history, at) else {
            left_out += 1;
            continue;
        };
        let situations: Vec<Situation> =
            situations.into_iter().filter(|now| question.is_asked(now)).collect();
        let answers = situations.iter().map(|now| yes.contains(&now.item)).collect();
        boards.push(Asked { day: time / 86_400, situations, answers });
    }
    (boards, left_out)
}

fn boards_told(boards: &[Asked], chance: impl Fn(&Situation) -> f64) -> Vec<Vec<f64>> {
    boards.iter().map(|board| board.situations.iter().map(&chance).collect()).collect()
}
