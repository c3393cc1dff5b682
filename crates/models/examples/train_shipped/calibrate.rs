//! The wide parts of the heads, and the two numbers a task that are fitted on validation.

use std::collections::BTreeMap;

use burn::tensor::Device;
use groundswell_models::LONGEST_TEXT;
use groundswell_models::architectures::{Classifier, Network, WideOptions, WideTable};
use groundswell_models::evaluate::{CalibrationText, Evaluation, Temperature};
use groundswell_models::train::{Recipe, Split, tokenize};
use serde_json::{Value, json};
use tokenizers::Tokenizer;

use crate::measure::{Parts, SetLogits, labels_with_logits, scores_of};
use crate::{Arguments, Outcome, start};

/// Learns the wide part of every head from the training parts, each set once, and writes the checkpoint with them.
pub(crate) fn wide(arguments: &Arguments) -> Outcome<()> {
    let (mut recipe, sets) = (arguments.recipe()?, arguments.path("sets")?);
    let (from, out) = (arguments.path("start")?, arguments.path("out")?);
    let default = WideOptions::default();
    // The heads of auxiliary tasks have done their work.
    let (config, mut classifier) = start(&from, &recipe, default.seed)?;
    let tokenizer = Tokenizer::from_file(from.join("tokenizer.json"))?;
    for set in &mut recipe.sets {
        set.passes = 1.0;
    }
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    for given in arguments.all("rows") {
        let wrong = || format!("`{given}` gives no table its rows; write sentiment=524287");
        let (task, number) = given.split_once('=').ok_or_else(wrong)?;
        rows.insert(task, number.parse().map_err(|_| wrong())?);
    }
    let mixed = recipe.mix(recipe.read(&sets, Split::Train)?, default.seed);
    let examples = tokenize(&tokenizer, &mixed, arguments.number("longest", LONGEST_TEXT)?)?;
    let wanted = arguments.all("task");
    for (task, declared) in recipe.tasks.iter().enumerate() {
        if wanted.is_empty() || wanted.contains(&declared.task) {
            let rows = rows.get(declared.task.as_str()).copied().unwrap_or(default.rows);
            let options = WideOptions { rows, ..default.clone() };
            let table = WideTable::fit(&examples, task, declared.labels.len(), &options);
            eprintln!("{}: {options:?}", declared.task);
            classifier.set_wide(task, Some(table));
        }
    }
    classifier.write(&config, &out)?;
    std::fs::copy(from.join("tokenizer.json"), out.join("tokenizer.json"))?;
    eprintln!("wrote {}", out.display());
    Ok(())
}

/// What the scores of a wide part may be multiplied by; 0 takes it away.
const SHARES: [f32; 7] = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.4];

/// How much macro F1, from 0 to 1, a wide part must gain: what gains less is noise, and the smaller share is taken.
const LEAST_GAIN: f64 = 0.001;

