//! Embeddings in NumPy files (NEP 1), of which two dimensions of little-endian floats are read: a reader of every NumPy type would bring a
//! parser of Python for this one line.

use anyhow::{Context, Result, bail};
use groundswell_insight::Matrix;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

const MAGIC: &[u8] = b"\x93NUMPY";

/// Bytes before the header of version 1, and what the header ends at a multiple of.
const PREFIX: usize = 10;
const ALIGNMENT: usize = 64;

/// How many bytes are read at a time.
const PART: u64 = 1 << 20;

/// Reads the embeddings of so many texts, `[texts, dimension]`, as 32-bit or 64-bit floats.
pub(super) fn read(path: &Path, texts: usize) -> Result<Matrix> {
    let shown = path.display();
    let opened = || format!("cannot read `{shown}`");
    let mut file = BufReader::new(File::open(path).with_context(opened)?);
    let Some(header) = header(&mut file).with_context(opened)? else {
        bail!("`{shown}` is no NumPy file; write it with numpy.save");
    };
    if header.contains("'fortran_order': True") {
        bail!("`{shown}` is stored column by column; save numpy.ascontiguousarray of it");
    }
    let Some((rows, columns)) = shape(&header) else {
        bail!("`{shown}` has no two dimensions ({header}), expected [texts, dimension]");
    };
    if rows != texts {
        bail!(
            "`{shown}` has {rows} embeddings for {texts} texts; give one for each row of the data, in its order"
        );
    }
    let width = if header.contains("'<f4'") { 4 } else { 8 };
    if width == 8 && !header.contains("'<f8'") {
        bail!("`{shown}` holds no floats of 32 or 64 bits; save embeddings.astype('float32')");
    }
    let mut values = Vec::with_capacity(rows * columns);
    // A part at a time: the largest files would not fit into memory twice.
    let mut part = Vec::new();
    loop {
        part.clear();
        let read = file.by_ref().take(PART).read_to_end(&mut part).with_context(opened)?;
        let (fours, _) = part.as_chunks::<4>();
        let (eights, _) = part.as_chunks::<8>();
        match width {
            4 => values.extend(fours.iter().map(|bytes| f32::from_le_bytes(*bytes))),
            _ => values.extend(eights.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32)),
        }
        if read == 0 {
            break;
        }
    }
    if values.len() != rows * columns {
        bail!("`{shown}` ends too early or is damaged; write it again");
    }
    Ok(Matrix::new(columns, values))
}

/// Reads what stands before the values; `None` if it is not of NumPy.
fn header(file: &mut impl Read) -> std::io::Result<Option<String>> {
    let mut start = Vec::new();
    file.by_ref().take(MAGIC.len() as u64 + 2).read_to_end(&mut start)?;
    let Some(version) = start.strip_prefix(MAGIC).and_then(<[u8]>::first) else { return Ok(None) };
    let mut length = Vec::new();
    file.by_ref().take(if *version == 1 { 2 } else { 4 }).read_to_end(&mut length)?;
    let length = length.iter().rev().fold(0, |length, byte| length << 8 | u64::from(*byte));
    let mut header = Vec::new();
    file.by_ref().take(length).read_to_end(&mut header)?;
    Ok(Some(String::from_utf8_lossy(&header).trim().to_owned()))
}

/// Reads the shape from a header like `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 256), }`.
fn shape(header: &str) -> Option<(usize, usize)> {
    let (_, rest) = header.split_once("'shape': (")?;
    let (shape, _) = rest.split_once(')')?;
    let numbers: Vec<usize> =
        shape.split(',').map(|number| number.trim().parse()).collect::<Result<_, _>>().ok()?;
    let [rows, columns] = numbers[..] else { return None };
    Some((rows, columns))
}

/// Writes embeddings as 32-bit floats.
pub(super) fn write(path: &Path, embeddings: &Matrix) -> Result<()> {
    let (rows, columns) = (embeddings.rows(), embeddings.columns());
    let mut header =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    let padded = (PREFIX + header.len() + 1).next_multiple_of(ALIGNMENT) - PREFIX;
    header.extend(std::iter::repeat_n(' ', padded - header.len() - 1));
    header.push('\n');
    let written = || -> std::io::Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        file.write_all(MAGIC)?;
        file.write_all(&[1, 0])?;
        file.write_all(&(header.len() as u16).to_le_bytes())?;
        file.write_all(header.as_bytes())?;
        for value in embeddings.iter().flatten() {
            file.write_all(&value.to_le_bytes())?;
        }
        file.flush()
    };
    written().with_context(|| format!("cannot write `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("embeddings.npy");
        let embeddings = Matrix::new(3, vec![1.0, 2.0, 3.0, -4.0, 5.5, 0.0]);
        write(&path, &embeddings).unwrap();
        assert_eq!(read(&path, 2).unwrap(), embeddings);
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!((bytes.len() - 24) % ALIGNMENT, 0);
        let error = read(&path, 3).unwrap_err().to_string();
        assert!(error.contains("2 embeddings for 3 texts"), "{error}");
        std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(read(&path, 2).unwrap_err().to_string().contains("ends too early"));
        std::fs::write(&path, "text").unwrap();
        assert!(read(&path, 2).unwrap_err().to_string().contains("no NumPy file"));
    }

    #[test]
    fn headers_of_numpy_are_understood() {
        let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 256), }";
        assert_eq!(shape(header), Some((3, 256)));
        assert_eq!(shape("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }"), None);
    }
}