/// Fits for every task, on the validation parts, all sets of a task counting alike: how much its wide part counts, by macro F1, for
/// that changes which label wins; then a temperature (Guo et al. 2017), by likelihood, for that changes how sure it is. Its scores are
/// divided by the temperature: whoever runs the weights then gets calibrated probabilities.
pub(crate) fn calibrate(arguments: &Arguments) -> Outcome<()> {
    let (recipe, sets) = (arguments.recipe()?, arguments.path("sets")?);
    let (from, out) = (arguments.path("start")?, arguments.path("out")?);
    let (config, mut classifier) = Classifier::read(&from, &Device::flex())?;
    let tokenizer = Tokenizer::from_file(from.join("tokenizer.json"))?;
    let longest = arguments.number("longest", LONGEST_TEXT)?;
    let mut parts = Parts::read(&recipe, &sets, Split::Validation, &tokenizer, longest)?;
    // A thousand texts of a set are enough for two numbers.
    let texts = arguments.number("texts", 1000)?;
    parts.0.iter_mut().for_each(|(_, examples)| examples.truncate(texts));
    let mut tables = Vec::new();
    for task in 0..recipe.tasks.len() {
        tables.push(classifier.wide(task).cloned());
        classifier.set_wide(task, None);
    }
    for shifted in arguments.all("shift") {
        shift(&mut classifier, &recipe, shifted)?;
    }
    let alone = parts.logits(&classifier);
    let mut fitted: BTreeMap<&str, Value> = BTreeMap::new();
    let mut temperatures: BTreeMap<&str, f64> = BTreeMap::new();
    for ((task, declared), table) in recipe.tasks.iter().enumerate().zip(&mut tables) {
        let mut found: Vec<(f64, f32)> = Vec::new();
        for share in SHARES {
            if share > 0.0 && table.is_none() {
                break;
            }
            let logits = parts.with_wide(&alone, task, table.as_ref(), share);
            let scored = scores_of(&parts, &recipe, &logits, Some(task), 10)?;
            let f1 = |evaluation: &Evaluation| evaluation.measure("macro_f1").unwrap_or_default();
            let mean = scored.values().map(f1).sum::<f64>() / scored.len().max(1) as f64;
            found.push((mean, share));
            let of_set = |(name, evaluation)| format!("{name} {:.1}", 100.0 * f1(evaluation));
            let of_sets: Vec<String> = scored.iter().map(of_set).collect();
            eprintln!("share {share}: macro F1 {:.2}, {}", 100.0 * mean, of_sets.join(", "));
        }
        let most = found.iter().map(|(mean, _)| *mean).fold(0.0, f64::max);
        let share = found.iter().find(|(mean, _)| *mean > most - LEAST_GAIN);
        let share = share.map_or(0.0, |(_, share)| *share);
        let logits = parts.with_wide(&alone, task, table.as_ref(), share);
        let value = Temperature::fit_texts(&calibration_texts(&parts, &logits, task))?.value();
        eprintln!("{}: share {share}, temperature {value:.3}", declared.task);
        if let Some(table) = table {
            table.scale(share / value as f32);
        }
        classifier.set_wide(task, table.take().filter(|_| share > 0.0));
        fitted.insert(&declared.task, json!({ "wide_share": share, "temperature": value }));
        temperatures.insert(&declared.task, value);
    }
    for mut parameter in classifier.parameters_mut() {
        let mut of_task = temperatures.iter();
        let found =
            of_task.find(|(task, _)| parameter.name.starts_with(&format!("heads.{task}.out")));
        if let Some((_, temperature)) = found {
            let before = parameter.values();
            let values = before.iter().map(|value| value / *temperature as f32);
            parameter.assign(values.collect(), false, &Device::flex());
        }
    }
    classifier.write(&config, &out)?;
    std::fs::copy(from.join("tokenizer.json"), out.join("tokenizer.json"))?;
    std::fs::write(out.join("calibration.json"), serde_json::to_vec_pretty(&fitted)?)?;
    eprintln!("wrote {}", out.display());
    Ok(())
}

/// Adds a number to the score of a label, `TASK.LABEL=BY`: one that is rarer among posts than in its set comes too often, and the
/// other way round.
fn shift(classifier: &mut Classifier, recipe: &Recipe, shifted: &str) -> Outcome<()> {
    let wrong = || format!("`{shifted}` shifts no label; write toxicity.hateful=-1.0");
    let (label, by) = shifted.split_once('=').ok_or_else(wrong)?;
    let (task, label) = label.split_once('.').ok_or_else(wrong)?;
    let by: f32 = by.parse().map_err(|_| wrong())?;
    let declared = recipe.tasks.iter().find(|declared| declared.task == task).ok_or_else(wrong)?;
    let index = declared.labels.iter().position(|name| name == label).ok_or_else(wrong)?;
    let bias = format!("heads.{task}.out.bias");
    for mut parameter in classifier.parameters_mut() {
        if parameter.name == bias {
            let mut values = parameter.values();
            values[index] += by;
            parameter.assign(values, false, &Device::flex());
        }
    }
    Ok(())
}

/// Collects what a task's temperature is fitted on; the texts of a set weigh 1 together.
fn calibration_texts<'a>(
    parts: &'a Parts,
    logits: &'a [SetLogits],
    task: usize,
) -> Vec<CalibrationText<'a>> {
    let mut texts = Vec::new();
    for ((_, examples), logits) in parts.0.iter().zip(logits) {
        let labelled = labels_with_logits(examples, logits, task);
        let weight = 1.0 / labelled.len() as f64;
        texts.extend(labelled.into_iter().map(|(label, logits)| CalibrationText {
            logits,
            accepted: &label.accepted,
            allowed: &label.allowed,
            weight,
        }));
    }
    texts
}
